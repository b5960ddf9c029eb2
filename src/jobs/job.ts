import * as z from 'zod';
import { UtcTime } from '../contracts/index.ts';
import type { StateRow } from '../state/index.ts';

export const JobState = z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']);

/** A job as it stands. Times are UTC; `progress.total` is null while unknown. */
export const Job = z
  .object({
    id: z.string(),
    tenant: z.string(),
    kind: z.string(),
    parameters: z.record(z.string(), z.json()),
    state: JobState,
    by: z.object({ id: z.string(), name: z.string() }),
    created_at: UtcTime,
    started_at: UtcTime.nullable(),
    ended_at: UtcTime.nullable(),
    attempts: z.int(),
    progress: z.object({ done: z.int(), total: z.int().nullable(), note: z.string() }),
    result: z.record(z.string(), z.json()).nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    checkpoint: z.record(z.string(), z.json()).nullable(),
  })
  .readonly();
export type Job = z.infer<typeof Job>;

/** Every column that a job is made of. */
export const jobColumns =
  'id, tenant, kind, parameters, state, by_id, by_name, created_at, started_at, ended_at, attempts, ' +
  'progress_done, progress_total, note, checkpoint, result, error_code, error_message';

export function jobOf(row: StateRow): Job {
  return Job.parse({
    ...row,
    by: { id: row.by_id, name: row.by_name },
    progress: { done: row.progress_done, total: row.progress_total, note: row.note },
    error: row.error_code === '' ? null : { code: row.error_code, message: row.error_message },
  });
}
