import type { LogReader } from '../log/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';
import type { Refusals } from './refusals.ts';
import { type LedgerReport, type LedgerRow, ledgerReport, type SourceCoverage } from './report.ts';

const headersPerRead = 10_000;
const minute = 60_000;

/** What the ledger needs of the store: small reads of the program's own, every value as text, null or lists of texts. */
export interface LedgerStore {
  rows(sql: string, signal?: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface Ledger {
  /** Records received in [from, to), in whole minutes; everything when the window is open. */
  report(query: {
    readonly tenant: string;
    readonly from: Date;
    readonly to: Date;
    readonly signal?: AbortSignal;
  }): Promise<LedgerReport>;
  /** How every source that ever sent covers a window of event time. */
  coverage(query: {
    readonly tenant: string;
    readonly from: Date;
    readonly to: Date;
    readonly signal?: AbortSignal;
  }): Promise<readonly SourceCoverage[]>;
  /** Tenants with records, for the check of all. */
  tenants(): Promise<readonly string[]>;
}

/** `snapshot` gives the milliseconds up to which batches are whole (see the pipeline's watermark). */
export function createLedger(input: {
  readonly store: LedgerStore;
  readonly log: Pick<LogReader, 'partitions' | 'headers' | 'ends'>;
  readonly refusals: Refusals;
  readonly snapshot: () => number;
}): Ledger {
  const { store, log, refusals, snapshot } = input;
  return {
    async report({ tenant, from, to, signal }) {
      const upTo = snapshot();
      const horizon = await horizonOf(store, upTo, signal);
      const window = {
        from: Math.max(horizon, floorTo(from, minute)),
        to: Math.max(horizon, floorTo(new Date(to.getTime() + minute - 1), minute)),
      };
      const [marked, stored, dead, erased, again, waiting] = await Promise.all([
        store.rows(markedSql(tenant, window, upTo), signal),
        store.rows(rowsSql('events', tenant, window, upTo), signal),
        store.rows(rowsSql('dead_letters', tenant, window, upTo), signal),
        store.rows(erasedSql(tenant, window), signal),
        store.rows(replayedSql(tenant, window, upTo), signal),
        inFlight(store, log, tenant, upTo, signal),
      ]);
      const counts = new Map<string, Partial<Mutable<LedgerRow>>>();
      const of = (source: unknown) => entry(counts, String(source), {});
      const claimed = new Map<string, { stored: number; dead: number }>();
      for (const row of marked) {
        const { received, duplicate, joined, filtered, conflict } = row;
        Object.assign(of(row.source), numbers({ received, duplicate, joined, filtered, conflict }));
        claimed.set(String(row.source), { stored: Number(row.stored), dead: Number(row.dead) });
      }
      for (const row of stored) of(row.source).stored = Number(row.count);
      for (const row of dead) of(row.source).dead = Number(row.count);
      for (const row of erased) {
        const counted = of(row.source);
        counted.erased = Number(row.events) + Number(row.dead);
        counted.stored = (counted.stored ?? 0) + Number(row.events);
        counted.dead = (counted.dead ?? 0) + Number(row.dead);
      }
      // What was received again counts once, by its last outcome: its dead letter stays where it is and is taken off here.
      for (const row of again) {
        const [counted, claim] = [of(row.source), entry(claimed, String(row.source), { stored: 0, dead: 0 })];
        counted.received = (counted.received ?? 0) - Number(row.count);
        counted.dead = (counted.dead ?? 0) - Number(row.count);
        claim.dead -= Number(row.count);
      }
      for (const { source, minute: at, records } of waiting) {
        if (at * minute < window.from || at * minute >= window.to) continue;
        const counted = of(source);
        counted.in_flight = (counted.in_flight ?? 0) + records;
        counted.received = (counted.received ?? 0) + records;
      }
      for (const [source, count] of refusals.between(tenant, window.from, window.to))
        of(source).refused = count;
      return ledgerReport(
        { tenant, from: iso(window.from), to: iso(window.to) },
        counts,
        (source) =>
          (claimed.get(source)?.stored ?? 0) === (counts.get(source)?.stored ?? 0) &&
          (claimed.get(source)?.dead ?? 0) === (counts.get(source)?.dead ?? 0),
      );
    },

    async coverage({ tenant, from, to, signal }) {
      const upTo = snapshot();
      const [received, inWindow, dead, waiting] = await Promise.all([
        store.rows(newestSql(tenant, upTo), signal),
        store.rows(inWindowSql(tenant, { from: from.getTime(), to: to.getTime() }, upTo), signal),
        store.rows(deadSql(tenant, { from: from.getTime(), to: to.getTime() }, upTo), signal),
        inFlight(store, log, tenant, upTo, signal),
      ]);
      const stored = new Map(inWindow.map((row) => [String(row.source), Number(row.count)]));
      const lost = new Map(dead.map((row) => [String(row.source), Number(row.count)]));
      const behind = new Map<string, number>();
      for (const { source, records } of waiting) behind.set(source, (behind.get(source) ?? 0) + records);
      const newest = new Map(received.map((row) => [String(row.source), Number(row.newest)]));
      const sources = [...new Set([...newest.keys(), ...behind.keys()])].sort();
      return sources.map((source) => ({
        source,
        stored: stored.get(source) ?? 0,
        dead: lost.get(source) ?? 0,
        in_flight: behind.get(source) ?? 0,
        newest_received_at: newest.has(source) ? iso((newest.get(source) ?? 0) * minute) : null,
        silent: (stored.get(source) ?? 0) === 0,
      }));
    },

    async tenants() {
      const rows = await store.rows(
        'SELECT DISTINCT arrayJoin(tenants) AS tenant FROM markers ORDER BY tenant',
      );
      return rows.map((row) => String(row.tenant));
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Window {
  readonly from: number;
  readonly to: number;
}

const floorTo = (time: Date, step: number) => Math.floor(time.getTime() / step) * step;
const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
const numbers = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));

function entry<V>(map: Map<string, V>, key: string, empty: V): V {
  const found = map.get(key) ?? empty;
  map.set(key, found);
  return found;
}

/** The counts of whole batches, one row each. */
const countsSql = (upTo: number) =>
  `SELECT arrayJoin(arrayZip(tenants, sources, minutes, received, stored, duplicate, dead, conflict, joined, filtered)) AS c
   FROM markers WHERE ingested_at <= ${timeSql(upTo)}`;

const markedSql = (tenant: string, { from, to }: Window, upTo: number) =>
  `SELECT c.2 AS source, sum(c.4) AS received, sum(c.5) AS stored, sum(c.6) AS duplicate, sum(c.7) AS dead,
     sum(c.8) AS conflict, sum(c.9) AS joined, sum(c.10) AS filtered
   FROM (${countsSql(upTo)})
   WHERE c.1 = ${quoteString(tenant)} AND c.3 >= ${from / minute} AND c.3 < ${to / minute}
   GROUP BY source`;

const rowsSql = (
  table: 'events' | 'dead_letters',
  tenant: string,
  { from, to }: Window,
  upTo: number,
  further = '1',
) =>
  `SELECT source, count() AS count FROM ${table} WHERE tenant = ${quoteString(tenant)} ` +
  `AND received_at >= ${timeSql(from)} AND received_at < ${timeSql(to)} AND ingested_at <= ${timeSql(upTo)} AND ${further} GROUP BY source`;

/** Dead letters, but for those that were received again. */
const deadSql = (tenant: string, window: Window, upTo: number) =>
  rowsSql(
    ...(['dead_letters', tenant, window, upTo] as const),
    '(partition, offset, sub) NOT IN (SELECT partition, offset, sub FROM replayed ' +
      `WHERE tenant = ${quoteString(tenant)} AND superseded_at <= ${timeSql(upTo)})`,
  );

/** A record that was booked twice, because a job died in between, counts once. */
const replayedSql = (tenant: string, { from, to }: Window, upTo: number) =>
  `SELECT source, uniqExact(partition, offset, sub) AS count FROM replayed WHERE tenant = ${quoteString(tenant)} ` +
  `AND received_at >= ${timeSql(from)} AND received_at < ${timeSql(to)} AND superseded_at <= ${timeSql(upTo)} GROUP BY source`;

const erasedSql = (tenant: string, { from, to }: Window) =>
  "SELECT source, sumIf(rows, kind = 'events') AS events, sumIf(rows, kind = 'dead_letters') AS dead FROM erased " +
  `WHERE tenant = ${quoteString(tenant)} AND minute >= ${from / minute} AND minute < ${to / minute} GROUP BY source`;

/** Minutes before it may have expired: neither rows nor markers are compared. One in the future is a wrong clock's. */
async function horizonOf(store: LedgerStore, upTo: number, signal: AbortSignal | undefined): Promise<number> {
  const [row] = await store.rows(
    `SELECT toUnixTimestamp64Milli(max(ledger_from)) AS horizon FROM ledger_horizon WHERE ledger_from <= ${timeSql(upTo)}`,
    signal,
  );
  return Number(row?.horizon ?? 0);
}

const inWindowSql = (tenant: string, { from, to }: Window, upTo: number) =>
  `SELECT source, count() AS count FROM events WHERE tenant = ${quoteString(tenant)} ` +
  `AND time >= ${timeSql(from)} AND time < ${timeSql(to)} AND ingested_at <= ${timeSql(upTo)} GROUP BY source`;

const newestSql = (tenant: string, upTo: number) =>
  `SELECT c.2 AS source, max(c.3) AS newest FROM (${countsSql(upTo)}) WHERE c.1 = ${quoteString(tenant)} GROUP BY source`;

/** Records in the log beyond the markers of whole batches, from the frames' headers alone. */
async function inFlight(
  store: LedgerStore,
  log: Pick<LogReader, 'headers' | 'ends'>,
  tenant: string,
  upTo: number,
  signal: AbortSignal | undefined,
) {
  const markers = await store.rows(
    `SELECT partition, max(to_offset) AS next FROM markers WHERE ingested_at <= ${timeSql(upTo)} GROUP BY partition`,
    signal,
  );
  const marked = new Map(markers.map((row) => [Number(row.partition), Number(row.next)]));
  const found: { source: string; minute: number; records: number }[] = [];
  for (const { partition, first, next } of await log.ends()) {
    let from = Math.max(first, marked.get(partition) ?? first);
    while (from < next) {
      const read = await log.headers({
        partition,
        from,
        limit: headersPerRead,
        ...(signal ? { signal } : {}),
      });
      for (const { header } of read.items) {
        found.push(...(header?.counts ?? []).filter((count) => count.tenant === tenant));
      }
      if (read.next <= from) break;
      from = read.next;
    }
  }
  return found;
}
