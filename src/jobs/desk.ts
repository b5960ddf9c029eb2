import type { Actor } from '../contracts/index.ts';
import type { State } from '../state/index.ts';
import { jobsErrors } from './errors.ts';
import { type Job, jobColumns, jobOf } from './job.ts';
import type { JobKind, JsonObject } from './kind.ts';

/** Jobs of a tenant that wait or run; above it new ones are refused. */
const maxOpenJobs = 1_000;
const maxListed = 200;

export interface JobOrder {
  readonly kind: string;
  readonly tenant: string;
  readonly by: Actor;
  readonly parameters: JsonObject;
  /** Given by the caller so that an order that is repeated is the same job; it must be unique over all tenants. */
  readonly id?: string;
  /** Not before then. */
  readonly runAfter?: Date;
}

/** Where jobs are ordered, looked at and cancelled. */
export interface JobDesk {
  /** Throws `jobs.unknown_kind`, `jobs.invalid_parameters`, `jobs.too_many`. A known id gives the job that has it. */
  start(order: JobOrder): Promise<Job>;
  /** Throws `jobs.unknown_job`. */
  get(tenant: string, id: string): Promise<Job>;
  /** Newest first. */
  list(tenant: string, filter?: { readonly kind?: string; readonly limit?: number }): Promise<readonly Job[]>;
  /** A waiting job ends at once, a running one within its next renewal. Throws `jobs.unknown_job`, `jobs.ended`. */
  cancel(tenant: string, id: string): Promise<Job>;
}

export interface DeskOptions {
  readonly state: State;
  readonly kinds: ReadonlyMap<string, JobKind>;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** Called when there may be something to run. */
  readonly wake: () => void;
}

export function createDesk({ state, kinds, clock, newId, wake }: DeskOptions): JobDesk {
  const get = async (tenant: string, id: string) => {
    const [row] = await state.query(`SELECT ${jobColumns} FROM jobs WHERE tenant = $1 AND id = $2`, [
      tenant,
      id,
    ]);
    if (row === undefined) throw jobsErrors.make('unknown_job', `There is no job '${id}'`);
    return jobOf(row);
  };
  return {
    async start(order) {
      const { kind, tenant, by, id = newId(), runAfter } = order;
      const parameters = checkedParameters(kinds, order);
      const now = clock().toISOString();
      const [open] = await state.query(
        "SELECT count(*)::int4 AS n FROM jobs WHERE tenant = $1 AND state IN ('waiting', 'running')",
        [tenant],
      );
      if (Number(open?.n) >= maxOpenJobs)
        throw jobsErrors.make('too_many', `${maxOpenJobs} jobs of this tenant wait already`);
      await state.query(
        'INSERT INTO jobs (id, tenant, kind, parameters, state, by_id, by_name, created_at, run_after) ' +
          "VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        [id, tenant, kind, parameters, by.id, by.name, now, runAfter?.toISOString() ?? now],
      );
      wake();
      return await get(tenant, id);
    },
    get,
    async list(tenant, { kind, limit = maxListed } = {}) {
      const rows = await state.query(
        `SELECT ${jobColumns} FROM jobs WHERE tenant = $1 AND ($2::text IS NULL OR kind = $2) ` +
          'ORDER BY created_at DESC, id LIMIT $3',
        [tenant, kind ?? null, Math.min(limit, maxListed)],
      );
      return rows.map(jobOf);
    },
    async cancel(tenant, id) {
      const rows = await state.query(
        "UPDATE jobs SET cancel_requested = true, state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END, " +
          "ended_at = CASE state WHEN 'waiting' THEN $3::timestamptz ELSE ended_at END " +
          "WHERE tenant = $1 AND id = $2 AND state IN ('waiting', 'running') RETURNING id",
        [tenant, id, clock().toISOString()],
      );
      const job = await get(tenant, id);
      if (rows.length === 0) throw jobsErrors.make('ended', `The job '${id}' is ${job.state} already`);
      wake();
      return job;
    },
  };
}

function checkedParameters(kinds: ReadonlyMap<string, JobKind>, { kind, parameters }: JobOrder): JsonObject {
  const known = kinds.get(kind);
  if (known === undefined) throw jobsErrors.make('unknown_kind', `There is no kind of job '${kind}'`);
  const checked = known.parameters.safeParse(parameters);
  if (checked.success) return parameters;
  throw jobsErrors.make('invalid_parameters', `${kind}: ${checked.error.message}`);
}
