import { type EventRow, normalise, type SourceCatalogue, stageColumns } from '../normalise/index.ts';
import type { RuleJudge } from '../rules/index.ts';
import type { Batch, PlacedGroup } from './batch.ts';
import type { BatchFiles, BatchStore } from './batch-store.ts';
import { type DeadRow, deadRow, lostRows } from './dead.ts';
import { idBytes, type JudgedRows } from './dedupe.ts';
import { detectInStage, type RowHits } from './detect.ts';
import { encodeBatch, type FormFile, inputStructure } from './encode.ts';
import { eventBlock } from './event-block.ts';
import { joinRecords, rawOf, type SlowRecord } from './join.ts';
import { recordsOf } from './native.ts';

/** Rows that the in-process function makes before they are written out. */
const slowRowsPerFile = 10_000;
const readBackBytes = 4 + 1 + idBytes + 8;

/** A batch that is normalised: its events stand in a stage table, its dead letters here. */
export interface StagedBatch {
  readonly batch: Batch;
  readonly stage: string;
  readonly judged: JudgedRows;
  readonly dead: readonly DeadRow[];
  /** Rows of the batch that are dead letters. */
  readonly deadRows: readonly number[];
  /** Rows that are part of the event of another row: row → that row. */
  readonly joined: ReadonlyMap<number, number>;
  /** Records that went through the in-process function. */
  readonly slow: number;
  /** Errors of the engine that made whole forms go through the function, and of rows that rules choked on, for the operator's log. */
  readonly faults: readonly unknown[];
  /** What rules found, also in rows that turn out to be known already. */
  readonly hits: readonly RowHits[];
  readonly milliseconds: {
    readonly encode: number;
    readonly normalise: number;
    readonly function: number;
    readonly detect: number;
  };
}

export interface StageInput {
  readonly store: BatchStore;
  readonly files: BatchFiles;
  /** Of one content from the first step of a batch to the last. */
  readonly catalogue: SourceCatalogue;
  /** The rules in force when a batch is judged; all of the batch by the same ones. */
  readonly judge: () => RuleJudge;
  readonly clock: () => number;
}

/**
 * Parse, validate and normalise one batch into `stage`. The engine does what it surely can; every record that it is not
 * sure of goes through the in-process function, which alone decides what is a dead letter, with code and path.
 */
export async function stageBatch(input: StageInput, batch: Batch, stage: string): Promise<StagedBatch> {
  const { store, catalogue, clock } = input;
  const started = clock();
  const encoded = encodeBatch(batch, catalogue);
  await store.run(`TRUNCATE TABLE ${stage}`);
  const encodedAt = clock();
  const faults: unknown[] = [];
  for (const [index, file] of encoded.files.entries()) {
    try {
      await runForm(input, file, stage, `${stage}-${index}`);
    } catch (fault) {
      // One record that the engine chokes on must not hold up the rest: the function takes the whole form.
      faults.push(fault);
    }
  }
  const sure = await readBack(store, stage);
  const normalisedAt = clock();
  const slow = split(batch, sure);
  const made = await runFunction(input, slow.records, stage);
  const functionAt = clock();
  const detected = await detectInStage({ store, catalogue, judge: input.judge() }, batch, stage);
  const dead = [...made.dead, ...faultyRows(encoded.faulty)];
  return {
    batch,
    stage,
    judged: merge(slow.sure, made.events),
    dead: [...dead.map(({ letter }) => letter), ...batch.lost.flatMap((lost) => [...lostRows(lost)])],
    deadRows: dead.map(({ row }) => row),
    joined: made.joined,
    slow: slow.records.length,
    faults: [...faults, ...detected.faults],
    hits: detected.hits,
    milliseconds: {
      encode: encodedAt - started,
      normalise: normalisedAt - encodedAt,
      function: functionAt - normalisedAt,
      detect: clock() - functionAt,
    },
  };
}

async function runForm(
  { store, files }: StageInput,
  file: FormFile,
  stage: string,
  name: string,
): Promise<void> {
  const structure = inputStructure.map(([column, type]) => `${column} ${type}`).join(', ');
  const relation = await files.write(name, file.buffers, structure);
  const columns = stageColumns.map(({ name: column }) => column).join(', ');
  await store.run(`INSERT INTO ${stage} (${columns}) ${file.form.sql?.select(relation)}`);
}

interface ReadBack {
  readonly bytes: Uint8Array;
  readonly count: number;
}

async function readBack(store: BatchStore, stage: string): Promise<ReadBack> {
  const bytes = await store.bytes(`SELECT row, ok, event_id, content_hash FROM ${stage} ORDER BY row`);
  return { bytes, count: bytes.byteLength / readBackBytes };
}

