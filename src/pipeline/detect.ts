import { hash } from 'node:crypto';
import type { Detection } from '../contracts/index.ts';
import { isPlainJson, nativeFields, type SourceCatalogue } from '../normalise/index.ts';
import {
  detectionOf,
  isLoud,
  type JudgedColumn,
  judgedColumns,
  type RuleHit,
  type RuleJudge,
} from '../rules/index.ts';
import { quoteString } from '../sql/index.ts';
import type { Batch, PlacedGroup } from './batch.ts';
import type { BatchStore } from './batch-store.ts';
import { recordsOf } from './native.ts';
import { RowReader } from './row-reader.ts';

/** The hits in one row of a batch. */
export interface RowHits {
  readonly row: number;
  readonly tenant: string;
  readonly source: string;
  readonly receivedAt: number;
  /** True when a file brought it. */
  readonly imported: boolean;
  /** Microseconds since the epoch; undefined when the event has no usable time. */
  readonly time: bigint | undefined;
  /** 16 bytes. */
  readonly eventId: Buffer;
  readonly rawSha256: string;
  readonly hits: readonly RuleHit[];
}

/** What rules found in a stage, and why rows could not be judged: the first `maxFaults` of them. */
interface Detected {
  readonly hits: readonly RowHits[];
  readonly faults: readonly unknown[];
}

const maxFaults = 10;

/**
 * Judges the rows of a stage; bodies are taken from the batch, which holds them anyway, but for events that were joined of several
 * records: those stand whole in the stage alone. A row that can not be judged is stored without detections: it must not hold up all
 * others for ever.
 */
export async function detectInStage(
  { store, catalogue, judge }: DetectInput,
  batch: Batch,
  stage: string,
): Promise<Detected> {
  if (judge.where === undefined) return { hits: [], faults: [] };
  const faults: unknown[] = [];
  const judged = (source: string, event: Parameters<RuleJudge['judge']>[0]) => {
    try {
      return judge.judge(event);
    } catch (cause) {
      if (faults.length < maxFaults)
        faults.push(new Error(`a record of ${source} could not be judged`, { cause }));
      return [];
    }
  };
  const rows = createRowReading(await store.bytes(selectJudged(catalogue, judge.where, stage)));
  const raws = createRaws(batch);
  const found: RowHits[] = [];
  for (const { row, joined, eventId, time, form, ...event } of rows) {
    const { placed, raw: single } = raws(row);
    const raw = joined.length > 0 ? joined : single;
    const { tenant, receivedAt, scheme } = placed.group;
    const stored = { source: event.source, form, raw };
    const fields = () => nativeFields(catalogue, stored);
    const json = joined.length === 0 && isPlainJson(catalogue, stored) ? raw : undefined;
    const hits = judged(event.source, { ...event, tenant, json, fields });
    if (hits.length === 0) continue;
    const rawSha256 = hash('sha256', raw, 'hex');
    const imported = scheme === 'file';
    found.push({ row, tenant, source: event.source, receivedAt, imported, time, eventId, rawSha256, hits });
  }
  return { hits: found, faults };
}

export interface DetectInput {
  readonly store: BatchStore;
  readonly catalogue: SourceCatalogue;
  readonly judge: RuleJudge;
}

function selectJudged(catalogue: SourceCatalogue, where: string, stage: string): string {
  const joining = catalogue.sources.filter((source) =>
    catalogue.formsOf(source).some(({ joins }) => joins !== undefined),
  );
  const raw = joining.length === 0 ? "''" : `if(source IN (${joining.map(quoteString).join(', ')}), raw, '')`;
  return (
    `SELECT row, ${raw}, event_id, ifNull(toUnixTimestamp64Micro(time), toInt64(${noTime})), class_uid, ` +
    `source, form, ${judgedColumns.join(', ')} FROM ${stage} WHERE ok = 1 AND (${where}) ORDER BY row`
  );
}

function* createRowReading(bytes: Uint8Array) {
  const reader = new RowReader(bytes);
  while (!reader.ended()) {
    const row = reader.uint32();
    const joined = reader.textBytes();
    const eventId = reader.bytes(eventIdBytes);
    const micros = reader.int64();
    const class_uid = reader.nullableUint64();
    const source = reader.text();
    const form = reader.text();
    const columns = columnsOf(
      reader,
      judgedColumns.map(() => reader.passText()),
    );
    const time = micros === BigInt(noTime) ? undefined : micros;
    yield { row, joined, eventId, time, class_uid, source, form, columns };
  }
}

/** The columns of one row, each decoded when it is asked for: most rows are no hits, and then two of them are. */
class RowColumns {
  readonly reader: RowReader;
  readonly places: readonly number[];

  constructor(reader: RowReader, places: readonly number[]) {
    this.reader = reader;
    this.places = places;
  }
}

for (const [index, name] of judgedColumns.entries())
  Object.defineProperty(RowColumns.prototype, name, {
    get(this: RowColumns): string {
      return this.reader.textAt(this.places[index] ?? 0);
    },
  });

const columnsOf = (reader: RowReader, places: readonly number[]) =>
  new RowColumns(reader, places) as unknown as Readonly<Record<JudgedColumn, string>>;

const eventIdBytes = 16;

/** No event is so early: times before 1971 are out of range. */
const noTime = -1;

/** The records of a batch by their rows, asked for in rising order. */
function createRaws(batch: Batch): (row: number) => { readonly placed: PlacedGroup; readonly raw: Buffer } {
  let at = 0;
  let records: readonly Uint8Array[] | undefined;
  return (row) => {
    for (;;) {
      const placed = batch.groups[at];
      if (placed === undefined) throw new Error(`row ${row} is not in the batch`);
      if (row < placed.firstRow + placed.group.count) {
        records ??= [...recordsOf(placed.group.body)];
        return { placed, raw: Buffer.from(records[row - placed.firstRow] ?? new Uint8Array()) };
      }
      at += 1;
      records = undefined;
    }
  };
}

/**
 * Detections of the rows that are stored: `left` are not (they are known already), `secondIds` are stored under another id
 * (16 bytes as latin1).
 */
export function detectionsOf(
  found: readonly RowHits[],
  left: ReadonlySet<number>,
  secondIds: ReadonlyMap<number, string>,
  now: Date,
): readonly Detection[] {
  return found
    .filter(({ row }) => !left.has(row))
    .flatMap(({ row, tenant, hits, ...event }) => {
      const eventId = uuidOf(storedId(secondIds, row, event.eventId));
      const detected = {
        tenant,
        event: {
          event_id: eventId,
          time: event.time === undefined ? null : isoOf(event.time),
          received_at: new Date(event.receivedAt).toISOString(),
          source: event.source,
          raw_sha256: event.rawSha256,
        },
      };
      return hits.filter(isLoud).map((hit) => detectionOf(detected, hit, now));
    });
}

/** The id that a row is stored under, 16 bytes. */
export function storedId(secondIds: ReadonlyMap<number, string>, row: number, own: Buffer): Buffer {
  const second = secondIds.get(row);
  return second === undefined ? own : Buffer.from(second, 'latin1');
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [0, 8, 12, 16, 20].map((from, index, all) => hex.slice(from, all[index + 1] ?? 32)).join('-');
}

const microsPerSecond = 1_000_000n;

/** ISO 8601 in UTC with microseconds. */
function isoOf(micros: bigint): string {
  const seconds = new Date(Number(micros / microsPerSecond) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % microsPerSecond).padStart(6, '0')}Z`;
}
