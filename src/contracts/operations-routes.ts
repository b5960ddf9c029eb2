import * as z from 'zod';
import { RuleLevel } from './detection.ts';
import { JobView } from './job-routes.ts';
import type { Route } from './routes.ts';

const count = z.int().nonnegative();
const utc = z.iso.datetime();

/** Reasons that a list gives at most, and characters of a sample. */
export const maxDeadLetterReasons = 200;
export const maxSampleLength = 500;

/** Dead letters of one source that died of the same. */
export const DeadLetterReason = z.strictObject({
  source: z.string(),
  code: z.string(),
  /** Field path in the record, '' for the whole record. */
  path: z.string(),
  count,
  /** When the newest one was received. */
  newest: utc,
  message: z.string(),
  /** The beginning of the newest record. */
  sample: z.string().max(maxSampleLength),
});
export type DeadLetterReason = z.infer<typeof DeadLetterReason>;

/** Most frequent first; `total` counts what the filter meets, whether its reason is listed or not. */
export const DeadLetterReasons = z.strictObject({
  reasons: z.array(DeadLetterReason).max(maxDeadLetterReasons),
  total: count,
  truncated: z.boolean(),
});
export type DeadLetterReasons = z.infer<typeof DeadLetterReasons>;

const deadLetterFilter = {
  source: z.exactOptional(z.string().min(1).max(100)),
  code: z.exactOptional(z.string().min(1).max(100)),
};

export const ReplayRequest = z.strictObject({
  ...deadLetterFilter,
  path: z.exactOptional(z.string().max(1_000)),
});
export type ReplayRequest = z.infer<typeof ReplayRequest>;

export const BackupRequest = z.strictObject({
  /** On the machine that Tyrian runs on, absolute; absent or empty. */
  folder: z.string().min(1).max(4_000),
});

const statusCondition = z.strictObject({
  kind: z.string(),
  severity: RuleLevel,
  subject: z.string(),
  raised_at: utc,
});

/** The process and what it stores, of all tenants. */
export const ProcessView = z.strictObject({
  /** '' while it listens on the data folder's socket alone. */
  url: z.string(),
  /** Since the process started; `…_per_second` over the last minute, or since it started. */
  pipeline: z.strictObject({
    records: count,
    stored: count,
    duplicate: count,
    dead: count,
    faults: count,
    records_per_second: z.number().nonnegative(),
    stored_per_second: z.number().nonnegative(),
    /** In the log, and not behind a marker yet. */
    frames_waiting: count,
    last_batch: z
      .strictObject({ at: utc, records: count, milliseconds: z.number().nonnegative() })
      .nullable(),
  }),
  store: z.strictObject({ bytes: count, events: count, dead_letters: count }),
  disk: z.strictObject({ free_bytes: count, total_bytes: count }),
});
export type ProcessView = z.infer<typeof ProcessView>;

/** How Tyrian is, on one screen. What the caller has no scope for is null. */
export const StatusView = z.strictObject({
  version: z.string(),
  at: utc,
  started_at: utc,
  /** Needs `metrics:read`. */
  process: ProcessView.nullable(),
  /** Of the caller's tenant, from here on. */
  tenant: z.string(),
  /** Of the last 24 hours. */
  ledger: z.strictObject({
    received: count,
    stored: count,
    dead: count,
    in_flight: count,
    balanced: z.boolean(),
  }),
  /** What is not as it should be, oldest first. */
  conditions: z.array(statusCondition),
  /** Alerts that nobody has taken up, by severity. Needs `alerts:read`. */
  new_alerts: z.array(z.strictObject({ severity: RuleLevel, count })).nullable(),
  /** Needs `fleet:read`. */
  silent_sources: z
    .array(z.strictObject({ source: z.string(), last_received_at: utc.nullable() }))
    .nullable(),
  /** Those that wait or run. Needs `operate`. */
  jobs: z.array(JobView).nullable(),
});
export type StatusView = z.infer<typeof StatusView>;

export const operationsRoutes = {
  status: {
    method: 'GET',
    path: '/v1/status',
    access: 'ledger:read',
    summary: "How Tyrian is: the process, its pipeline and disk, and what waits in the caller's tenant",
    answer: { kind: 'json', statuses: [200], schema: StatusView },
  },
  deadLetterReasons: {
    method: 'GET',
    path: '/v1/dead-letters/reasons',
    access: 'events:read',
    summary: 'Dead letters by source, code and field path, with a sample of each',
    query: z.strictObject(deadLetterFilter),
    answer: { kind: 'json', statuses: [200], schema: DeadLetterReasons },
  },
  replayDeadLetters: {
    method: 'POST',
    path: '/v1/dead-letters/replay',
    access: 'operate',
    summary: 'Receives dead letters again, after what was wrong with them was mended; a job',
    body: { kind: 'json', schema: ReplayRequest },
    answer: { kind: 'json', statuses: [202], schema: JobView },
  },
  makeBackup: {
    method: 'POST',
    path: '/v1/backups',
    access: 'operate',
    summary: 'Makes a backup of everything in a folder of this machine; a job; by a local command alone',
    body: { kind: 'json', schema: BackupRequest },
    answer: { kind: 'json', statuses: [202], schema: JobView },
  },
  rebuildState: {
    method: 'POST',
    path: '/v1/state/rebuild',
    access: 'operate',
    summary: 'Makes alerts, keys and the audit trail again from the journal; a job; by a local command alone',
    body: { kind: 'json', schema: z.strictObject({}) },
    answer: { kind: 'json', statuses: [202], schema: JobView },
  },
} as const satisfies Record<string, Route>;
