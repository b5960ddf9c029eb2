import { Command } from 'commander';
import { type FileScan, type ScanMatch, type ScanRules, TyrianError } from '../contracts/index.ts';
import { createScanner, ownYaraRules, ruleFolderOf } from '../scan/index.ts';
import { patiently } from './patiently.ts';
import { printable } from './printable.ts';
import { scanCommandErrors } from './scan-errors.ts';
import { filesUnder } from './scan-files.ts';
import { configOf, interruptible, withClient } from './session.ts';

interface ScanOptions {
  readonly rules?: string;
  readonly json?: boolean;
}

/** Who scans: this process, or the server at --url. */
interface Scans {
  scan(bytes: Uint8Array<ArrayBuffer>): Promise<FileScan>;
  rules(): Promise<ScanRules>;
}

/** Codes after which no other file fares better. */
const hopeless = new Set(['scan.unavailable', 'scan.closed', 'client.unreachable']);
/** Places that a line shows; `--json` has all that are known. */
const shownPlaces = 3;

/** `tyrian scan PATH…`: files against YARA rules, in a thread of this process; with --url by the server and its rules. */
export function scanCommand(setExitCode: (code: number) => void): Command {
  return new Command('scan')
    .description('scan files and folders with YARA rules; needs neither a server nor a data folder')
    .argument('<paths...>', 'files and folders')
    .option(
      '--rules <folder>',
      "use the rules of this folder (.yar, .yara) instead of Tyrian's and scan.folder",
    )
    .option('--json', 'print JSON, one line a file')
    .action(async (paths: string[], { rules, json }: ScanOptions, command: Command) => {
      const work = async (scans: Scans) => {
        const troubled = await scanAll(scans, paths, json === true);
        if (troubled) setExitCode(1);
      };
      if (command.optsWithGlobals<{ readonly url?: string }>().url === undefined)
        await scanHere(command, rules, work);
      else await scanThere(command, rules, work);
    });
}

async function scanHere(
  command: Command,
  rules: string | undefined,
  work: (scans: Scans) => Promise<void>,
): Promise<void> {
  const { scan } = configOf(command);
  const own = [ownYaraRules, ...(scan.folder === undefined ? [] : [ruleFolderOf(scan.folder)])];
  const folders = rules === undefined ? own : [ruleFolderOf(rules)];
  await interruptible(async (signal) => {
    const scanner = createScanner({ folders, threads: 1, maxHeldBytes: 0 });
    try {
      await work({
        scan: (bytes) => scanner.scan(bytes, signal),
        rules: () => scanner.rules(signal),
      });
    } finally {
      await scanner.close();
    }
  });
}

async function scanThere(
  command: Command,
  rules: string | undefined,
  work: (scans: Scans) => Promise<void>,
): Promise<void> {
  if (rules !== undefined)
    throw scanCommandErrors.make('scan', 'With --url the rules are those of the server: leave --rules out');
  await withClient(command, async (client, { signal }) => {
    await work({
      scan: (body) => patiently(() => client.scanFile({ body }, { signal }), signal),
      rules: () => client.scanRules({}, { signal }),
    });
  });
}

/** True when a file could not be scanned or a rule file is not sound. */
async function scanAll(scans: Scans, paths: readonly string[], json: boolean): Promise<boolean> {
  const { diagnostics } = await scans.rules();
  for (const { namespace, file, line, column, code, message } of diagnostics)
    console.error(printable(`${namespace}/${file}:${line}:${column}: error: ${message} (${code})`));
  const counts = { scanned: 0, matched: 0, troubled: 0 };
  for (const file of filesUnder(paths)) {
    const { path } = file;
    const scan = 'problem' in file ? file : await scanOne(scans, file.bytes);
    if ('problem' in scan) {
      counts.troubled += 1;
      if (json) console.log(JSON.stringify({ path, problem: scan.problem }));
      else console.error(printable(`${path}: ${scan.problem}`));
      continue;
    }
    counts.scanned += 1;
    if (scan.matches.length > 0) counts.matched += 1;
    if (json) console.log(JSON.stringify({ path, ...scan }));
    else for (const match of scan.matches) console.log(printable(`${path}: ${matchLine(match)}`));
  }
  const troubled = counts.troubled === 0 ? '' : `, ${counts.troubled} could not be scanned`;
  if (!json) console.log(`${counts.scanned} files scanned, ${counts.matched} met a rule${troubled}.`);
  return counts.troubled > 0 || diagnostics.length > 0;
}

async function scanOne(
  scans: Scans,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<FileScan | { readonly problem: string }> {
  try {
    return await scans.scan(bytes);
  } catch (error) {
    if (!(error instanceof TyrianError) || hopeless.has(error.code) || error.status < 400) throw error;
    return { problem: `${error.message} (${error.code})` };
  }
}

function matchLine({ namespace, rule, tags, strings, strings_truncated }: ScanMatch): string {
  const places = strings.slice(0, shownPlaces).map(({ id, offset, length }) => `${id}@${offset}+${length}`);
  const more = strings.length > shownPlaces || strings_truncated ? '…' : [];
  return [`${namespace}:${rule}`, tags.length === 0 ? [] : `[${tags.join(' ')}]`, places, more]
    .flat(2)
    .join(' ');
}
