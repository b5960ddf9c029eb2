import { Command } from 'commander';
import type { Client } from '../client/index.ts';
import type { JobView } from '../contracts/index.ts';
import { count, table } from './figures.ts';
import { withClient } from './session.ts';

const pollMilliseconds = 500;

/** `tyrian jobs`: long work that runs, waits or has ended. */
export function jobsCommand(): Command {
  const jobs = new Command('jobs').description('long work: what runs, waits and has ended');
  jobs
    .command('list', { isDefault: true })
    .description('the newest jobs')
    .option('--kind <kind>', 'of one kind')
    .option('--json', 'print JSON')
    .action(async (options: { readonly kind?: string; readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const { kind, json } = options;
        const list = await client.jobs({ query: kind === undefined ? {} : { kind } }, { signal });
        console.log(json === true ? JSON.stringify(list.jobs) : jobTable(list.jobs));
      });
    });
  jobs
    .command('show')
    .description('one job in full')
    .argument('<id>')
    .option('--json', 'print it in one line')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const job = await client.job({ params: { id } }, { signal });
        console.log(json === true ? JSON.stringify(job) : JSON.stringify(job, undefined, 2));
      });
    });
  jobs
    .command('cancel')
    .description('end a job; what it did stays done')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const job = await client.cancelJob({ params: { id } }, { signal });
        const told = job.state === 'cancelled' ? 'cancelled' : 'told to stop';
        console.log(json === true ? JSON.stringify(job) : `The job ${id} (${job.kind}) is ${told}.`);
      });
    });
  return jobs;
}

/** Waits until a job has ended, telling how far it is; gives it as it ended. */
export async function followJob(
  client: Client,
  id: string,
  signal: AbortSignal,
  onProgress: (job: JobView) => void,
): Promise<JobView> {
  for (;;) {
    const job = await client.job({ params: { id } }, { signal });
    if (job.ended_at !== null) return job;
    onProgress(job);
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    signal.throwIfAborted();
  }
}

function jobTable(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return 'No jobs.';
  const rows = jobs.map(({ id, kind, state, progress, created_at, by, error }) => [
    id,
    kind,
    error === null ? state : `${state} (${error.code})`,
    progress.total === null ? count(progress.done) : `${count(progress.done)}/${count(progress.total)}`,
    created_at.slice(0, 19),
    by.name,
  ]);
  return table([['id', 'kind', 'state', 'progress', 'ordered', 'by'], ...rows]);
}
