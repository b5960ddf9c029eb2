import { type AttributeName, attributeNames, attributes, type SourceHealth } from '../contracts/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';

/** Small reads of the program's own; every value as text, null or lists of texts. */
export interface HealthStore {
  rows(sql: string, signal?: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const hour = 3_600_000;
const day = 24 * hour;
/** A source that sent nothing for longer is forgotten, not silent. */
const rememberedMilliseconds = 7 * day;
/** Drift is measured where there are enough events to tell. */
const neededEvents = 200;
/** Events a source and window that drift is measured on, the newest ones. */
const driftEvents = 50_000;
const wasFilled = 0.5;
const hardlyFilled = 0.1;

export interface SourceHealthOptions {
  readonly store: HealthStore;
  readonly clock: () => number;
  /** Milliseconds up to which batches are whole. */
  readonly snapshot: () => number;
  readonly silentMilliseconds: number;
}

type Window = readonly [from: number, to: number];

/** Measures the sources of one tenant by wall clock and time of receipt, over the last hour. */
export async function measureSources(
  options: SourceHealthOptions,
  tenant: string,
  signal?: AbortSignal,
): Promise<readonly Omit<SourceHealth, 'drift'>[]> {
  const { store, clock, snapshot } = options;
  const now = clock();
  const upTo = snapshot();
  const [seen, recent, dead] = await Promise.all([
    store.rows(lastSeenSql(tenant, now - rememberedMilliseconds, upTo), signal),
    store.rows(lagSql(tenant, now - hour, upTo), signal),
    store.rows(deadSql(tenant, now - hour, upTo), signal),
  ]);
  const lags = new Map(recent.map((row) => [String(row.source), row]));
  const deaths = new Map(dead.map((row) => [String(row.source), Number(row.n)]));
  return seen.map((row) => {
    const source = String(row.source);
    const last = Number(row.last);
    const lag = lags.get(source);
    const events = Number(lag?.n ?? 0);
    const lost = deaths.get(source) ?? 0;
    return {
      source,
      last_received_at: new Date(last).toISOString(),
      silent: now - last > options.silentMilliseconds,
      events,
      dead: lost,
      dead_share: events + lost === 0 ? null : lost / (events + lost),
      delivery_lag: Number(lag?.timed ?? 0) === 0 ? null : percentilesOf(lag?.delivery),
      ingest_lag: events === 0 ? null : percentilesOf(lag?.ingest),
    };
  });
}

/** Attributes whose share of filled events in the last day is far from that of the week before. */
export async function measureDrift(
  { store, clock, snapshot }: SourceHealthOptions,
  tenant: string,
  source: string,
  signal?: AbortSignal,
): Promise<SourceHealth['drift']> {
  const now = clock();
  const shares = async ([from, to]: Window) => {
    const [row] = await store.rows(fillSql({ tenant, source, from, to, upTo: snapshot() }), signal);
    const total = Number(row?.n ?? 0);
    return total < neededEvents
      ? undefined
      : new Map(attributeNames.map((name) => [name, Number(row?.[name]) / total]));
  };
  const recent = await shares([now - day, now]);
  const before = recent === undefined ? undefined : await shares([now - 8 * day, now - day]);
  if (recent === undefined || before === undefined) return [];
  return attributeNames.flatMap((attribute) => {
    const [was, is] = [before.get(attribute) ?? 0, recent.get(attribute) ?? 0];
    const drifted = (was >= wasFilled && is <= hardlyFilled) || (was <= hardlyFilled && is >= wasFilled);
    return drifted ? [{ attribute, before: rounded(was), now: rounded(is) }] : [];
  });
}

const rounded = (share: number) => Math.round(share * 1_000) / 1_000;

function percentilesOf(texts: unknown): { p50: number; p95: number; p99: number } {
  const [p50 = 0, p95 = 0, p99 = 0] = Array.isArray(texts) ? texts.map(Number) : [];
  return { p50, p95, p99 };
}

const received = (tenant: string, from: number, upTo: number) =>
  `tenant = ${quoteString(tenant)} AND received_at >= ${timeSql(from)} AND ingested_at <= ${timeSql(upTo)}`;

const lastSeenSql = (tenant: string, from: number, upTo: number) =>
  'SELECT source, toUnixTimestamp64Milli(max(last)) AS last FROM (' +
  ['events', 'dead_letters']
    .map(
      (table) =>
        `SELECT source, max(received_at) AS last FROM ${table} WHERE ${received(tenant, from, upTo)} GROUP BY source`,
    )
    .join(' UNION ALL ') +
  ') GROUP BY source ORDER BY source';

const seconds = (later: string, earlier: string) =>
  `greatest(0, toUnixTimestamp64Milli(${later}) - toUnixTimestamp64Milli(${earlier})) / 1000`;

const lagSql = (tenant: string, from: number, upTo: number) =>
  'SELECT source, count() AS n, countIf(time IS NOT NULL) AS timed, ' +
  `arrayMap(x -> toString(round(x, 3)), quantilesIf(0.5, 0.95, 0.99)(${seconds('received_at', 'assumeNotNull(time)')}, time IS NOT NULL)) AS delivery, ` +
  `arrayMap(x -> toString(round(x, 3)), quantiles(0.5, 0.95, 0.99)(${seconds('ingested_at', 'received_at')})) AS ingest ` +
  `FROM events WHERE ${received(tenant, from, upTo)} GROUP BY source`;

const deadSql = (tenant: string, from: number, upTo: number) =>
  `SELECT source, count() AS n FROM dead_letters WHERE ${received(tenant, from, upTo)} GROUP BY source`;

function fillSql(query: {
  readonly tenant: string;
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly upTo: number;
}): string {
  const filled = attributeNames.map((name) => `countIf(${filledSql(name)}) AS ${name}`);
  const where =
    `${received(query.tenant, query.from, query.upTo)} AND received_at < ${timeSql(query.to)} ` +
    `AND source = ${quoteString(query.source)}`;
  return (
    `SELECT count() AS n, ${filled.join(', ')} FROM (SELECT ${attributeNames.join(', ')} FROM events ` +
    `WHERE ${where} ORDER BY received_at DESC LIMIT ${driftEvents})`
  );
}

function filledSql(name: AttributeName): string {
  switch (attributes[name].type) {
    case 'int':
      return `${name} IS NOT NULL`;
    case 'list':
      return `notEmpty(${name})`;
    default:
      return `${name} != ''`;
  }
}
