import { Command } from 'commander';
import { restoreBackup } from '../system/index.ts';
import { cliErrors } from './errors.ts';
import { bytes, count } from './figures.ts';
import { progressLine } from './progress-line.ts';

/** `tyrian restore BACKUP --data NEW`: a data folder from a backup. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('make a data folder from a backup; --data names it, and it must be absent or empty')
    .argument('<backup>', 'folder that "tyrian backup" made')
    .option('--json', 'print JSON')
    .action(async (backup: string, { json }: { readonly json?: boolean }, command: Command) => {
      const { data, url } = command.optsWithGlobals<{ readonly data?: string; readonly url?: string }>();
      if (data === undefined || url !== undefined)
        throw cliErrors.make('restore', 'Name the new data folder with --data; a server can not be restored');
      const stop = new AbortController();
      const interrupt = () => stop.abort(new DOMException('stopped', 'AbortError'));
      process.once('SIGINT', interrupt);
      const line = progressLine();
      try {
        const { manifest, state } = await restoreBackup({
          ...{ backup, target: data, clock: Date.now, signal: stop.signal },
          onProgress: (files, total) => line.show(`${count(files)} of ${count(total)} files`),
        });
        line.end();
        const { files: _, links: __, ...said } = manifest;
        const rebuilt = state ? '' : '\nThe first start makes alerts and keys again from the journal.';
        console.log(
          json === true
            ? JSON.stringify({ ...said, state })
            : `${data}: ${bytes(manifest.bytes)}, as of ${manifest.ended_at}, checked file by file.${rebuilt}\n` +
                `Start it by: tyrian --data ${data} serve (its settings were: ${data}/settings.json)`,
        );
      } finally {
        process.off('SIGINT', interrupt);
      }
    });
}
