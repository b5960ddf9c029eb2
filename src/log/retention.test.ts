import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countExpendable, type SegmentSize } from './retention.ts';

const retention = { ms: 1000, bytes: 250 };
const segment = (createdAt: number, ...first: number[]): SegmentSize => ({ createdAt, first, bytes: 100 });
/** Three segments of one partition with offsets 0-4, 5-9 and 10 on. */
const three = [segment(0, 0), segment(100, 5), segment(200, 10)];
const upTo = (offset: number) => new Map([[0, offset]]);

describe('what retention gives up', () => {
  test('is whole segments below the trim point, once they are old', () => {
    const roomy = { ...retention, bytes: 10_000 };
    expect(countExpendable(three, upTo(9), { retention: roomy, now: 5000 })).toBe(1);
    expect(countExpendable(three, upTo(10), { retention: roomy, now: 5000 })).toBe(2);
    expect(countExpendable(three, upTo(10), { retention: roomy, now: 1099 })).toBe(0);
    expect(countExpendable(three, upTo(10), { retention: roomy, now: 1100 })).toBe(1);
  });

  test('is more when the bytes pass their bound, but never beyond the trim point', () => {
    expect(countExpendable(three, upTo(99), { retention, now: 0 })).toBe(1);
    expect(countExpendable(three, upTo(4), { retention: { ms: 0, bytes: 0 }, now: 5000 })).toBe(0);
    expect(countExpendable(three, new Map(), { retention: { ms: 0, bytes: 0 }, now: 5000 })).toBe(0);
  });

  test('never includes the newest segment', () => {
    expect(countExpendable(three, upTo(99), { retention: { ms: 0, bytes: 0 }, now: 5000 })).toBe(2);
  });

  test('does not wait for partitions that a segment has nothing of', () => {
    const two = [segment(0, 0, 7), segment(0, 5, 7)];
    expect(countExpendable(two, upTo(5), { retention: { ms: 0, bytes: 0 }, now: 0 })).toBe(1);
  });

  test('holds no frame at or above any trim point, whatever the segments', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.nat(20), fc.nat(20), (grown, a, b) => {
        const segments = [segment(0, 0, 0)];
        for (const [left, right] of grown) {
          const [x = 0, y = 0] = segments.at(-1)?.first ?? [];
          segments.push(segment(0, x + left, y + right));
        }
        const before = new Map([
          [0, a],
          [1, b],
        ]);
        const gone = countExpendable(segments, before, { retention: { ms: 0, bytes: 0 }, now: 0 });
        const [x = 0, y = 0] = segments[gone]?.first ?? [];
        expect(x === 0 || x <= a).toBe(true);
        expect(y === 0 || y <= b).toBe(true);
        expect(gone).toBeLessThan(segments.length);
      }),
    );
  });
});
