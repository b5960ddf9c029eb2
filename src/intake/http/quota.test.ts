import { describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../cache/index.ts';
import { createMetrics } from '../../observe/index.ts';
import { createQuota } from '../index.ts';

/** 100 records over 10 seconds, and a clock to turn. */
function start() {
  let now = 0;
  const cache = createMemoryCache({ clock: () => now });
  const metrics = createMetrics();
  const quota = createQuota({ cache, metrics, recordsPerSecond: 10, clock: () => new Date(now) });
  return {
    metrics,
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    /** 'taken', or the seconds after which to come again. */
    take: async (records: number, tenant = 'acme') =>
      await quota.take(tenant, records).then(
        () => 'taken',
        (error: { code: string; details: { retry_after_seconds: number } }) => {
          expect(error.code).toBe('intake.quota');
          return error.details.retry_after_seconds;
        },
      ),
  };
}

describe('a quota', () => {
  it('is what one tenant may send in a window; others have their own', async () => {
    const { take, pass } = start();
    expect(await take(60)).toBe('taken');
    pass(4);
    expect([await take(41), await take(40), await take(1)]).toEqual([6, 'taken', 6]);
    expect(await take(100, 'red')).toBe('taken');
    pass(6);
    expect(await take(100)).toBe('taken');
  });

  it('takes a request that is larger than a window at once, and closes the windows that it fills', async () => {
    const { take, pass } = start();
    expect([await take(250), await take(1)]).toEqual(['taken', 30]);
    pass(29);
    expect([await take(1), await take(250)]).toEqual([1, 1]);
    pass(1);
    expect(await take(100)).toBe('taken');
  });

  it('is never used up by small requests for a large one', async () => {
    const { take, pass } = start();
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await take(100)).toBe('taken');
      pass(10);
    }
    expect([await take(100), await take(101), await take(1)]).toEqual(['taken', 'taken', 30]);
  });

  it('holds over time, whatever the sizes', async () => {
    const { take, pass } = start();
    let taken = 0;
    const seconds = 600;
    for (let second = 0; second < seconds; second += 1) {
      for (const records of [7, 330, 90, 101]) if ((await take(records)) === 'taken') taken += records;
      pass(1);
    }
    // What the last windows are owed may come on top.
    expect(taken).toBeLessThanOrEqual(10 * seconds + 330 + 100);
    // Whole windows are closed: at worst a request is paid for twice.
    expect(taken).toBeGreaterThan(10 * seconds * 0.5);
  });

  it('counts what it refuses, by tenant', async () => {
    const { take, metrics } = start();
    await take(100);
    await take(30);
    await take(3);
    expect(metrics.expose()).toContain('tyrian_quota_refused_records_total{tenant="acme"} 33');
  });
});
