import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { IdentityScheme, logFrameVersion, type RecordFault, type RecordGroup } from '../contracts/index.ts';
import { DictionaryWriter, readDictionary } from './dictionary.ts';
import { logErrors } from './errors.ts';
import type { LoggedGroup } from './port.ts';
import { ByteReader, ByteWriter, MalformedBytes } from './wire.ts';

/*
 * A frame (numbers little-endian; the first twelve bytes keep their meaning in every later version):
 *   0  4  'TYLF'
 *   4  2  version
 *   6  2  codec of the payload: 0 as it is, 1 zstd
 *   8  4  crc32 of bytes 0-7 and 12-end, over what is stored
 *  12  4  bytes of the table, a multiple of four
 *  16  4  records
 *  20  4  bytes of the payload as it is
 *  24  .. payload: the table (varints: dictionary of texts, then one entry a group), zeros to a multiple of four;
 *         the ordinals of all groups, four bytes each; the bodies of all groups
 */
const magic = Buffer.from('TYLF');
const preludeBytes = 24;
const ordinalBytes = 4;
const codecs = { plain: 0, zstd: 1 } as const;
type Codec = keyof typeof codecs;
/** A smaller payload is stored as it is: a trip to another thread costs more than its bytes. */
const minCompressedBytes = 4096;
const zstdLevel = { [constants.ZSTD_c_compressionLevel]: 1 };
/** zlib works in calls of one chunk; with its default of 16 KiB a frame takes hundreds of them. */
const maxChunkBytes = 1024 * 1024;
const minChunkBytes = 1024;
const compress = promisify(zstdCompress);
const scratchBytes = 4.5 * 1024 * 1024;
const scratchesKept = 4;
const schemes = IdentityScheme.options;
/** A payload that claims more is damaged: a frame is at most 4 MiB, one record or one group's names more. */
const maxPayloadBytes = 15 * 1024 * 1024;

function tableOf(groups: readonly RecordGroup[]): Buffer {
  const dictionary = new DictionaryWriter();
  const entries = new ByteWriter();
  entries.uint(groups.length);
  for (const group of groups) writeEntry(group, entries, dictionary);
  const texts = new ByteWriter();
  dictionary.write(texts);
  const size = texts.bytes().length + entries.bytes().length;
  return Buffer.concat([texts.bytes(), entries.bytes()], Math.ceil(size / ordinalBytes) * ordinalBytes);
}

function writeEntry(group: RecordGroup, to: ByteWriter, dictionary: DictionaryWriter): void {
  for (const key of ['tenant', 'source', 'form', 'stream', 'seed', 'traceparent'] as const) {
    to.uint(dictionary.number(group[key]));
  }
  to.uint(group.receivedAt);
  to.uint(schemes.indexOf(group.scheme));
  to.uint(group.count);
  to.uint(group.body.length);
  to.uint(group.fault ? 1 : 0);
  if (!group.fault) return;
  for (const key of ['code', 'message', 'sha256'] as const) to.uint(dictionary.number(group.fault[key]));
  to.uint(group.fault.bytes);
}

/** Buffers of payloads that are done with, kept so that a busy log does not touch fresh pages for every frame. */
export class ScratchBuffers {
  readonly #free: Buffer[] = [];

  take(bytes: number): Buffer {
    const free = this.#free.pop();
    return free && free.length >= bytes ? free : Buffer.allocUnsafeSlow(Math.max(bytes, scratchBytes));
  }

