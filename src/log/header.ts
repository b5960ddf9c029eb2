import { crc32 } from 'node:zlib';
import { logFrameVersion, type RecordGroup } from '../contracts/index.ts';
import { DictionaryWriter, readDictionary } from './dictionary.ts';
import { logErrors } from './errors.ts';
import type { FrameCount, FrameHeader } from './port.ts';
import { ByteReader, ByteWriter, MalformedBytes } from './wire.ts';

/*
 * A header is a small value beside its frame, so that the ledger books thousands of frames without reading a body:
 *   0  4  'TYLH'
 *   4  2  version (little-endian, as all numbers here)
 *   6  2  zero
 *   8  4  crc32 of bytes 0-7 and 12-end
 *  12  .. varints: dictionary of texts; records, bytes, first and last received; then the counts
 */
const magic = Buffer.from('TYLH');
const preludeBytes = 12;
const minuteMs = 60_000;

interface Tally {
  tenant: string;
  source: string;
  stream: string;
  minute: number;
  records: number;
  bytes: number;
}

const keyOf = ({ tenant, source, stream, receivedAt }: RecordGroup) =>
  `${Math.floor(receivedAt / minuteMs)}:${tenant.length}:${source.length}:${tenant}${source}${stream}`;

function tallyOf({ tenant, source, stream, receivedAt }: RecordGroup): Tally {
  return { tenant, source, stream, minute: Math.floor(receivedAt / minuteMs), records: 0, bytes: 0 };
}

/** Counts the records of a frame's groups per tenant, source, stream and minute of receipt. */
export function headerOf(groups: readonly RecordGroup[]): FrameHeader {
  const tallies = new Map<string, Tally>();
  let [records, bytes, firstReceived, lastReceived] = [0, 0, Number.MAX_SAFE_INTEGER, 0];
  for (const group of groups) {
    const key = keyOf(group);
    const tally = tallies.get(key) ?? tallyOf(group);
    tallies.set(key, tally);
    tally.records += group.count;
    tally.bytes += group.body.length;
    records += group.count;
    bytes += group.body.length;
    firstReceived = Math.min(firstReceived, group.receivedAt);
    lastReceived = Math.max(lastReceived, group.receivedAt);
  }
  return { records, bytes, firstReceived, lastReceived, counts: [...tallies.values()] };
}

/** The bytes of a header. */
export function encodeHeader(header: FrameHeader): Buffer {
  const dictionary = new DictionaryWriter();
  const rest = new ByteWriter();
  for (const key of ['records', 'bytes', 'firstReceived', 'lastReceived'] as const) rest.uint(header[key]);
  rest.uint(header.counts.length);
  for (const count of header.counts) {
    for (const key of ['tenant', 'source', 'stream'] as const) rest.uint(dictionary.number(count[key]));
    for (const key of ['minute', 'records', 'bytes'] as const) rest.uint(count[key]);
  }
  const texts = new ByteWriter();
  dictionary.write(texts);
  const prelude = Buffer.alloc(preludeBytes);
  magic.copy(prelude);
  prelude.writeUInt16LE(logFrameVersion, 4);
  const encoded = Buffer.concat([prelude, texts.bytes(), rest.bytes()]);
  encoded.writeUInt32LE(checksum(encoded), 8);
  return encoded;
}

/** Reads a header. Errors: `log.corrupt_frame`, `log.newer_frame` (without a place: the caller knows it). */
export function decodeHeader(bytes: Buffer): FrameHeader {
  try {
    return readHeader(bytes);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    throw logErrors.make('corrupt_frame', `a frame header is damaged: ${error.message}`);
  }
}

const checksum = (bytes: Buffer) => crc32(bytes.subarray(preludeBytes), crc32(bytes.subarray(0, 8)));

function readHeader(bytes: Buffer): FrameHeader {
  if (bytes.length < preludeBytes || !bytes.subarray(0, 4).equals(magic)) {
    throw new MalformedBytes('it does not open as one');
  }
  if (bytes.readUInt32LE(8) !== checksum(bytes)) throw new MalformedBytes('its checksum differs');
  const version = bytes.readUInt16LE(4);
  if (version > logFrameVersion) {
    throw logErrors.make('newer_frame', `frame version ${version}, this program knows ${logFrameVersion}`);
  }
  const from = new ByteReader(bytes.subarray(preludeBytes));
  const text = readDictionary(from);
  const [records, size, firstReceived, lastReceived] = [from.uint(), from.uint(), from.uint(), from.uint()];
  const counts: FrameCount[] = [];
  for (let left = from.uint(); left > 0; left--) {
    counts.push({
      tenant: text(),
      source: text(),
      stream: text(),
      minute: from.uint(),
      records: from.uint(),
      bytes: from.uint(),
    });
  }
  from.end();
  return { records, bytes: size, firstReceived, lastReceived, counts };
}
