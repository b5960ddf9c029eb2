import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { InputRecord } from './normalise.ts';
import { type EventRow, stageColumns } from './stage-columns.ts';

const inputStructure =
  "row UInt32, partition UInt16, offset UInt64, sub UInt32, tenant String, source String, stream String, received_at DateTime64(3, 'UTC'), seed String, ordinal UInt32, line String";

/** chDB with one data folder, for tests that compare SQL with the function. One a process. */
export class Engine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tyrian-normalise-'));
  readonly #session = new Session(join(this.#folder, 'db'));
  #files = 0;

  /** Names and types that a form's SELECT must have. */
  readonly stage = stageColumns.map(({ name, type }) => ({ name, type }));

  /** Writes records as a batch file; gives the relation to select from. */
  relation(records: readonly InputRecord[]): string {
    const file = join(this.#folder, `batch-${this.#files++}.bin`);
    writeFileSync(file, Buffer.concat(records.flatMap(encodeRecord)));
    return `file('${file}', 'RowBinary', '${inputStructure.replaceAll("'", "\\'")}')`;
  }

  /** Runs a form's SELECT and gives its rows as the function would. */
  async rows(select: string): Promise<EventRow[]> {
    const result = await this.#session.queryAsync(select, { format: 'RowBinary' });
    return decodeRows(Buffer.from(result.bytes()));
  }

  /** Runs any query; gives its rows as arrays. */
  async values(query: string): Promise<unknown[][]> {
    const result = await this.#session.queryAsync(query, { format: 'JSONCompactEachRow' });
    const lines = result.text().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown[]);
  }

  run(query: string): void {
    this.#session.query(query);
  }

  [Symbol.dispose](): void {
    this.#session.cleanup();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function encodeRecord(record: InputRecord): Buffer[] {
  const head = Buffer.alloc(18);
  head.writeUInt32LE(record.row ?? 0, 0);
  head.writeUInt16LE(record.place.partition, 4);
  head.writeBigUInt64LE(BigInt(record.place.offset), 6);
  head.writeUInt32LE(record.place.sub, 14);
  const received = Buffer.alloc(8);
  received.writeBigInt64LE(BigInt(record.receivedAt));
  const ordinal = Buffer.alloc(4);
  ordinal.writeUInt32LE(record.ordinal);
  const texts = [record.tenant, record.source, record.stream].flatMap((text) =>
    encodeText(Buffer.from(text)),
  );
  return [
    head,
    ...texts,
    received,
    ...encodeText(Buffer.from(record.seed)),
    ordinal,
    ...encodeText(record.raw),
  ];
}

function encodeText(bytes: Buffer): Buffer[] {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return [Buffer.from([...length, rest]), bytes];
}

function decodeRows(bytes: Buffer): EventRow[] {
  const reader = new Reader(bytes);
  const rows: EventRow[] = [];
  while (!reader.done) {
    const row = Object.fromEntries(
      stageColumns.map(({ name, type }) => [name, name === 'raw' ? reader.bytes() : reader.value(type)]),
    );
    rows.push({ ...row, offset: Number(row.offset) } as EventRow);
  }
  return rows;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(type: string): unknown {
    const nullable = /^Nullable\((.*)\)$/.exec(type)?.[1];
    if (nullable !== undefined) return this.#take(1)[0] === 1 ? null : this.value(nullable);
    const element = /^Array\((.*)\)$/.exec(type)?.[1];
    if (element !== undefined) return Array.from({ length: this.#length() }, () => this.value(element));
    if (type === 'String') return this.bytes().toString();
    if (type === 'FixedString(16)') return this.#take(16);
    if (type === 'UInt8') return this.#take(1).readUInt8();
    if (type === 'UInt16') return this.#take(2).readUInt16LE();
    if (type === 'UInt32') return this.#take(4).readUInt32LE();
    if (type.startsWith('DateTime64(3')) return Number(this.#take(8).readBigInt64LE());
    if (type.startsWith('DateTime64(6')) return this.#take(8).readBigInt64LE();
    if (type === 'UInt64') return this.#take(8).readBigUInt64LE();
    throw new Error(`no reader for ${type}`);
  }

  bytes(): Buffer {
    return this.#take(this.#length());
  }

  #length(): number {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#take(1).readUInt8();
      length |= (byte & 127) << shift;
      if (byte < 128) return length;
    }
  }

  #take(length: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }
}
