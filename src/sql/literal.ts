import { isIP } from 'node:net';
import { errors } from './errors.ts';

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '`': '\\`',
  '\0': '\\0',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/**
 * A ClickHouse string literal, quotes included. ClickHouse resolves backslash escapes inside quotes and leaves an
 * unknown one as it stands, so only these are written. Throws `sql.value` for text with a lone surrogate, which has
 * no UTF-8 form.
 */
export function quoteString(text: string): string {
  return `'${wellFormed(text).replace(/[\\'\0\b\t\n\f\r]/g, escapeOf)}'`;
}

/** A string literal of any bytes, UTF-8 or not: what is not plain ASCII is written as `\\xHH`. */
export function quoteBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return `'${text.replace(/[^ -~]|['\\]/g, hexEscape)}'`;
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A ClickHouse identifier in back-ticks. Throws `sql.value` when it is empty or has a lone surrogate. */
export function quoteIdentifier(name: string): string {
  if (name === '') throw errors.make('value', 'an identifier is empty');
  return `\`${wellFormed(name).replace(/[\\`\0\b\t\n\f\r]/g, escapeOf)}\``;
}

/** Digits of a whole number. Throws `sql.value` for fractions, and for numbers whose digits are not exact. */
export function quoteInteger(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return BigInt(value).toString();
  throw errors.make('value', `${value} is not a whole number with exact digits; pass a bigint beyond 2^53`);
}

/** Microseconds since the epoch of a moment written as `2024-05-01T10:00:00Z`, with at most six decimals. */
export function microsOf(iso: string): bigint {
  const parts = isoPattern.exec(iso);
  const [, day, time, fraction = ''] = parts ?? [];
  const millis = day === undefined || time === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
  // Date.parse takes 24:00:00 and rolls it over; what is written back must be what was read.
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 19) !== `${day}T${time}`) {
    throw errors.make(
      'value',
      `${JSON.stringify(iso)} is not a time in UTC such as 2024-05-01T10:00:00.123456Z`,
    );
  }
  return BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
const isoPattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/** What `DateTime64` holds: https://clickhouse.com/docs/sql-reference/data-types/datetime64 */
const earliest = Date.UTC(1900, 0, 1);
const afterLatest = Date.UTC(2262, 0, 1);

/** A `DateTime64(6, 'UTC')` literal. Throws `sql.value` outside of 1900 to 2261. */
export function quoteMicros(micros: bigint): string {
  return `toDateTime64('${microsText(micros)}', 6, 'UTC')`;
}

/** A `DateTime64(3, 'UTC')` literal from milliseconds since the epoch. Throws `sql.value` outside of 1900 to 2261. */
export function quoteMillis(millis: number): string {
  return `toDateTime64('${millisText(millis)}', 3, 'UTC')`;
}

/** The time of so many milliseconds since the epoch as an expression: any number, unlike the literal. */
export function timeSql(millis: number): string {
  return `fromUnixTimestamp64Milli(${Math.trunc(millis)}, 'UTC')`;
}

/** `2024-05-01 10:00:00.123456`: how a column of `DateTime64(6, 'UTC')` reads a time. */
export function microsText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return `${clockText(Number((micros - fraction) / 1000n))}.${fraction.toString().padStart(6, '0')}`;
}

/** `2024-05-01 10:00:00.123`: how a column of `DateTime64(3, 'UTC')` reads a time. */
export function millisText(millis: number): string {
  const fraction = ((millis % 1000) + 1000) % 1000;
  return `${clockText(millis - fraction)}.${fraction.toString().padStart(3, '0')}`;
}

function clockText(millis: number): string {
  if (!(Number.isSafeInteger(millis) && millis >= earliest && millis < afterLatest)) {
    throw errors.make('value', `the time ${millis} ms lies outside of 1900 to 2261`);
  }
  return new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
}

const uuidPattern = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** A `FixedString(16)` literal from a UUID's text or 32 hexadecimal digits. Throws `sql.value` for anything else. */
export function quoteId(uuid: string): string {
  return `toFixedString(unhex('${idHex(uuid)}'), 16)`;
}

/** The 32 hexadecimal digits of a UUID's text. Throws `sql.value` for anything else. */
export function idHex(uuid: string): string {
  if (!uuidPattern.test(uuid)) throw errors.make('value', `${JSON.stringify(uuid)} is not a UUID`);
  return uuid.replaceAll('-', '').toLowerCase();
}

/** A network in CIDR notation; a plain address stands for itself. Throws `sql.value`. */
export function parseNetwork(text: string): {
  readonly version: 4 | 6;
  readonly address: string;
  readonly bits: number;
} {
  const [address = '', bitsText, ...rest] = text.split('/');
  const version = isIP(address);
  const width = version === 4 ? 32 : 128;
  const bits = bitsText === undefined ? width : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : -1;
  if (
    (version !== 4 && version !== 6) ||
    address.includes('%') ||
    bits < 0 ||
    bits > width ||
    rest.length > 0
  ) {
    throw errors.make('value', `${JSON.stringify(text)} is not a network such as 10.0.0.0/8 or fe80::/10`);
  }
  return { version, address, bits };
}

function escapeOf(character: string): string {
  return escapes[character] ?? character;
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw errors.make('value', 'text with a lone surrogate has no UTF-8 form');
  return text;
}
