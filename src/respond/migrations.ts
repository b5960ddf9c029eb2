import type { StateMigration } from '../state/index.ts';

/**
 * Tables of this room. `notify_channels` is made from the journal; the others are work in progress: lost, they are lost with
 * no more than a notice told twice. `notices` copies what the outbox said, so that the outbox may be emptied or made again.
 */
export const respondMigrations: readonly StateMigration[] = [
  {
    room: 'respond',
    version: 1,
    sql: `
      CREATE TABLE notify_channels (
        tenant text NOT NULL,
        name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('webhook', 'email')),
        target text NOT NULL,
        sealed text NOT NULL,
        addresses text[] NOT NULL,
        min_severity text NOT NULL,
        kinds text[] NOT NULL,
        enabled boolean NOT NULL,
        updated_at timestamptz NOT NULL,
        updated_by text NOT NULL,
        PRIMARY KEY (tenant, name)
      );
      CREATE TABLE notices (
        tenant text NOT NULL,
        id text NOT NULL,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        severity text NOT NULL,
        subject text NOT NULL,
        payload jsonb NOT NULL,
        PRIMARY KEY (tenant, id)
      );
      CREATE INDEX notices_at ON notices (at);
      CREATE TABLE deliveries (
        tenant text NOT NULL,
        notice_id text NOT NULL,
        channel text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'dead')),
        attempts integer NOT NULL,
        since timestamptz NOT NULL,
        next_at timestamptz NOT NULL,
        leased_until timestamptz,
        ended_at timestamptz,
        last_code text,
        last_status integer,
        PRIMARY KEY (tenant, notice_id, channel)
      );
      CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('pending', 'failed');
      CREATE INDEX deliveries_since ON deliveries (tenant, since);
      CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
      CREATE TABLE outbox_readers (reader text PRIMARY KEY, taken bigint NOT NULL);
      CREATE TABLE conditions (
        tenant text NOT NULL,
        key text NOT NULL,
        kind text NOT NULL,
        severity text NOT NULL,
        subject text NOT NULL,
        details jsonb NOT NULL,
        raised_at timestamptz NOT NULL,
        told_at timestamptz NOT NULL,
        cleared_at timestamptz,
        times bigint NOT NULL,
        PRIMARY KEY (tenant, key)
      );
    `,
  },
  {
    room: 'respond',
    version: 2,
    sql: `
      ALTER TABLE notify_channels ADD COLUMN format text NOT NULL DEFAULT 'json';
      ALTER TABLE deliveries ADD COLUMN last_error text, ADD COLUMN receipts jsonb NOT NULL DEFAULT '[]';
    `,
  },
];
