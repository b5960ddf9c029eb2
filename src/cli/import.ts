import { Command } from 'commander';
import { TyrianError } from '../contracts/index.ts';
import { holderOf } from '../system/index.ts';
import { importByJob } from './import-by-job.ts';
import { importByRequest } from './import-by-request.ts';
import { type Imported, printImported, progressLine } from './import-words.ts';
import { configOf, withClient, withTyrian } from './session.ts';
import { catalogueWith } from './source-trial.ts';

interface ImportOptions {
  readonly source?: string;
  readonly json?: boolean;
}

const elsewhereHelp = `
With --url the files are read here and their records sent. Not everything can be: XML over several lines, text whose columns
a header names, and records over 1 MiB are imported only by a command on the machine of the server.`;

/**
 * `tyrian import PATH…`: files and folders, each record stored once however often it is imported. By the server that holds the data
 * folder, when one runs; by this command alone, when none does; with --url by sending the records.
 */
export function importCommand(setExitCode: (code: number) => void): Command {
  return new Command('import')
    .description('import files and folders: NDJSON, JSON, CloudTrail, Windows XML, .evtx; plain, .gz or .zst')
    .argument('<paths...>', 'files and folders')
    .option('--source <name>', 'take every record as of this source instead of recognising it')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', elsewhereHelp)
    .action(async (paths: string[], options: ImportOptions, command: Command) => {
      const show = (imported: Imported) => {
        if (options.json === true) console.log(JSON.stringify(imported));
        else printImported(imported);
        if (imported.problemsTotal > 0) setExitCode(1);
      };
      const { url } = command.optsWithGlobals<{ readonly url?: string }>();
      const config = configOf(command);
      const order = { paths, source: options.source };
      const holder = url === undefined ? holderOf(config.data_folder) : undefined;
      if (url !== undefined) {
        const sources = catalogueWith(config.sources.folder === undefined ? [] : [config.sources.folder]);
        await withClient(command, async (client, { signal }) =>
          show(await importByRequest(client, { ...order, sources }, signal)),
        );
      } else if (holder !== undefined && holder.socket !== '')
        await withClient(command, async (client, { signal }) =>
          show(await importByJob(client, order, signal)),
        );
      else await importAlone(command, order, show, setExitCode);
    });
}

async function importAlone(
  command: Command,
  order: { readonly paths: readonly string[]; readonly source: string | undefined },
  show: (imported: Imported) => void,
  setExitCode: (code: number) => void,
): Promise<void> {
  const config = configOf(command);
  await withTyrian(command, config, async (tyrian, { signal }) => {
    const started = performance.now();
    const before = new Date(Date.now() - 1);
    const line = progressLine(started);
    const result = await tyrian.importPaths({ ...order, signal, onProgress: line.progress });
    line.waiting();
    await tyrian.settled(signal);
    line.end();
    const seconds = (performance.now() - started) / 1_000;
    const ledger = await tyrian.ledger.report({
      ...{ tenant: config.tenant, signal },
      ...{ from: before, to: new Date() },
    });
    show({ ...result, seconds, totals: tyrian.totals(), ledger });
    if (result.stopped) throw new DOMException('stopped', 'AbortError');
  }).catch((error: unknown) => {
    if (error instanceof TyrianError && error.code === 'log.disk_full') setExitCode(1);
    throw error;
  });
}
