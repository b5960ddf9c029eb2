import * as z from 'zod';
import { Entity } from '../../contracts/index.ts';
import { logicHash, type ResolvedCorrelation } from '../../detect/index.ts';
import { quoteString, timeSql } from '../../sql/index.ts';
import type { Position } from './position.ts';
import type { HitReader, StoredHit } from './run.ts';

/** What correlations need of the telemetry store: statements of the program's own, in the background lane. */
export interface CorrelationStore {
  /** Every value as text, null or lists of texts. */
  rows(sql: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A hit with what a detection tells of its event. */
export interface TellableHit extends StoredHit {
  readonly source: string;
  /** Milliseconds. */
  readonly receivedAt: number;
  readonly rawSha256: string;
  readonly entity: Entity;
}

const HitRow = z.object({
  rule: z.string(),
  event: z.string(),
  micros: z.coerce.number(),
  ingested: z.coerce.number(),
  received: z.coerce.number(),
  source: z.string(),
  imported: z.coerce.number(),
  raw_sha256: z.string(),
  entity_kind: Entity.unwrap().shape.kind,
  entity_value: z.string(),
  fields: z.string(),
});
const Fields = z.record(z.string(), z.string());

/** Reads the hits of the rules below a correlation in one tenant, as these rules are now. */
export function readHits(
  store: CorrelationStore,
  tenant: string,
  correlation: ResolvedCorrelation,
  signal: AbortSignal,
): HitReader<TellableHit> {
  const bases = [...basesOf(correlation)].map(
    ([rule, logic]) => `(${quoteString(rule)}, ${quoteString(logic)})`,
  );
  const ours = `tenant = ${quoteString(tenant)} AND (rule, logic) IN (${bases.join(', ')})`;
  const micros = 'toUnixTimestamp64Micro(time)';
  return {
    async firstNew({ after, since, until }) {
      const [row] = await store.rows(
        `SELECT count() AS n, min(${micros}) AS first FROM rule_hits WHERE ${ours} AND ${micros} > ${after} ` +
          `AND ${countsSql(until)} AND NOT (${countsSql(since)})`,
        signal,
      );
      return Number(row?.n ?? 0) === 0 ? undefined : Number(row?.first);
    },
    async read({ from, to, until, limit, latest }) {
      const direction = latest ? 'DESC' : 'ASC';
      const rows = await store.rows(
        `SELECT rule, lower(hex(event_id)) AS event, ${micros} AS micros, source, imported, raw_sha256, ` +
          'toUnixTimestamp64Milli(ingested_at) AS ingested, toUnixTimestamp64Milli(received_at) AS received, ' +
          `entity_kind, entity_value, fields FROM rule_hits WHERE ${ours} AND ${micros} >= ${from} ` +
          `AND ${micros} <= ${to} AND ${countsSql(until)} ` +
          `ORDER BY time ${direction}, event_id ${direction}, rule ${direction}, ingested_at ASC ` +
          `LIMIT 1 BY rule, event_id LIMIT ${limit}`,
        signal,
      );
      const hits = rows.map((row) => hitOf(HitRow.parse(row)));
      return latest ? hits.reverse() : hits;
    },
  };
}

/** As `counts`, over the columns of `rule_hits`. */
function countsSql({ ingested, watermark, imported }: Position): string {
  return (
    `ingested_at <= ${timeSql(ingested)} AND ` +
    `if(imported = 1, ingested_at <= ${timeSql(imported)}, toUnixTimestamp64Micro(time) <= ${watermark})`
  );
}

/** Id and logic of each rule at the bottom: hits of a rule as it was before an edit are another rule's. */
function basesOf(correlation: ResolvedCorrelation): ReadonlyMap<string, string> {
  return new Map(
    correlation.members.flatMap(({ of }) =>
      of.kind === 'rule' ? [[of.rule.id, logicHash(of.rule)] as const] : [...basesOf(of.correlation)],
    ),
  );
}

const hitOf = (row: z.infer<typeof HitRow>): TellableHit => ({
  rule: row.rule,
  eventId: uuidOf(row.event),
  time: row.micros,
  fields: Fields.parse(JSON.parse(row.fields)),
  ingestedAt: row.ingested,
  imported: row.imported === 1,
  source: row.source,
  receivedAt: row.received,
  rawSha256: row.raw_sha256,
  entity: { kind: row.entity_kind, value: row.entity_value },
});

const uuidOf = (hex: string) =>
  [0, 8, 12, 16, 20].map((from, index, all) => hex.slice(from, all[index + 1] ?? 32)).join('-');
