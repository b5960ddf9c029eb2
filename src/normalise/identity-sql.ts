import { quoteString } from '../sql/index.ts';
import { printAll } from './expression-sql.ts';
import { netstrings } from './identity.ts';

/** Values as netstrings; each is a SQL expression that yields String, or a plain literal without escapes. */
function printNetstrings(values: readonly string[]): string {
  const parts = values.map((value) =>
    value.startsWith("'")
      ? quoteString(netstrings([value.slice(1, -1)]))
      : `toString(length(${value})), ':', ${value}, ','`,
  );
  return `concat(${parts.join(', ')})`;
}

/**
 * Columns `keyed` and `line_hash`: whether the natural key is complete, and the hash of the line where it is not. The
 * line is chosen inside the hash: chosen outside, the engine would copy the lines out and the hashes back.
 * `natural` are the columns of the key, none when the mapping declares none.
 */
export function printIdentity(natural: readonly string[]): string[] {
  const keyed = natural.length === 0 ? '0' : printAll(natural.map((column) => `${column} != ''`));
  return [`${keyed} AS keyed`, `lower(hex(SHA256(multiIf(${keyed}, '', line)))) AS line_hash`];
}

/** The hash within an event id, as `eventId` makes it, from these columns and tenant, time_written, seed, ordinal. */
export function printDigest(source: string, natural: readonly string[]): string {
  const place = printNetstrings(["'place'", 'seed', 'line_hash', 'toString(ordinal)']);
  const key = printNetstrings(["'key'", ...natural]);
  const start = printNetstrings(['tenant', quoteString(source), 'time_written']);
  return `SHA256(concat(${start}, multiIf(keyed, ${key}, ${place})))`;
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
