import { hash } from 'node:crypto';

/**
 * Values as netstrings (`<bytes>:<value>,`), one behind the other: no two lists of values give the same text.
 */
export function netstrings(values: readonly string[]): string {
  return values.map((value) => `${Buffer.byteLength(value)}:${value},`).join('');
}

export interface IdentityParts {
  readonly tenant: string;
  readonly source: string;
  /** Milliseconds of the event's time; 0 when missing or out of range. */
  readonly millis: bigint;
  /** The time as it stands in the record: never with an assumed zone or year. */
  readonly written: string;
  /** What tells events of the same time apart (`naturalIdentity`, `placeIdentity`). */
  readonly distinction: readonly string[];
}

export function naturalIdentity(values: readonly string[]): string[] {
  return ['key', ...values];
}

export function placeIdentity(seed: string, raw: Uint8Array, ordinal: number): string[] {
  return ['place', seed, hash('sha256', raw, 'hex'), String(ordinal)];
}

/** The 16 bytes of a UUIDv8 (RFC 9562, 5.8): 48 bits of milliseconds, then a hash of what identifies the event. */
export function eventId(parts: IdentityParts): Buffer {
  const canonical = netstrings([parts.tenant, parts.source, parts.written, ...parts.distinction]);
  const digest = hash('sha256', canonical, 'buffer');
  const id = Buffer.alloc(16);
  id.writeUIntBE(Number(parts.millis), 0, 6);
  digest.copy(id, 6, 0, 10);
  id[6] = 0x80 | (digest.readUInt8(0) & 0x0f);
  id[8] = 0x80 | (digest.readUInt8(2) & 0x3f);
  return id;
}

/** The first 8 bytes of a SHA-256, read little-endian. */
export function contentHash(content: string | Uint8Array): bigint {
  return hash('sha256', content, 'buffer').readBigUInt64LE(0);
}
