import { isAbsolute, resolve } from 'node:path';
import { Command } from 'commander';
import type { JobView } from '../contracts/index.ts';
import { cliErrors } from './errors.ts';
import { bytes, count } from './figures.ts';
import { followJob } from './jobs.ts';
import { progressLine } from './progress-line.ts';
import { withClient } from './session.ts';

/** `tyrian backup FOLDER`: a copy of everything, while it runs. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy log, store, state, journal, keys and settings into an empty folder, while Tyrian runs')
    .argument('<folder>', 'absent or empty; it is as secret as the data folder')
    .option('--json', 'print the job as JSON')
    .action(async (folder: string, { json }: { readonly json?: boolean }, command: Command) => {
      const target = isAbsolute(folder) ? folder : resolve(folder);
      await withClient(command, async (client, { signal }) => {
        const line = progressLine();
        const { id } = await client.makeBackup({ body: { folder: target } }, { signal });
        const job = await followJob(client, id, signal, ({ progress }) => line.show(progress.note));
        line.end();
        console.log(json === true ? JSON.stringify(job) : told(endedWell(job)));
      });
    });
}

/** Throws what the job ended with. */
export function endedWell(job: JobView): JobView {
  if (job.state === 'done') return job;
  throw cliErrors.make(
    'job',
    `The job ${job.id} (${job.kind}) is ${job.state}: ${job.error?.message ?? ''}`,
    {
      details: { code: job.error?.code ?? '' },
    },
  );
}

function told({ result }: JobView): string {
  const { folder, files, began_at } = result ?? {};
  return (
    `${folder}: ${count(Number(files))} files, ${bytes(Number(result?.bytes))}, with everything acknowledged before ` +
    `${began_at}. Keep it as safe as the data folder; restore it by: tyrian restore ${folder} --data NEW_FOLDER`
  );
}
