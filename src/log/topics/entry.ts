import { crc32 } from 'node:zlib';
import { MalformedBytes } from '../wire.ts';

/*
 * An entry as it is stored:
 *   0  4  crc32 of the entry's key and of all bytes from 4 on
 *   4  4  length of the value
 *   8     the value
 * All numbers big-endian. The key is part of the sum, so that an entry in another one's place is noticed.
 */
const prefixBytes = 8;

/** Bytes of an entry, for its key. */
export function encodeEntry(key: Uint8Array, value: Uint8Array): Buffer {
  const entry = Buffer.allocUnsafe(prefixBytes + value.length);
  entry.writeUInt32BE(value.length, 4);
  entry.set(value, prefixBytes);
  entry.writeUInt32BE(checksum(key, entry), 0);
  return entry;
}

/** The value of a stored entry; throws `MalformedBytes` unless every byte is as it was written. */
export function decodeEntry(key: Uint8Array, entry: Buffer | undefined): Buffer {
  if (entry === undefined) throw new MalformedBytes('it is missing');
  if (entry.length < prefixBytes || entry.readUInt32BE(4) !== entry.length - prefixBytes)
    throw new MalformedBytes('its length is not what it says');
  if (entry.readUInt32BE(0) !== checksum(key, entry))
    throw new MalformedBytes('it does not match its checksum');
  return entry.subarray(prefixBytes);
}

const checksum = (key: Uint8Array, entry: Buffer) => crc32(entry.subarray(4), crc32(key));
