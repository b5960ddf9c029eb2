import type { JobView, jobRoutes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Job, JobDesk } from '../jobs/index.ts';

/** Jobs of the caller's tenant: looked at and cancelled; each kind is ordered by a route of its own. */
export function jobHandlers({
  jobs,
}: {
  readonly jobs: Pick<JobDesk, 'list' | 'get' | 'cancel'>;
}): RouteHandlers<typeof jobRoutes> {
  return {
    jobs: async ({ principal, query }) => ({
      body: { jobs: (await jobs.list(principal.tenant, query)).map(jobView) },
    }),
    job: async ({ principal, params }) => ({ body: jobView(await jobs.get(principal.tenant, params.id)) }),
    async cancelJob({ principal, params, log }) {
      const job = await jobs.cancel(principal.tenant, params.id);
      log.info({ job: job.id, kind: job.kind }, 'a job was cancelled');
      return { body: jobView(job) };
    },
  };
}

/** A checkpoint is the job's own business. */
export function jobView({ tenant: _, checkpoint: __, ...job }: Job): JobView {
  return job;
}
