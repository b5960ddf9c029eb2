import { quoteString } from '../sql/index.ts';

/** Values as netstrings; each is a SQL expression that yields String. */
function printNetstrings(values: readonly string[]): string {
  return `concat(${values.map((value) => `toString(length(${value})), ':', ${value}, ','`).join(', ')})`;
}

/**
 * The hash within an event id, as `eventId` makes it: reads the columns tenant, time_written, seed, ordinal, line.
 * `natural` are the columns of the natural key, none when the mapping declares none.
 */
export function printDigest(source: string, natural: readonly string[]): string {
  const place = printNetstrings(["'place'", 'seed', 'lower(hex(SHA256(line)))', 'toString(ordinal)']);
  const keyed = natural.map((column) => `${column} != ''`).join(' AND ');
  const distinction =
    natural.length === 0 ? place : `multiIf(${keyed}, ${printNetstrings(["'key'", ...natural])}, ${place})`;
  return `SHA256(concat(${printNetstrings(['tenant', quoteString(source), 'time_written'])}, ${distinction}))`;
}

/** The twin of `eventId` over a digest and a time: the bits that RFC 9562 fixes lie over the digest's. */
export function printEventId(digest: string, time: string): string {
  const word = (type: string, from: number, bytes: number) =>
    `reinterpretAs${type}(reverse(substring(${digest}, ${from}, ${bytes})))`;
  const millis = `toUInt64(intDiv(ifNull(toUnixTimestamp64Micro(${time}), 0), 1000))`;
  const high = `bitOr(bitShiftLeft(${millis}, 16), bitOr(0x8000, bitAnd(${word('UInt16', 1, 2)}, 0x0fff)))`;
  const low = `bitOr(bitAnd(${word('UInt64', 3, 8)}, 0x3fffffffffffffff), 0x8000000000000000)`;
  const bytes = [high, low].map((half) => `reverse(reinterpretAsFixedString(toUInt64(${half})))`);
  return `toFixedString(concat(${bytes.join(', ')}), 16)`;
}

/** The twin of `contentHash` over the essential columns, or over the line when there are none. */
export function printContentHash(essential: readonly string[]): string {
  const content = essential.length === 0 ? 'line' : printNetstrings(essential);
  return `reinterpretAsUInt64(substring(SHA256(${content}), 1, 8))`;
}
