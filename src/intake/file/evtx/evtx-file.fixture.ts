import { crc32 } from 'node:zlib';

/** An event to be written: a number, and texts by their names. */
export interface FixtureEvent {
  readonly EventID: number;
  readonly data: Readonly<Record<string, string>>;
}

const chunkBytes = 64 * 1024;

/** A small, sound event log file of one chunk: each event with a template of its own, names written once. */
export function evtxFile(events: readonly FixtureEvent[]): Buffer {
  const header = Buffer.alloc(4096);
  header.write('ElfFile\0', 'latin1');
  return Buffer.concat([header, evtxChunk(events)]);
}

function evtxChunk(events: readonly FixtureEvent[]): Buffer {
  const chunk = Buffer.alloc(chunkBytes);
  let at = 512;
  for (const [index, event] of events.entries()) {
    const body = recordBody(event, at + 24);
    const size = 24 + body.length + 4;
    chunk.writeUInt32LE(0x2a2a, at);
    chunk.writeUInt32LE(size, at + 4);
    chunk.writeBigUInt64LE(BigInt(index + 1), at + 8);
    body.copy(chunk, at + 24);
    chunk.writeUInt32LE(size, at + size - 4);
    at += size;
  }
  chunk.write('ElfChnk\0', 'latin1');
  chunk.writeUInt32LE(128, 40);
  chunk.writeUInt32LE(at, 48);
  chunk.writeUInt32LE(crc32(chunk.subarray(512, at)), 52);
  chunk.writeUInt32LE(crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), 124);
  return chunk;
}

function recordBody(event: FixtureEvent, at: number): Buffer {
  const names = Object.keys(event.data);
  const head = Buffer.from([0x0f, 1, 1, 0, 0x0c, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const definitionAt = at + head.length;
  head.writeUInt32LE(definitionAt, 10);
  const writer = new XmlWriter(definitionAt + 24);
  writer.bytes(0x0f, 1, 1, 0);
  writer.element('Event', () => {
    writer.element('System', () => {
      writer.element('EventID', () => writer.gap(0, 6));
      writer.element(
        'TimeCreated',
        () => undefined,
        () => writer.attribute('SystemTime', () => writer.gap(1, 17)),
      );
    });
    writer.element('EventData', () => {
      for (const [index, name] of names.entries()) {
        writer.element(
          'Data',
          () => writer.gap(index + 2, 1),
          () => writer.attribute('Name', () => writer.text(name)),
        );
      }
    });
  });
  writer.bytes(0);
  const definition = Buffer.alloc(24);
  definition.writeUInt32LE(writer.written.length, 20);
  return Buffer.concat([head, definition, writer.written, valuesOf(event), Buffer.from([0])]);
}

function valuesOf(event: FixtureEvent): Buffer {
  const id = Buffer.alloc(2);
  id.writeUInt16LE(event.EventID);
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(132_464_000_001_234_567n);
  const values = [
    { type: 6, bytes: id },
    { type: 17, bytes: time },
    ...Object.values(event.data).map((text) => ({ type: 1, bytes: Buffer.from(text, 'utf16le') })),
  ];
  const described = Buffer.alloc(4 + values.length * 4);
  described.writeUInt32LE(values.length);
  for (const [index, { type, bytes }] of values.entries()) {
    described.writeUInt16LE(bytes.length, 4 + index * 4);
    described.writeUInt8(type, 6 + index * 4);
  }
  return Buffer.concat([described, ...values.map(({ bytes }) => bytes)]);
}

/** Writes a template definition whose first byte lies at `start` in the chunk. */
class XmlWriter {
  readonly #start: number;
  readonly #names = new Map<string, number>();
  written: Buffer = Buffer.alloc(0);

  constructor(start: number) {
    this.#start = start;
  }

  bytes(...bytes: number[]): void {
    this.written = Buffer.concat([this.written, Buffer.from(bytes)]);
  }

  element(name: string, content: () => void, attributes?: () => void): void {
    const opens = attributes === undefined ? { token: 0x01, size: [] } : { token: 0x41, size: [0, 0, 0, 0] };
    this.bytes(opens.token, 0xff, 0xff, 0, 0, 0, 0);
    this.#name(name);
    this.bytes(...opens.size);
    attributes?.();
    this.bytes(0x02);
    content();
    this.bytes(0x04);
  }

  attribute(name: string, content: () => void): void {
    this.bytes(0x06);
    this.#name(name);
    content();
  }

  gap(index: number, type: number): void {
    this.bytes(0x0e, index & 0xff, index >>> 8, type);
  }

  text(text: string): void {
    this.bytes(0x05, 1, text.length & 0xff, text.length >>> 8, ...Buffer.from(text, 'utf16le'));
  }

  #name(name: string): void {
    const known = this.#names.get(name);
    const offset = known ?? this.#start + this.written.length + 4;
    const reference = Buffer.alloc(4);
    reference.writeUInt32LE(offset);
    this.bytes(...reference);
    if (known !== undefined) return;
    this.#names.set(name, offset);
    this.bytes(0, 0, 0, 0, 0, 0, name.length, 0, ...Buffer.from(`${name}\0`, 'utf16le'));
  }
}
