import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TopicEntry, Topics } from './topics-port.ts';

/** One place that a twin keeps its topics in, empty at first, and how to open it again and again. */
export interface TopicsPlace {
  open(): Promise<Topics>;
  /** Opens what `copy` wrote. */
  openCopy(folder: string): Promise<Topics>;
  /** An empty folder for a copy. */
  copyFolder(): Promise<string>;
  remove(): Promise<void>;
}

export const values = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));
export const textOf = ({ value }: TopicEntry) => Buffer.from(value).toString('utf8');

/** All entries of a topic from an offset on, read in pages. */
export async function allEntries(topics: Topics, topic: string, from = 0): Promise<readonly TopicEntry[]> {
  const all: TopicEntry[] = [];
  for (let next = from; ; ) {
    const read = await topics.read({ topic, from: next, limit: 7, maxBytes: 1_000_000 });
    all.push(...read.entries);
    if (read.entries.length === 0) return all;
    next = read.next;
  }
}

/** What every keeper of topics promises. */
export function topicsSuite(name: string, makePlace: () => Promise<TopicsPlace>): void {
  describe(`topics: ${name}`, () => {
    let place: TopicsPlace;
    let topics: Topics;
    beforeEach(async () => {
      place = await makePlace();
      topics = await place.open();
    });
    afterEach(async () => {
      await topics.close();
      await place.remove();
    });

    test('entries come back in order under rising offsets, each topic its own', async () => {
      expect(await topics.append('audit', values('a', 'b'))).toEqual({ first: 0, next: 2 });
      expect(await topics.append('changes', values('x'))).toEqual({ first: 0, next: 1 });
      expect(await topics.append('audit', values('c'))).toEqual({ first: 2, next: 3 });
      const read = await topics.read({ topic: 'audit', from: 1, limit: 10, maxBytes: 1_000 });
      expect(read.entries.map((entry) => [entry.offset, textOf(entry)])).toEqual([
        [1, 'b'],
        [2, 'c'],
      ]);
      expect(read.next).toBe(3);
      expect(await topics.topics()).toEqual(['audit', 'changes']);
      expect(await topics.ends('audit')).toEqual({ first: 0, next: 3 });
    });

    test('a topic without entries is empty and not listed', async () => {
      expect(await topics.ends('audit')).toEqual({ first: 0, next: 0 });
      expect(await topics.read({ topic: 'audit', from: 0, limit: 1, maxBytes: 1 })).toEqual({
        entries: [],
        next: 0,
      });
      expect(await topics.append('audit', [])).toEqual({ first: 0, next: 0 });
      expect(await topics.topics()).toEqual([]);
    });

    test('a read stops at its limit and at its bytes, but gives a first entry always', async () => {
      await topics.append('audit', values('12345', '12345', '12345'));
      const offsetsOf = async (limit: number, maxBytes: number) =>
        (await topics.read({ topic: 'audit', from: 0, limit, maxBytes })).entries.map(({ offset }) => offset);
      expect(await offsetsOf(2, 100)).toEqual([0, 1]);
      expect(await offsetsOf(10, 6)).toEqual([0, 1]);
      expect(await offsetsOf(10, 1)).toEqual([0]);
    });

    test('what was appended is there after closing and opening, and offsets go on', async () => {
      await topics.append('audit', values('a', 'b'));
      await topics.close();
      topics = await place.open();
      expect(await topics.append('audit', values('c'))).toEqual({ first: 2, next: 3 });
      expect((await allEntries(topics, 'audit')).map(textOf)).toEqual(['a', 'b', 'c']);
    });

    test('appends that wait together share one sync, and keep the order of their calls', async () => {
      await topics.append('audit', values('first'));
      const before = topics.syncs();
      const many = Array.from({ length: 100 }, (_, index) => `${index}`);
      const appended = await Promise.all(
        many.map((text, index) => topics.append(index % 3 ? 'audit' : 'changes', values(text))),
      );
      expect(topics.syncs()).toBe(before + 1);
      const stored = [...(await allEntries(topics, 'audit', 1)), ...(await allEntries(topics, 'changes'))];
      expect(stored.map(textOf)).toEqual([
        ...many.filter((_, index) => index % 3),
        ...many.filter((_, index) => !(index % 3)),
      ]);
      expect(appended.every(({ first, next }) => next === first + 1)).toBe(true);
    });

    test('an append alone is one sync, however many entries it has', async () => {
      const before = topics.syncs();
      await topics.append('audit', values(...Array.from({ length: 2_500 }, (_, index) => `${index}`)));
      await topics.append('audit', values('one'));
      expect(topics.syncs()).toBe(before + 2);
    });

    test('what is trimmed is refused, the rest keeps its offsets, and new ones never return', async () => {
      await topics.append('audit', values('a', 'b', 'c'));
      await topics.trim('audit', 2);
      expect(await topics.ends('audit')).toEqual({ first: 2, next: 3 });
      await expect(topics.read({ topic: 'audit', from: 1, limit: 1, maxBytes: 1 })).rejects.toMatchObject({
        code: 'log.trimmed',
        details: { first: 2 },
      });
      expect((await allEntries(topics, 'audit', 2)).map(textOf)).toEqual(['c']);
      await topics.trim('audit', 100);
      await topics.close();
      topics = await place.open();
      expect(await topics.ends('audit')).toEqual({ first: 3, next: 3 });
      expect(await topics.append('audit', values('d'))).toEqual({ first: 3, next: 4 });
    });

    test('many entries are trimmed while others are read', async () => {
      await topics.append('audit', values(...Array.from({ length: 3_500 }, (_, index) => `${index}`)));
      const reading = (async () => {
        for (let round = 0; round < 50; round++) {
          const { first } = await topics.ends('audit');
          const { entries } = await topics.read({ topic: 'audit', from: first, limit: 5, maxBytes: 1_000 });
          expect(entries[0]).toMatchObject({ offset: first });
          await new Promise(setImmediate);
        }
      })();
      await Promise.all([topics.trim('audit', 3_400), reading]);
      expect(await topics.ends('audit')).toEqual({ first: 3_400, next: 3_500 });
    });

    test('a copy made while others append holds a beginning of every topic, whole and readable', async () => {
      await topics.append('audit', values('a', 'b'));
      const folder = await place.copyFolder();
      const appending = Promise.all(
        Array.from({ length: 200 }, (_, index) => topics.append('audit', values(`${index}`))),
      );
      await topics.copy(folder);
      await appending;
      const copy = await place.openCopy(folder);
      const copied = (await allEntries(copy, 'audit')).map(textOf);
      const all = (await allEntries(topics, 'audit')).map(textOf);
      expect(copied.length).toBeGreaterThanOrEqual(2);
      expect(copied).toEqual(all.slice(0, copied.length));
      expect(await copy.append('audit', values('on its own'))).toMatchObject({ first: copied.length });
      await copy.close();
    });

    test('a copy is refused into a folder that holds something', async () => {
      const folder = await place.copyFolder();
      await topics.copy(folder);
      await expect(topics.copy(folder)).rejects.toMatchObject({ code: 'log.folder_not_empty' });
    });

    test('what is too large, or for no topic, is refused whole', async () => {
      const huge = Buffer.alloc(5 * 1024 * 1024);
      const refused = (topic: string, entries: readonly Buffer[]) =>
        expect(topics.append(topic, entries)).rejects;
      await refused('audit', [Buffer.from('a'), huge]).toMatchObject({ code: 'log.too_large' });
      const half = huge.subarray(0, 4_000_000);
      await refused('audit', Array(9).fill(half)).toMatchObject({ code: 'log.too_large' });
      for (const name of ['', 'Audit', 'a/b', '../a', 'a'.repeat(65)])
        await refused(name, values('a')).toMatchObject({ code: 'log.bad_topic' });
      expect(await topics.ends('audit')).toEqual({ first: 0, next: 0 });
    });

    test('what was appended before closing is stored; what comes after is refused', async () => {
      const appending = topics.append('audit', values('a'));
      await topics.close();
      expect(await appending).toEqual({ first: 0, next: 1 });
      await expect(topics.append('audit', values('b'))).rejects.toMatchObject({ code: 'log.closed' });
      await expect(topics.ends('audit')).rejects.toMatchObject({ code: 'log.closed' });
    });

    test('any bytes come back as they were, in any grouping', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), { maxLength: 5 }),
          async (appends) => {
            const { next } = await topics.ends('any');
            await Promise.all(appends.map((entries) => topics.append('any', entries)));
            const read = await allEntries(topics, 'any', next);
            expect(read.map(({ value }) => Buffer.from(value).toString('hex'))).toEqual(
              appends.flat().map((value) => Buffer.from(value).toString('hex')),
            );
          },
        ),
        { numRuns: 30 },
      );
    });
  });
}
