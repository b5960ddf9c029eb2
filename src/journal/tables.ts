import * as z from 'zod';
import type { AuditEntry } from '../contracts/index.ts';
import type { StateMigration, StateSession } from '../state/index.ts';
import type { EntryFault } from './topic-page.ts';

/** Topics of the log that the journal keeps. */
export const topicNames = { changes: 'changes', detections: 'detections', audit: 'audit' } as const;

/** The journal's own tables: how far each topic is in the tables, what was skipped, and the audit trail. */
export const journalMigrations: readonly StateMigration[] = [
  {
    room: 'journal',
    version: 1,
    sql: `
      CREATE TABLE journal_positions (
        topic text PRIMARY KEY,
        next bigint NOT NULL,
        replay_until bigint NOT NULL DEFAULT 0
      );
      CREATE TABLE journal_faults (
        topic text NOT NULL,
        entry bigint NOT NULL,
        code text NOT NULL,
        reason text NOT NULL,
        PRIMARY KEY (topic, entry)
      );
      CREATE TABLE audit_trail (
        tenant text NOT NULL,
        at timestamptz NOT NULL,
        topic text NOT NULL,
        entry bigint NOT NULL,
        by_id text NOT NULL,
        by_name text NOT NULL,
        action text NOT NULL,
        outcome text NOT NULL,
        details jsonb NOT NULL,
        trace_id text NOT NULL,
        PRIMARY KEY (tenant, at, topic, entry)
      );
      CREATE INDEX audit_trail_action ON audit_trail (tenant, action, at, topic, entry);
      CREATE INDEX audit_trail_by ON audit_trail (tenant, by_id, at, topic, entry);
    `,
  },
];

const maxReason = 1_000;
const Place = z.object({ next: z.int().nonnegative(), replay_until: z.int().nonnegative() });

/**
 * How far a topic is in the tables (`next` is the first entry that is not), and below which entry everything was in tables
 * before these (`replayUntil`). Undefined in tables that were made anew.
 */
export async function placeOfTopic(session: StateSession, topic: string) {
  const sql = 'SELECT next, replay_until FROM journal_positions WHERE topic = $1';
  const rows = await session.query(sql, [topic]);
  if (rows[0] === undefined) return undefined;
  const { next, replay_until } = Place.parse(rows[0]);
  return { next, replayUntil: replay_until };
}

/** Puts a topic at its beginning, to be applied again up to an entry. */
export async function startOver(session: StateSession, topic: string, replayUntil: number): Promise<void> {
  await session.query(
    `INSERT INTO journal_positions (topic, next, replay_until) VALUES ($1, 0, $2)
     ON CONFLICT (topic) DO UPDATE SET next = 0, replay_until = excluded.replay_until`,
    [topic, replayUntil],
  );
}

export async function moveTo(session: StateSession, topic: string, next: number): Promise<void> {
  await session.query('UPDATE journal_positions SET next = $2 WHERE topic = $1', [topic, next]);
}

export async function bookFault(session: StateSession, { topic, offset, error }: EntryFault): Promise<void> {
  await session.query(
    `INSERT INTO journal_faults (topic, entry, code, reason) VALUES ($1, $2, $3, $4)
     ON CONFLICT (topic, entry) DO NOTHING`,
    [topic, offset, error.code, error.message.slice(0, maxReason)],
  );
}

/** One line of the audit trail, at its place in its topic; a repeat is harmless. Tables keep milliseconds. */
export async function addAuditLine(
  session: StateSession,
  { topic, offset }: { readonly topic: string; readonly offset: number },
  { tenant, by, at, action, outcome, details, trace_id }: AuditEntry,
): Promise<void> {
  await session.query(
    `INSERT INTO audit_trail (tenant, at, topic, entry, by_id, by_name, action, outcome, details, trace_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
    [tenant, new Date(at).toISOString(), topic, offset, by.id, by.name, action, outcome, details, trace_id],
  );
}
