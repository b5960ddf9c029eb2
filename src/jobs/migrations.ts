import type { StateMigration } from '../state/index.ts';

/** Tables of this room. A job that runs has an owner and a time up to which it is the owner's. */
export const jobsMigrations: readonly StateMigration[] = [
  {
    room: 'jobs',
    version: 1,
    sql: `
      CREATE TABLE jobs (
        id text PRIMARY KEY,
        tenant text NOT NULL,
        kind text NOT NULL,
        parameters jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
        by_id text NOT NULL,
        by_name text NOT NULL,
        created_at timestamptz NOT NULL,
        run_after timestamptz NOT NULL,
        started_at timestamptz,
        ended_at timestamptz,
        lease_owner text,
        lease_until timestamptz,
        attempts int4 NOT NULL DEFAULT 0,
        cancel_requested boolean NOT NULL DEFAULT false,
        progress_done int8 NOT NULL DEFAULT 0,
        progress_total int8,
        note text NOT NULL DEFAULT '',
        checkpoint jsonb,
        result jsonb,
        error_code text NOT NULL DEFAULT '',
        error_message text NOT NULL DEFAULT ''
      );
      CREATE INDEX jobs_due ON jobs (run_after) WHERE state IN ('waiting', 'running');
      CREATE INDEX jobs_of_tenant ON jobs (tenant, created_at DESC, id);
      CREATE TABLE job_schedules (
        name text PRIMARY KEY,
        next_at timestamptz NOT NULL
      );
    `,
  },
];
