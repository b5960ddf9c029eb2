import * as z from 'zod';
import { Actor } from './change.ts';
import type { Route } from './routes.ts';

const utc = z.iso.datetime();
export const JobId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'a job id is 1-64 letters, digits, - and _' });

/** Long work of the caller's tenant. */
export const JobView = z.strictObject({
  id: JobId,
  kind: z.string(),
  parameters: z.record(z.string(), z.json()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  by: Actor,
  created_at: utc,
  started_at: utc.nullable(),
  ended_at: utc.nullable(),
  attempts: z.int().nonnegative(),
  /** `total` is null while unknown. */
  progress: z.strictObject({ done: z.int(), total: z.int().nullable(), note: z.string() }),
  result: z.record(z.string(), z.json()).nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});
export type JobView = z.infer<typeof JobView>;

/** Newest first, at most 200. */
export const JobList = z.strictObject({ jobs: z.array(JobView).max(200) });

export const jobRoutes = {
  jobs: {
    method: 'GET',
    path: '/v1/jobs',
    access: 'operate',
    summary: "The newest jobs of the caller's tenant",
    query: z.strictObject({ kind: z.exactOptional(z.string().max(100)) }),
    answer: { kind: 'json', statuses: [200], schema: JobList },
  },
  job: {
    method: 'GET',
    path: '/v1/jobs/{id}',
    access: 'operate',
    summary: 'How far one job is',
    params: z.strictObject({ id: JobId }),
    answer: { kind: 'json', statuses: [200], schema: JobView },
  },
  cancelJob: {
    method: 'DELETE',
    path: '/v1/jobs/{id}',
    access: 'operate',
    summary: 'Cancels a job: a waiting one at once, a running one within seconds',
    params: z.strictObject({ id: JobId }),
    answer: { kind: 'json', statuses: [200], schema: JobView },
  },
} as const satisfies Record<string, Route>;
