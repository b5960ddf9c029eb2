import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idBytes, type JudgedRows, judge, secondId } from './dedupe.ts';
import { createIdFilter } from './id-filter.ts';

const idOf = (name: number) => hash('sha256', String(name), 'buffer').subarray(0, idBytes);

function judgedOf(events: readonly (readonly [id: number, content: number])[]): JudgedRows {
  return {
    rows: Uint32Array.from(events, (_, index) => index),
    ids: Buffer.concat(events.map(([id]) => idOf(id))),
    contentHashes: BigUint64Array.from(events, ([, content]) => BigInt(content)),
  };
}

/** A store that holds what each batch keeps. */
function createKeeper(filterIds = 1_000) {
  const filter = createIdFilter(filterIds);
  const stored = new Map<string, bigint>();
  const lookup = async (_tenant: string, ids: readonly string[]) =>
    new Map(ids.flatMap((id) => (stored.has(id) ? [[id, stored.get(id) ?? 0n] as const] : [])));
  return {
    stored,
    async take(events: readonly (readonly [number, number])[], skip = new Set<number>()) {
      const judged = judgedOf(events);
      const verdict = await judge(judged, filter, lookup, () => 'acme', skip);
      for (const [index, [id, content]] of events.entries()) {
        if (verdict.duplicates.includes(index) || skip.has(index)) continue;
        stored.set(verdict.conflicts.get(index) ?? idOf(id).toString('latin1'), BigInt(content));
      }
      return verdict;
    },
  };
}

test('an event is stored once, however batches are cut', async () => {
  const events = fc.array(fc.tuple(fc.nat(12), fc.nat(2)), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(events, fc.array(fc.nat(40)), fc.boolean(), async (list, cuts, full) => {
      const distinct = new Set(list.map(([id, content]) => `${id}:${content}`)).size;
      const keeper = createKeeper(full ? 0 : 1_000);
      const borders = [0, ...cuts.filter((cut) => cut < list.length).sort((a, b) => a - b), list.length];
      for (let index = 1; index < borders.length; index += 1) {
        await keeper.take(list.slice(borders[index - 1], borders[index]));
      }
      expect(keeper.stored.size).toBe(distinct);
      const again = await keeper.take(list);
      expect(again.duplicates.length).toBe(list.length);
    }),
  );
});

test('a known id with other content is kept under a second id that is stable', async () => {
  const keeper = createKeeper();
  await keeper.take([[1, 10]]);
  const verdict = await keeper.take([[1, 11]]);
  expect([...verdict.conflicts.values()]).toEqual([secondId(idOf(1).toString('latin1'), 11n)]);
  const second = Buffer.from([...verdict.conflicts.values()][0] ?? '', 'latin1');
  expect([second.length, (second[6] ?? 0) >> 4, (second[8] ?? 0) >> 6]).toEqual([idBytes, 8, 2]);
  expect(second.subarray(0, 6)).toEqual(idOf(1).subarray(0, 6));
});

test('what a crash had stored is left out of the verdict', async () => {
  const keeper = createKeeper();
  await keeper.take([[1, 10]]);
  const verdict = await keeper.take(
    [
      [1, 10],
      [1, 10],
      [2, 20],
    ],
    new Set([0]),
  );
  expect(verdict.duplicates).toEqual([1]);
});

test('the filter never calls a known id new, and seldom a new one known', () => {
  const filter = createIdFilter(3_000_000);
  const known = Buffer.concat(Array.from({ length: 20_000 }, (_, name) => idOf(name)));
  for (let at = 0; at < known.length; at += idBytes) filter.add(known, at);
  for (let at = 0; at < known.length; at += idBytes) expect(filter.mayHold(known, at)).toBe(true);
  let wrong = 0;
  for (let name = 20_000; name < 40_000; name += 1) wrong += filter.mayHold(idOf(name), 0) ? 1 : 0;
  expect(wrong).toBeLessThan(400);
});

test('a full filter answers "may hold" for everything', () => {
  const filter = createIdFilter(10);
  for (let name = 0; name < 10; name += 1) filter.add(idOf(name), 0);
  expect(filter.full).toBe(true);
  expect(filter.mayHold(idOf(99), 0)).toBe(true);
});