  give(buffer: Buffer): void {
    if (buffer.length === scratchBytes && this.#free.length < scratchesKept) this.#free.push(buffer);
  }
}

/**
 * The bytes of a frame; all but small ones are compressed, off the calling thread (zstd level 1: on real Windows
 * events it costs as much CPU as writing the bytes that it saves, and takes a thirtieth of the disk). The groups are
 * sound (`splitGroup`), at least one, and not changed until it resolves.
 */
export async function encodeFrame(groups: readonly RecordGroup[], scratch: ScratchBuffers): Promise<Buffer> {
  const table = tableOf(groups);
  let [records, bodies] = [0, 0];
  for (const group of groups) {
    records += group.count;
    bodies += group.body.length;
  }
  const sizes = { table: table.length, records, payload: table.length + records * ordinalBytes + bodies };
  if (sizes.payload < minCompressedBytes) {
    const frame = frameOf('plain', sizes, sizes.payload);
    writePayload(frame.subarray(preludeBytes), table, groups);
    return seal(frame);
  }
  const payload = scratch.take(sizes.payload);
  writePayload(payload, table, groups);
  const chunkSize = Math.max(minChunkBytes, Math.min(sizes.payload, maxChunkBytes));
  const packed = await compress(payload.subarray(0, sizes.payload), { chunkSize, params: zstdLevel });
  scratch.give(payload);
  const frame = frameOf('zstd', sizes, packed.length);
  frame.set(packed, preludeBytes);
  return seal(frame);
}

function writePayload(payload: Buffer, table: Buffer, groups: readonly RecordGroup[]): void {
  payload.set(table);
  let position = table.length;
  for (const { ordinals } of groups) {
    payload.set(new Uint8Array(ordinals.buffer, ordinals.byteOffset, ordinals.byteLength), position);
    position += ordinals.byteLength;
  }
  for (const { body } of groups) {
    payload.set(body, position);
    position += body.length;
  }
}

interface Sizes {
  readonly table: number;
  readonly records: number;
  readonly payload: number;
}

function frameOf(codec: Codec, sizes: Sizes, storedBytes: number): Buffer {
  const frame = Buffer.allocUnsafeSlow(preludeBytes + storedBytes);
  magic.copy(frame);
  frame.writeUInt16LE(logFrameVersion, 4);
  frame.writeUInt16LE(codecs[codec], 6);
  frame.writeUInt32LE(sizes.table, 12);
  frame.writeUInt32LE(sizes.records, 16);
  frame.writeUInt32LE(sizes.payload, 20);
  return frame;
}

const checksum = (frame: Buffer) => crc32(frame.subarray(12), crc32(frame.subarray(0, 8)));

function seal(frame: Buffer): Buffer {
  frame.writeUInt32LE(checksum(frame), 8);
  return frame;
}

const sizesOf = (frame: Buffer): Sizes => ({
  table: frame.readUInt32LE(12),
  records: frame.readUInt32LE(16),
  payload: frame.readUInt32LE(20),
});

/**
 * The groups of a frame; bodies are views on the bytes given (or on the decompressed payload).
 * Errors: `log.corrupt_frame`, `log.newer_frame` (without a place: the caller knows it).
 */
export function decodeFrame(frame: Buffer): readonly LoggedGroup[] {
  try {
    checkPrelude(frame);
    const sizes = sizesOf(frame);
    return readGroups(payloadOf(frame, sizes), sizes);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    throw logErrors.make('corrupt_frame', `a frame is damaged: ${error.message}`);
  }
}

function checkPrelude(frame: Buffer): void {
  if (frame.length < preludeBytes) throw new MalformedBytes('it ends within its prelude');
  if (!frame.subarray(0, 4).equals(magic)) throw new MalformedBytes('it does not open as one');
  if (frame.readUInt32LE(8) !== checksum(frame)) throw new MalformedBytes('its checksum differs');
  const version = frame.readUInt16LE(4);
  if (version > logFrameVersion) {
    throw logErrors.make('newer_frame', `frame version ${version}, this program knows ${logFrameVersion}`);
  }
}

function payloadOf(frame: Buffer, sizes: Sizes): Buffer {
  const stored = frame.subarray(preludeBytes);
  if (sizes.payload > maxPayloadBytes) throw new MalformedBytes('its payload is too large');
  const codec = frame.readUInt16LE(6);
  if (codec !== codecs.plain && codec !== codecs.zstd) throw new MalformedBytes('its codec is unknown');
  const payload = codec === codecs.zstd ? decompress(stored, sizes.payload) : stored;
  if (payload.length !== sizes.payload) throw new MalformedBytes('its payload has another length');
  return payload;
}

function decompress(stored: Buffer, maxOutputLength: number): Buffer {
  try {
    return zstdDecompressSync(stored, {
      maxOutputLength,
      chunkSize: Math.max(maxOutputLength + 1, minChunkBytes),
    });
  } catch (error) {
    throw new MalformedBytes('its payload does not decompress', { cause: error });
  }
}

type Entry = Omit<LoggedGroup, 'body' | 'ordinals'> & { readonly bodyBytes: number };

function readEntry(from: ByteReader, text: () => string, firstSub: number): Entry {
  const names = {
    tenant: text(),
    source: text(),
    form: text(),
    stream: text(),
    seed: text(),
    traceparent: text(),
  };
  const receivedAt = from.uint();
  const scheme = schemes[from.uint()];
  if (scheme === undefined) throw new MalformedBytes('a group has an unknown identity scheme');
  const count = from.uint();
  const bodyBytes = from.uint();
  const entry = { ...names, receivedAt, scheme, count, bodyBytes, firstSub };
  if (from.uint() === 0) return entry;
  const fault: RecordFault = { code: text(), message: text(), sha256: text(), bytes: from.uint() };
  return { ...entry, fault };
}

function readGroups(payload: Buffer, sizes: Sizes): readonly LoggedGroup[] {
  const bodiesAt = sizes.table + sizes.records * ordinalBytes;
  if (bodiesAt > payload.length) throw new MalformedBytes('its table passes the end');
  const from = new ByteReader(payload.subarray(0, sizes.table));
  const text = readDictionary(from);
  const groups: LoggedGroup[] = [];
  let [firstSub, position] = [0, bodiesAt];
  for (let left = from.uint(); left > 0; left--) {
    const { bodyBytes, ...entry } = readEntry(from, text, firstSub);
    const ordinals = ordinalsOf(payload, sizes.table + firstSub * ordinalBytes, entry.count);
    groups.push({ ...entry, ordinals, body: payload.subarray(position, position + bodyBytes) });
    firstSub += entry.count;
    position += bodyBytes;
    if (firstSub > sizes.records || position > payload.length)
      throw new MalformedBytes('a group passes the end');
  }
  if (firstSub !== sizes.records || position !== payload.length)
    throw new MalformedBytes('bytes are left over');
  return groups;
}

/** A view where the bytes lie aligned, else a copy. */
function ordinalsOf(payload: Buffer, at: number, count: number): Uint32Array {
  const end = at + count * ordinalBytes;
  if (end > payload.length) throw new MalformedBytes('ordinals pass the end');
  const start = payload.byteOffset + at;
  if (start % ordinalBytes === 0) return new Uint32Array(payload.buffer as ArrayBuffer, start, count);
  return new Uint32Array(Uint8Array.from(payload.subarray(at, end)).buffer);
}
