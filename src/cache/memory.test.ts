import { expect, it } from 'vitest';
import { createMemoryCache } from './index.ts';
import { cacheSuite } from './port.suite.ts';

cacheSuite('the cache within this process', async () => {
  let now = 0;
  return {
    cache: createMemoryCache({ clock: () => now }),
    pass: async (milliseconds) => {
      now += milliseconds;
    },
  };
});

it('holds so many entries, forgets the one used longest ago, and counts it', async () => {
  const cache = createMemoryCache({ clock: () => 0, maxEntries: 3 });
  for (const key of ['a', 'b', 'c']) await cache.set(key, key, 60_000);
  await cache.get('a');
  await cache.take('window', { limit: 1, windowMs: 60_000 });
  const left = await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)));
  expect(left).toEqual(['a', undefined, 'c']);
  expect(cache.counts()).toEqual({ entries: 3, evicted: 1 });
  await cache.close();
});

it('does not count what had to go after its time', async () => {
  let now = 0;
  const cache = createMemoryCache({ clock: () => now, maxEntries: 1 });
  await cache.set('a', 'a', 1);
  now = 1;
  await cache.set('b', 'b', 1);
  expect(cache.counts()).toEqual({ entries: 1, evicted: 0 });
  await cache.close();
});
