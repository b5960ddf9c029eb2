import * as z from 'zod';
import type { JobKind } from '../jobs/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';
import type { Holds } from './holds.ts';
import type { RetentionStore } from './store-port.ts';

/** How long what is kept. */
export interface RetentionDays {
  readonly events: number;
  /** Events that a rule hit. */
  readonly evidence: number;
  readonly deadLetters: number;
  /** Closed alerts, after their last change. */
  readonly alerts: number;
}

export interface SweepOptions {
  readonly store: RetentionStore;
  readonly holds: Holds;
  readonly days: RetentionDays;
  readonly clock: () => number;
  /** Removes closed alerts of all tenants but `held` that were changed last before a time; gives how many. */
  readonly pruneAlerts: (before: Date, held: readonly string[], signal: AbortSignal) => Promise<number>;
  /** Takes passages of documents that were replaced or removed before a time off the disk. */
  readonly prunePassages: (before: Date, signal: AbortSignal) => Promise<void>;
}

const dayMilliseconds = 86_400_000;

/**
 * With a clock that is years ahead everything would be too old. So nothing goes while nothing comes: what is stored says what time it
 * is, too.
 */
const mostIdle = 30 * dayMilliseconds;

async function idleMilliseconds(store: RetentionStore, now: number, signal: AbortSignal): Promise<number> {
  const [row] = await store.rows(
    'SELECT toUnixTimestamp64Milli(max(ingested_at)) AS newest FROM markers',
    signal,
  );
  return now - Number(row?.newest ?? 0);
}

/** What correlations took out of events goes when the events go. */
async function forgetHits(
  store: RetentionStore,
  { before, held }: { readonly before: number; readonly held: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const where = conditionOf({ where: '1', before }, held);
  const [row] = await store.rows(`SELECT count() AS n FROM rule_hits WHERE ${where}`, signal);
  if (Number(row?.n ?? 0) > 0)
    await store.run(`ALTER TABLE rule_hits DELETE WHERE ${where} ${waiting}`, signal);
}

interface Expiry {
  readonly table: 'events' | 'dead_letters';
  readonly where: string;
  readonly before: number;
}

/**
 * The job that removes what is older than its class allows, by when it was ingested. First it writes down from when on the ledger still
 * speaks: minutes of receipt before that are not compared any more. A tenant under hold keeps everything.
 */
export function sweepKind(options: SweepOptions): JobKind {
  return {
    name: 'retention.sweep',
    parameters: z.strictObject({}),
    maxAttempts: 3,
    async run({ signal, progress }) {
      const { store, holds, days, clock, pruneAlerts, prunePassages } = options;
      const cut = (kept: number) => clock() - kept * dayMilliseconds;
      const idle = await idleMilliseconds(store, clock(), signal);
      if (idle > mostIdle) return { waits: 'Nothing was stored for 30 days: the clock may be wrong' };
      const held = await holds.heldTenants();
      const expiries: readonly Expiry[] = [
        { table: 'events', where: "retention_class != 'evidence'", before: cut(days.events) },
        { table: 'events', where: "retention_class = 'evidence'", before: cut(days.evidence) },
        { table: 'dead_letters', where: '1', before: cut(days.deadLetters) },
      ];
      const removed: Record<string, number> = { events: 0, evidence: 0, dead_letters: 0 };
      const due = [];
      for (const expiry of expiries) {
        const rows = await count(store, expiry, held, signal);
        if (rows > 0) due.push({ ...expiry, rows });
      }
      if (due.length > 0) await moveHorizon(store, Math.max(...due.map(({ before }) => before)), signal);
      for (const [index, expiry] of due.entries()) {
        await progress(index, due.length, `${expiry.rows} rows of ${expiry.table}`);
        await store.run(
          `ALTER TABLE ${expiry.table} DELETE WHERE ${conditionOf(expiry, held)} ${waiting}`,
          signal,
        );
        const name =
          expiry.where.includes("= 'evidence'") && !expiry.where.includes('!=') ? 'evidence' : expiry.table;
        removed[name] = (removed[name] ?? 0) + expiry.rows;
      }
      await forgetMarkers(store, signal);
      await forgetHits(store, { before: cut(days.events), held }, signal);
      if (held.length === 0) await prunePassages(new Date(cut(1)), signal);
      const alerts = await pruneAlerts(new Date(cut(days.alerts)), held, signal);
      return { ...removed, alerts, held_tenants: held.length };
    },
  };
}

/** The statement ends when the rows are gone. */
const waiting = 'SETTINGS mutations_sync = 1';

function conditionOf({ where, before }: Pick<Expiry, 'where' | 'before'>, held: readonly string[]): string {
  const kept = held.length === 0 ? '' : ` AND tenant NOT IN (${held.map(quoteString).join(', ')})`;
  return `${where} AND ingested_at < ${timeSql(before)}${kept}`;
}

async function count(store: RetentionStore, expiry: Expiry, held: readonly string[], signal: AbortSignal) {
  const [row] = await store.rows(
    `SELECT count() AS n FROM ${expiry.table} WHERE ${conditionOf(expiry, held)}`,
    signal,
  );
  return Number(row?.n ?? 0);
}

/** Whole minutes, so that none is compared in part. */
async function moveHorizon(store: RetentionStore, before: number, signal: AbortSignal): Promise<void> {
  const minute = 60_000;
  const horizon = Math.ceil(before / minute) * minute;
  await store.run(`INSERT INTO ledger_horizon (ledger_from) VALUES (${timeSql(horizon)})`, signal);
}

/**
 * Markers whose minutes nobody compares any more go too, but for the newest of each partition, from which the pipeline starts, and the
 * newest of each source of a tenant, by which it is known when the source sent last.
 */
async function forgetMarkers(store: RetentionStore, signal: AbortSignal): Promise<void> {
  const stale =
    'arrayMax(minutes) * 60 < (SELECT toUnixTimestamp(max(ledger_from)) FROM ledger_horizon) AND ' +
    '(partition, to_offset) NOT IN (SELECT partition, max(to_offset) FROM markers GROUP BY partition) AND ' +
    '(partition, to_offset) NOT IN (SELECT newest.1, newest.2 FROM (' +
    'SELECT argMax((partition, to_offset), (minute, ingested_at)) AS newest FROM markers ' +
    'ARRAY JOIN tenants AS tenant, sources AS source, minutes AS minute GROUP BY tenant, source))';
  const [row] = await store.rows(
    `SELECT count() AS n FROM markers WHERE notEmpty(minutes) AND ${stale}`,
    signal,
  );
  if (Number(row?.n ?? 0) === 0) return;
  await store.run(`ALTER TABLE markers DELETE WHERE notEmpty(minutes) AND ${stale} ${waiting}`, signal);
}
