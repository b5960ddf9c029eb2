import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draws = (seed: number, label = '') => {
  const random = createRandom(seed, label);
  return Array.from({ length: 20 }, () => random.next());
};

describe('the seeded generator', () => {
  it('repeats itself for equal seeds and labels, and only for those', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draws(seed)).toEqual(draws(seed));
        expect(draws(seed)).not.toEqual(draws(seed + 1));
        expect(draws(seed, 'a')).not.toEqual(draws(seed, 'b'));
      }),
    );
  });

  it('stays within the bounds it is given', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), (seed, from, width) => {
        const random = createRandom(seed);
        for (const value of [random.integer(from, from + width), random.size(from, from + width)]) {
          expect(value).toBeGreaterThanOrEqual(from);
          expect(value).toBeLessThanOrEqual(from + width);
        }
      }),
    );
  });

  it('forks into generators that do not disturb each other', () => {
    const whole = createRandom(3);
    const fork = whole.fork('noise').next();
    whole.next();
    expect(whole.fork('noise').next()).toBe(fork);
  });

  it('spreads evenly', () => {
    const random = createRandom(12);
    const bins = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const bin = random.integer(0, 9);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(Math.min(...bins)).toBeGreaterThan(1_800);
    expect(Math.max(...bins)).toBeLessThan(2_200);
  });
});
