/** What every twin of the cache keeps. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cache, maxKeyLength, maxValueLength } from './port.ts';

/** A new, empty cache, and how its time passes. */
export interface CacheUnderTest {
  readonly cache: Cache;
  pass(milliseconds: number): Promise<void>;
}

/** Runs the suite; lifetimes in it are whole seconds, so that a twin on a server can really wait. */
export function cacheSuite(name: string, open: () => Promise<CacheUnderTest>): void {
  describe(name, () => {
    let cache: Cache;
    let pass: CacheUnderTest['pass'];
    beforeAll(async () => {
      const opened = await open();
      cache = opened.cache;
      pass = (milliseconds) => opened.pass(milliseconds);
    });
    afterAll(() => cache.close());

    it('gives a value back until its lifetime is over, the last one set', async () => {
      await cache.set('short', 'first', 60_000);
      await cache.set('short', 'ünï 漢字 "\0', 1_000);
      await cache.set('long', '', 60_000);
      expect(await cache.get('short')).toBe('ünï 漢字 "\0');
      expect(await cache.get('never set')).toBeUndefined();
      expect(await cache.get('__proto__')).toBeUndefined();
      await pass(1_000);
      expect(await cache.get('short')).toBeUndefined();
      expect(await cache.get('long')).toBe('');
    });

    it('forgets what is deleted, values and windows alike', async () => {
      await cache.set('gone', 'x', 60_000);
      await cache.take('gone', { limit: 1, windowMs: 60_000 });
      await cache.delete('gone');
      await cache.delete('gone');
      expect(await cache.get('gone')).toBeUndefined();
      expect(await cache.take('gone', { limit: 1, windowMs: 60_000 })).toMatchObject({ allowed: true });
    });

    it('lets so much be taken within a window, and again in the next', async () => {
      const limit = { limit: 3, windowMs: 1_000 };
      const takes = [];
      for (let take = 0; take < 4; take += 1) takes.push(await cache.take('window', limit));
      expect(takes.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ]);
      for (const { resetMs } of takes) expect(resetMs > 0 && resetMs <= 1_000).toBe(true);
      await pass(1_000);
      expect(await cache.take('window', limit)).toEqual({ allowed: true, remaining: 2, resetMs: 1_000 });
    });

    it('takes nothing when a take does not fit, and refuses for ever one that is larger than the limit', async () => {
      const limit = { limit: 10, windowMs: 60_000 };
      expect(await cache.take('cost', { ...limit, cost: 8 })).toMatchObject({ allowed: true, remaining: 2 });
      expect(await cache.take('cost', { ...limit, cost: 3 })).toMatchObject({ allowed: false, remaining: 2 });
      expect(await cache.take('cost', { ...limit, cost: 2 })).toMatchObject({ allowed: true, remaining: 0 });
      expect(await cache.take('large', { ...limit, cost: 11 })).toMatchObject({
        allowed: false,
        remaining: 10,
      });
    });

    it('never lets more be taken at the same time than one after the other', async () => {
      const takes = await Promise.all(
        Array.from({ length: 50 }, () => cache.take('crowd', { limit: 20, windowMs: 60_000 })),
      );
      expect(takes.filter(({ allowed }) => allowed)).toHaveLength(20);
    });

    it('keeps values, windows and keys apart', async () => {
      await cache.set('apart', 'value', 60_000);
      await cache.take('apart', { limit: 1, windowMs: 60_000 });
      expect(await cache.get('apart')).toBe('value');
      expect(await cache.take('apart2', { limit: 1, windowMs: 60_000 })).toMatchObject({ allowed: true });
    });

    it('refuses what is too large and numbers that mean nothing', async () => {
      const tooLarge = { code: 'cache.too_large' };
      await expect(cache.get('k'.repeat(maxKeyLength + 1))).rejects.toMatchObject(tooLarge);
      await expect(cache.set('k', 'v'.repeat(maxValueLength + 1), 1_000)).rejects.toMatchObject(tooLarge);
      const bad = { code: 'cache.bad_limit' };
      for (const number of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(cache.set('k', 'v', number)).rejects.toMatchObject(bad);
        await expect(cache.take('k', { limit: number, windowMs: 1_000 })).rejects.toMatchObject(bad);
        await expect(cache.take('k', { limit: 1, windowMs: number })).rejects.toMatchObject(bad);
        await expect(cache.take('k', { limit: 1, windowMs: 1_000, cost: number })).rejects.toMatchObject(bad);
      }
      expect(await cache.get('k')).toBeUndefined();
    });

    it('refuses everything once it is closed', async () => {
      const { cache: closed } = await open();
      await closed.close();
      await closed.close();
      await expect(closed.get('k')).rejects.toMatchObject({ code: 'cache.closed' });
      await expect(closed.set('k', 'v', 1_000)).rejects.toMatchObject({ code: 'cache.closed' });
      await expect(closed.delete('k')).rejects.toMatchObject({ code: 'cache.closed' });
      await expect(closed.take('k', { limit: 1, windowMs: 1 })).rejects.toMatchObject({
        code: 'cache.closed',
      });
    });
  });
}
