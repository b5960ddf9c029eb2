import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainPending, Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteString, sql, trust } from './index.ts';
import {
  microsOf,
  parseNetwork,
  quoteBytes,
  quoteId,
  quoteInteger,
  quoteMicros,
  quoteMillis,
} from './literal.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-sql-'));
const session = new Session(folder);
afterAll(async () => {
  session.close();
  await drainPending();
  rmSync(folder, { recursive: true, force: true });
});

/** What the engine makes of an expression, as the bytes of its text in hexadecimal. */
const engineHex = (expression: string) => session.query(`SELECT lower(hex(${expression}))`, 'TSVRaw').trim();
const engineText = (expression: string) => session.query(`SELECT ${expression}`, 'TSVRaw').replace(/\n$/, '');

/** Text that tries to leave its quotes: every character that means something inside or around a literal. */
const hostile = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...`'"\`\\;-/*#{}%_?\0\b\t\n\v\f\rabn0x`) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 40,
});

describe('string literals', () => {
  it('bring any text to the engine unchanged', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(text.isWellFormed());
        expect(engineHex(quoteString(text))).toBe(Buffer.from(text).toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('never end before their closing quote', () => {
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        fc.pre(first.isWellFormed() && second.isWellFormed());
        const tuple = `(${quoteString(first)}, 7, ${quoteString(second)})`;
        expect(engineText(`tupleElement(${tuple}, 2)`)).toBe('7');
      }),
      { numRuns: 200 },
    );
  });

  it('bring any bytes to the engine unchanged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(engineHex(quoteBytes(bytes))).toBe(Buffer.from(bytes).toString('hex'));
      }),
      { numRuns: 100 },
    );
  });

  it('refuse a lone surrogate, which has no UTF-8 form', () => {
    expect(() => quoteString('a\ud800b')).toThrow(expect.objectContaining({ code: 'sql.value' }));
  });
});

describe('identifiers', () => {
  it('name a column of any text', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        fc.pre(name.isWellFormed() && name !== '');
        const quoted = quoteIdentifier(name);
        expect(engineText(`t.${quoted} FROM (SELECT 42 AS ${quoted}) AS t`)).toBe('42');
      }),
      { numRuns: 200 },
    );
  });

  it('are never empty', () => {
    expect(() => quoteIdentifier('')).toThrow(expect.objectContaining({ code: 'sql.value' }));
  });
});

describe('numbers, times and ids', () => {
  it('keep every digit of an integer', () => {
    for (const value of [0n, 18_446_744_073_709_551_615n, -9_223_372_036_854_775_808n]) {
      expect(engineText(`toInt128(${quoteInteger(value)})`)).toBe(value.toString());
    }
    expect(() => quoteInteger(2 ** 53)).toThrow(expect.objectContaining({ code: 'sql.value' }));
    expect(() => quoteInteger(1.5)).toThrow(expect.objectContaining({ code: 'sql.value' }));
  });

  it('keep a moment to the microsecond from 1900 to 2261', () => {
    const earliest = -2_208_988_800_000_000n;
    const latest = 9_214_646_399_999_999n;
    fc.assert(
      fc.property(fc.bigInt({ min: earliest, max: latest }), (micros) => {
        expect(engineText(`toUnixTimestamp64Micro(${quoteMicros(micros)})`)).toBe(micros.toString());
        const millis = Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
        expect(engineText(`toUnixTimestamp64Milli(${quoteMillis(millis)})`)).toBe(millis.toString());
      }),
      { numRuns: 100 },
    );
    expect(() => quoteMicros(latest + 1n)).toThrow(expect.objectContaining({ code: 'sql.value' }));
    expect(() => quoteMillis(Number.NaN)).toThrow(expect.objectContaining({ code: 'sql.value' }));
  });

  it('read ISO 8601 in UTC and nothing looser', () => {
    expect(microsOf('2024-05-01T10:00:00.5Z')).toBe(1_714_557_600_500_000n);
    expect(microsOf('2024-02-29T00:00:00Z')).toBe(1_709_164_800_000_000n);
    for (const text of ['2024-05-01T10:00:00', '2023-02-29T00:00:00Z', '2024-05-01T24:00:00Z', '1', 'now']) {
      expect(() => microsOf(text), text).toThrow(expect.objectContaining({ code: 'sql.value' }));
    }
  });

  it('bring an id to the engine as its sixteen bytes', () => {
    expect(engineHex(quoteId('018F3B62-7C00-8abc-9def-0123456789ab'))).toBe(
      '018f3b627c008abc9def0123456789ab',
    );
    expect(() => quoteId("'); DROP TABLE events")).toThrow(expect.objectContaining({ code: 'sql.value' }));
  });

  it('take networks in CIDR notation only', () => {
    expect(parseNetwork('10.0.0.0/8')).toEqual({ version: 4, address: '10.0.0.0', bits: 8 });
    expect(parseNetwork('fe80::1')).toEqual({ version: 6, address: 'fe80::1', bits: 128 });
    for (const text of ['10.0.0.0/33', '10.0/8', '::/129', '1.1.1.1/8/8', 'fe80::1%eth0', '', '1.1.1.1/-1']) {
      expect(() => parseNetwork(text), text).toThrow(expect.objectContaining({ code: 'sql.value' }));
    }
  });
});

describe('sql templates', () => {
  it('quote strings, write digits, and take over only what is marked as SQL', () => {
    const table = { sql: trust('`t`') };
    expect(sql`SELECT 1 FROM ${table} WHERE a = ${"x' OR 1"} AND b = ${7n}`).toBe(
      "SELECT 1 FROM `t` WHERE a = 'x\\' OR 1' AND b = 7",
    );
  });
});
