import type { StateMigration } from '../state/index.ts';

/** The last word of every agent. */
export const fleetMigrations: readonly StateMigration[] = [
  {
    room: 'fleet',
    version: 1,
    sql: `
      CREATE TABLE agents (
        tenant text NOT NULL,
        agent_id text NOT NULL,
        hostname text NOT NULL,
        version text NOT NULL,
        system_name text NOT NULL,
        system_version text NOT NULL,
        architecture text NOT NULL,
        first_seen timestamptz NOT NULL,
        last_seen timestamptz NOT NULL,
        clock_skew_seconds float8 NOT NULL,
        queue_records int8,
        queue_bytes int8,
        PRIMARY KEY (tenant, agent_id)
      );
    `,
  },
];