/** Splits the batch's rows: those that the engine is sure of, and all others that are not dead already. */
function split(batch: Batch, { bytes, count }: ReadBack) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const settled = new Uint8Array(batch.rows);
  const rows = new Uint32Array(count);
  const ids = Buffer.alloc(count * idBytes);
  const contentHashes = new BigUint64Array(count);
  let sure = 0;
  for (let at = 0; at < bytes.byteLength; at += readBackBytes) {
    const row = view.getUint32(at, true);
    if (view.getUint8(at + 4) !== 1) continue;
    settled[row] = 1;
    rows[sure] = row;
    ids.set(bytes.subarray(at + 5, at + 5 + idBytes), sure * idBytes);
    contentHashes[sure] = view.getBigUint64(at + 5 + idBytes, true);
    sure += 1;
  }
  const records: SlowRecord[] = [];
  for (const placed of batch.groups) {
    if (placed.group.fault !== undefined) continue;
    for (let row = placed.firstRow; row < placed.firstRow + placed.group.count; row += 1) {
      if (settled[row] !== 1) records.push({ row, placed });
    }
  }
  return {
    records,
    sure: {
      rows: rows.subarray(0, sure),
      ids: ids.subarray(0, sure * idBytes),
      contentHashes: contentHashes.subarray(0, sure),
    },
  };
}

interface Made {
  readonly events: readonly EventRow[];
  readonly dead: readonly { readonly row: number; readonly letter: DeadRow }[];
  readonly joined: ReadonlyMap<number, number>;
}

async function runFunction(input: StageInput, records: readonly SlowRecord[], stage: string): Promise<Made> {
  const { store, files, catalogue } = input;
  const events: EventRow[] = [];
  const dead: { row: number; letter: DeadRow }[] = [];
  const joined = new Map<number, number>();
  for (const event of joinRecords(records, catalogue)) {
    const { row, placed, index, raws } = event;
    const { group, partition, offset } = placed;
    const result = normalise(catalogue, {
      row,
      tenant: group.tenant,
      source: group.source,
      form: group.form,
      stream: group.stream,
      receivedAt: group.receivedAt,
      seed: group.seed,
      ordinal: group.ordinals[index] ?? 0,
      place: { partition, offset, sub: group.firstSub + index },
      raw: rawOf(event),
    });
    if (result.kind === 'event') events.push(result.row);
    for (const [at, raw] of raws.entries()) {
      if (result.kind === 'dead')
        dead.push({ row: row + at, letter: deadRow(placed, index + at, raw, result) });
      else if (at > 0) joined.set(row + at, row);
    }
  }
  const columns = stageColumns.map(({ name }) => name).join(', ');
  const structure = stageColumns.map(({ name, type }) => `${name} ${type}`).join(', ');
  for (let at = 0; at < events.length; at += slowRowsPerFile) {
    const block = eventBlock(events.slice(at, at + slowRowsPerFile));
    const relation = await files.write(`${stage}-function-${at}`, block, structure);
    await store.run(`INSERT INTO ${stage} (${columns}) SELECT ${columns} FROM ${relation}`);
  }
  return { events, dead, joined };
}

function faultyRows(groups: readonly PlacedGroup[]): Made['dead'] {
  return groups.flatMap((placed) =>
    [...recordsOf(placed.group.body)].map((raw, index) => ({
      row: placed.firstRow + index,
      letter: deadRow(placed, index, raw, {
        code: placed.group.fault?.code ?? '',
        path: '',
        message: placed.group.fault?.message ?? '',
      }),
    })),
  );
}

/** The rows of the engine and of the function, in order of row. */
function merge(sure: JudgedRows, events: readonly EventRow[]): JudgedRows {
  if (events.length === 0) return sure;
  const total = sure.rows.length + events.length;
  const merged = {
    rows: new Uint32Array(total),
    ids: Buffer.alloc(total * idBytes),
    contentHashes: new BigUint64Array(total),
  };
  let left = 0;
  let right = 0;
  for (let index = 0; index < total; index += 1) {
    const event = events[right];
    if (event === undefined || (sure.rows[left] ?? Number.POSITIVE_INFINITY) < event.row) {
      merged.rows[index] = sure.rows[left] ?? 0;
      merged.ids.set(sure.ids.subarray(left * idBytes, (left + 1) * idBytes), index * idBytes);
      merged.contentHashes[index] = sure.contentHashes[left] ?? 0n;
      left += 1;
    } else {
      merged.rows[index] = event.row;
      merged.ids.set(event.event_id, index * idBytes);
      merged.contentHashes[index] = event.content_hash;
      right += 1;
    }
  }
  return merged;
}
