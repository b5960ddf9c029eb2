import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pauseAfter, retryAfterMs } from './backoff.ts';
import { boundedDetails } from './bounded-details.ts';
import { plainLine } from './plain-text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.constantFrom('\r\n', '\u0000', '\u202e', '\u200b', '\ud800', 'x', 'é', '😀', ' '))
    .map((all) => all.join('')),
);

describe('untrusted text', () => {
  it('becomes one bounded, well-formed line without anything invisible, and stays so', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 50 }), (text, max) => {
        const line = plainLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(plainLine(line, max)).toBe(line);
      }),
    );
  });

  it('is cut visibly', () => {
    expect(plainLine('abcdef', 4)).toBe('abc…');
    expect(plainLine('abcd', 4)).toBe('abcd');
    expect(plainLine('\u200b'.repeat(100), 4)).toBe('…');
  });

  it('makes details of bounded size, and says when something is missing', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.anything({ maxDepth: 8 }), { maxKeys: 80 }), (details) => {
        const { values, truncated } = boundedDetails(details);
        expect(JSON.stringify(values).length).toBeLessThan(100_000);
        expect(() => structuredClone(values)).not.toThrow();
        if (Object.keys(details).length > 50) expect(truncated).toBe(true);
      }),
    );
    const long = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'x'.repeat(5_000)]));
    expect(boundedDetails(long).truncated).toBe(true);
    expect(JSON.stringify(boundedDetails(long).values).length).toBeLessThan(40_000);
    expect(boundedDetails({ a: 'b', c: [1, true, null] })).toEqual({
      values: { a: 'b', c: [1, true, null] },
      truncated: false,
    });
  });
});

describe('the pause before a retry', () => {
  it('grows, has a bound, and is spread', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const pause = pauseAfter(attempts, () => random);
          expect(pause).toBeGreaterThanOrEqual(2_500);
          expect(pause).toBeLessThanOrEqual(2 * 3_600_000);
          expect(pauseAfter(attempts + 1, () => random)).toBeGreaterThanOrEqual(pause);
        },
      ),
    );
    expect(pauseAfter(1, () => 0)).toBeLessThan(pauseAfter(1, () => 1));
  });

  it('takes Retry-After in seconds or as a date, at most a day, and nothing else', () => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Mon, 23 Nov 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(retryAfterMs('Mon, 23 Nov 2020 12:00:30 GMT', now)).toBe(0);
    expect(retryAfterMs('999999999', now)).toBe(24 * 3_600_000);
    expect(retryAfterMs('soon', now)).toBeUndefined();
    expect(retryAfterMs(undefined, now)).toBeUndefined();
  });
});
