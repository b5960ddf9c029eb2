import type { SourceCatalogue, SourceForm } from '../normalise/index.ts';
import type { Batch, PlacedGroup } from './batch.ts';
import { bytesOf, type NativeColumn, nativeBlock, repeatedText } from './native.ts';

/** Rows of a block: enough to be fast, few enough that all threads of the engine get some. */
const blockRows = 8_192;

/**
 * The engine plans a mapping's SELECT anew for each statement, which alone takes as long as the function takes for about so
 * many records (decision 0001): below it the function is faster.
 */
const engineWorthRows = 2_000;

/** The columns of a batch file, in the order that every mapping's SELECT reads them. */
export const inputStructure = [
  ['row', 'UInt32'],
  ['partition', 'UInt16'],
  ['offset', 'UInt64'],
  ['sub', 'UInt32'],
  ['tenant', 'String'],
  ['source', 'String'],
  ['stream', 'String'],
  ['received_at', "DateTime64(3, 'UTC')"],
  ['seed', 'String'],
  ['ordinal', 'UInt32'],
  ['line', 'String'],
] as const;

/** The records of one source and form, as buffers of a file in Native format. */
export interface FormFile {
  readonly form: SourceForm;
  readonly rows: number;
  readonly buffers: readonly Uint8Array[];
}

export interface Encoded {
  /** For the engine: one file per source and form that is worth one; all other records are left to the function. */
  readonly files: readonly FormFile[];
  /** Dead already when they were framed. */
  readonly faulty: readonly PlacedGroup[];
}

/** Sorts the groups of a batch by how they are normalised; bodies are handed on as they are, never copied a record at a time. */
export function encodeBatch(batch: Batch, catalogue: Pick<SourceCatalogue, 'form'>): Encoded {
  const faulty: PlacedGroup[] = [];
  const byForm = new Map<SourceForm, PlacedGroup[]>();
  for (const placed of batch.groups) {
    const form = catalogue.form(placed.group.source, placed.group.form);
    if (placed.group.fault !== undefined) faulty.push(placed);
    else if (form?.sql !== undefined && byForm.get(form)?.push(placed) === undefined)
      byForm.set(form, [placed]);
  }
  const files = [...byForm].flatMap(([form, groups]) => {
    const rows = groups.reduce((sum, { group }) => sum + group.count, 0);
    return rows < engineWorthRows ? [] : [{ form, rows, buffers: [...blocksOf(groups)].flat() }];
  });
  return { files, faulty };
}

function* blocksOf(groups: readonly PlacedGroup[]): Generator<Uint8Array[]> {
  let waiting: PlacedGroup[] = [];
  let rows = 0;
  for (const placed of groups) {
    waiting.push(placed);
    rows += placed.group.count;
    if (rows < blockRows) continue;
    yield block(waiting, rows);
    waiting = [];
    rows = 0;
  }
  if (rows > 0) yield block(waiting, rows);
}

function block(groups: readonly PlacedGroup[], rows: number): Uint8Array[] {
  const parts: Record<(typeof inputStructure)[number][0], Uint8Array[]> = {
    row: groups.map(({ firstRow, group }) => bytesOf(rising(firstRow, group.count))),
    partition: groups.map(({ partition, group }) => bytesOf(new Uint16Array(group.count).fill(partition))),
    offset: groups.map(({ offset, group }) => bytesOf(new BigUint64Array(group.count).fill(BigInt(offset)))),
    sub: groups.map(({ group }) => bytesOf(rising(group.firstSub, group.count))),
    tenant: groups.map(({ group }) => repeatedText(group.tenant, group.count)),
    source: groups.map(({ group }) => repeatedText(group.source, group.count)),
    stream: groups.map(({ group }) => repeatedText(group.stream, group.count)),
    received_at: groups.map(({ group }) =>
      bytesOf(new BigInt64Array(group.count).fill(BigInt(group.receivedAt))),
    ),
    seed: groups.map(({ group }) => repeatedText(group.seed, group.count)),
    ordinal: groups.map(({ group }) => bytesOf(group.ordinals)),
    line: groups.map(({ group }) => group.body),
  };
  const columns: NativeColumn[] = inputStructure.map(([name, type]) => ({ name, type, parts: parts[name] }));
  return nativeBlock(rows, columns);
}

function rising(from: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) values[index] = from + index;
  return values;
}

/** One Native block of 16-byte ids, with the row number of each where given. */
export function idBlock(ids: readonly string[], rows: readonly number[] = []): Uint8Array[] {
  const id: NativeColumn = {
    name: 'id',
    type: 'FixedString(16)',
    parts: [Buffer.from(ids.join(''), 'latin1')],
  };
  return nativeBlock(ids.length, rows.length === 0 ? [id] : [id, rowColumn(rows)]);
}

/** One Native block of row numbers. */
export const rowBlock = (rows: readonly number[]) => nativeBlock(rows.length, [rowColumn(rows)]);

const rowColumn = (rows: readonly number[]): NativeColumn => ({
  name: 'row',
  type: 'UInt32',
  parts: [bytesOf(Uint32Array.from(rows))],
});
