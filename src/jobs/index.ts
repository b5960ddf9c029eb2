/**
 * Jobs: scheduled and long work as rows of the state: ordered, leased, run with progress, taken up where they stopped, cancelled.
 * Knows no kind of work: rooms declare theirs, `system/` gathers them.
 */
export type { JobDesk, JobOrder } from './desk.ts';
export { Job } from './job.ts';
export { createJobs, type Jobs } from './jobs.ts';
export type { JobContext, JobKind, Schedule } from './kind.ts';
export { jobsMigrations } from './migrations.ts';
