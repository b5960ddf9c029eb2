import { Command } from 'commander';
import { loadPack, ownRules, rulesInForce } from '../rules/index.ts';
import { detectInFiles, type FileHit } from './detect-files.ts';
import { count } from './figures.ts';
import { printable } from './printable.ts';
import { progressLine } from './progress-line.ts';
import { interruptible } from './session.ts';
import { catalogueWith } from './source-trial.ts';

interface Options {
  readonly rules: readonly string[];
  readonly sources: readonly string[];
  readonly source?: string;
  readonly idField?: string;
  readonly json?: boolean;
}

/** `tyrian detect`: the rules over files, without a server or a data folder. */
export function detectCommand(setExitCode: (code: number) => void): Command {
  const gather = (value: string, before: readonly string[]) => [...before, value];
  return new Command('detect')
    .description('run detection rules over files; nothing is stored')
    .argument('<path...>', 'files and folders, of every kind that an import reads')
    .option(
      '--rules <path>',
      'a file or folder of rules; may be repeated (default: those of the program)',
      gather,
      [],
    )
    .option('--sources <folder>', 'a folder of own sources; may be repeated', gather, [])
    .option('--source <name>', 'the source that all records are of (default: recognised)')
    .option('--id-field <name>', 'also print the value of this field of each record')
    .option('--json', 'print one line of JSON a hit, then one of totals on stderr')
    .action((paths: readonly string[], options: Options) => detect(paths, options, setExitCode));
}

async function detect(
  paths: readonly string[],
  { rules, sources, source, idField, json = false }: Options,
  setExitCode: (code: number) => void,
): Promise<void> {
  const line = progressLine();
  await interruptible(async (signal) => {
    const packs = (rules.length === 0 ? [ownRules] : rules).map((path) => loadPack(path));
    const inForce = [...rulesInForce(packs).rules.values()].map(({ rule }) => rule);
    const faults = packs
      .flatMap(({ diagnostics }) => diagnostics)
      .filter(({ severity }) => severity === 'error');
    if (faults.length > 0)
      console.error(`${count(faults.length)} errors in the rules; 'tyrian rules check' tells them`);
    const started = performance.now();
    const totals = await detectInFiles({
      ...{ paths, rules: inForce, catalogue: catalogueWith(sources), source, idField, signal },
      onHit: (hit) => console.log(json ? JSON.stringify(lineOf(hit)) : textOf(hit)),
      onProgress: ({ records, bytes, totalBytes }) =>
        line.show(
          `${count(records)} records, ${Math.floor((bytes * 100) / Math.max(1, totalBytes))} % of the files done`,
        ),
    });
    line.end();
    const seconds = (performance.now() - started) / 1_000;
    for (const problem of totals.problems) console.error(printable(`${problem.path}: ${problem.message}`));
    if (totals.problems.length > 0) setExitCode(1);
    const { files, records, unread, hits } = totals;
    const rate = Math.round(records / Math.max(seconds, 0.001));
    const summary = {
      files,
      records,
      unread,
      hits,
      rules: inForce.length,
      seconds: Number(seconds.toFixed(2)),
    };
    const told = `${count(hits)} hits in ${count(records)} records of ${count(files)} files by ${count(inForce.length)} rules, ${count(unread)} records not read; ${count(rate)} records a second.`;
    console.error(json ? JSON.stringify(summary) : told);
  }).finally(() => line.end());
}

/** What a program reads of a hit. */
function lineOf({ file, record, recordId, hit }: FileHit) {
  const { id, title, level } = hit.rule;
  return {
    ...{ rule: id, title, level, file, record },
    ...(recordId === undefined ? {} : { id: recordId }),
    matched: hit.matched,
  };
}

function textOf({ file, record, recordId, hit }: FileHit): string {
  const matched = hit.matched.map(({ field, value }) => `${field}=${value}`).join(' ');
  const where = recordId === undefined ? `${file}:${record}` : `${file}:${record} (${recordId})`;
  return printable(`${where}: ${hit.rule.level}: ${hit.rule.title}: ${matched}`);
}
