import { timeSql } from '../sql/index.ts';
import type { BatchFiles, BatchStore } from './batch-store.ts';
import { type RowHits, storedId } from './detect.ts';
import { bytesOf, type NativeColumn, nativeBlock, texts } from './native.ts';
import type { BatchMark } from './write.ts';

const structure = [
  ['tenant', 'String'],
  ['rule', 'String'],
  ['logic', 'String'],
  ['event_id', 'FixedString(16)'],
  ['time', "DateTime64(6, 'UTC')"],
  ['received_at', "DateTime64(3, 'UTC')"],
  ['source', 'String'],
  ['imported', 'String'],
  ['raw_sha256', 'String'],
  ['entity_kind', 'String'],
  ['entity_value', 'String'],
  ['fields', 'String'],
] as const;

const microsPerMilli = 1_000n;

/** Stores the hits of a batch that correlations stand on, of the rows that are stored; before their events, as detections are. */
export async function writeRuleHits(
  store: BatchStore,
  files: BatchFiles,
  batch: {
    readonly found: readonly RowHits[];
    /** Rows that are not stored. */
    readonly left: ReadonlySet<number>;
    readonly secondIds: ReadonlyMap<number, string>;
  },
  mark: BatchMark,
): Promise<void> {
  const hits = batch.found
    .filter(({ row }) => !batch.left.has(row))
    .flatMap((of) => of.hits.flatMap((hit) => (hit.correlated === undefined ? [] : [{ of, hit }])));
  if (hits.length === 0) return;
  const text = (pick: (each: (typeof hits)[number]) => string) => [texts(hits.map(pick))];
  const parts: Record<(typeof structure)[number][0], Uint8Array[]> = {
    tenant: text(({ of }) => of.tenant),
    rule: text(({ hit }) => hit.rule.id),
    logic: text(({ hit }) => hit.rule.logic),
    event_id: hits.map(({ of }) => storedId(batch.secondIds, of.row, of.eventId)),
    time: [bytesOf(BigInt64Array.from(hits, ({ of }) => timeOf(of)))],
    received_at: [bytesOf(BigInt64Array.from(hits, ({ of }) => BigInt(of.receivedAt)))],
    source: text(({ of }) => of.source),
    imported: text(({ of }) => (of.imported ? '1' : '0')),
    raw_sha256: text(({ of }) => of.rawSha256),
    entity_kind: text(({ hit }) => hit.entity.kind),
    entity_value: text(({ hit }) => hit.entity.value),
    fields: text(({ hit }) => JSON.stringify(hit.correlated?.fields ?? {})),
  };
  const columns: NativeColumn[] = structure.map(([name, type]) => ({ name, type, parts: parts[name] }));
  const typed = structure.map(([name, type]) => `${name} ${type}`).join(', ');
  const relation = await files.write('rule-hits', nativeBlock(hits.length, columns), typed);
  const names = structure.map(([name]) => name);
  const selected = names.map((name) => (name === 'imported' ? 'toUInt8(imported)' : name));
  await store.run(
    `INSERT INTO rule_hits (${names.join(', ')}, ingested_at) ` +
      `SELECT ${selected.join(', ')}, ${timeSql(mark.stamp)} FROM ${relation}`,
  );
}

/** Microseconds: a clock that runs ahead must not hold up what comes after; an event without a time counts by its receipt. */
function timeOf({ time, receivedAt }: RowHits): bigint {
  const received = BigInt(receivedAt) * microsPerMilli;
  return time === undefined || time > received ? received : time;
}
