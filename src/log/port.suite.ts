import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maxRecordBytes, type RecordGroup } from '../contracts/index.ts';
import type { Appended, CorruptFrame, Log, LogFrame, LoggedGroup, LogReader, PartitionEnds } from './port.ts';

/** One place that a twin keeps its log in, empty at first, and how to open it again and again. */
export interface LogPlace {
  open(): Promise<Log>;
  openReader(): Promise<LogReader>;
  remove(): Promise<void>;
}

function withLength(record: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let rest = record.length;
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...prefix, rest), record]);
}

/** A group of the records given, as intake makes it. */
export function groupOf(
  records: readonly (string | Uint8Array)[],
  rest: Partial<RecordGroup> = {},
): RecordGroup {
  return {
    tenant: 'acme',
    source: 'windows',
    form: 'ecs',
    stream: 'key-1/hosts.log',
    receivedAt: 1_700_000_000_000,
    scheme: 'request',
    seed: '',
    traceparent: '',
    count: records.length,
    body: Buffer.concat(records.map((record) => withLength(Buffer.from(record)))),
    ordinals: Uint32Array.from(records.keys()),
    ...rest,
  };
}

/** The records of a body: for each its LEB128 length, then its bytes. */
export function recordsOf(body: Uint8Array): readonly string[] {
  const records: string[] = [];
  for (let position = 0; position < body.length; ) {
    let [length, scale] = [0, 1];
    for (let byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = body[position++] ?? 0;
      length += (byte & 0x7f) * scale;
    }
    records.push(Buffer.from(body.subarray(position, position + length)).toString('utf8'));
    position += length;
  }
  return records;
}

const frames = (items: readonly (LogFrame | CorruptFrame)[]): readonly LogFrame[] =>
  items.map((item) => {
    if (item.kind === 'corrupt') throw item.error;
    return item;
  });

/** All frames of a partition, a few bytes at a time. */
export async function readAll(
  log: LogReader,
  { partition, first, next }: PartitionEnds,
): Promise<readonly LogFrame[]> {
  const all: LogFrame[] = [];
  for (let from = first; from < next; ) {
    const read = await log.read({ partition, from, maxBytes: 1000 });
    all.push(...frames(read.items));
    from = read.next;
  }
  return all;
}

/** Every group of a log with its place, partition by partition, in order. */
export async function allGroups(log: LogReader): Promise<readonly (LoggedGroup & Appended)[]> {
  const groups: (LoggedGroup & Appended)[] = [];
  for (const ends of await log.ends()) {
    for (const { partition, offset, groups: found } of await readAll(log, ends)) {
      groups.push(...found.map((group) => ({ ...group, partition, offset, lastOffset: offset })));
    }
  }
  return groups;
}

const plain = ({ body, ordinals, ...rest }: RecordGroup) => ({
  ...rest,
  records: recordsOf(body),
  ordinals: [...ordinals],
});

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const anyGroup = fc
  .record({
    records: fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 20 }),
    tenant: fc.constantFrom('acme', 'globex'),
    source: fc.constantFrom('windows', 'zeek'),
    form: text,
    stream: fc.constantFrom('a', 'b', 'c\0d', 'é'),
    receivedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    scheme: fc.constantFrom('file' as const, 'request' as const, 'connection' as const),
    seed: text,
    traceparent: text,
  })
  .map(({ records, ...rest }) => groupOf(records, rest));

/** What every twin of the log promises. */
export function describeLog(twin: string, make: () => Promise<LogPlace>): void {
  describe(`the log on ${twin}`, () => {
    let place: LogPlace;
    let log: Log;

    beforeEach(async () => {
      place = await make();
      log = await place.open();
    });

    afterEach(async () => {
      await log.close();
      await place.remove();
    });

    test('what producers append at once comes back whole, each stream in its order', async () => {
      const property = fc.asyncProperty(fc.array(anyGroup, { maxLength: 12 }), async (groups) => {
        const before = new Map((await log.ends()).map((ends) => [ends.partition, ends.next]));
        const places = await Promise.all(groups.map((group) => log.append(group)));
        const found = (await allGroups(log)).filter(
          ({ partition, offset }) => offset >= (before.get(partition) ?? 0),
        );
        for (const stream of new Set(groups.map(({ stream: name }) => name))) {
          const mine = found.filter((group) => group.stream === stream);
          for (const key of new Set(mine.map(({ tenant, source }) => `${tenant} ${source}`))) {
            const same = (group: RecordGroup) =>
              group.stream === stream && `${group.tenant} ${group.source}` === key;
            const back = found
              .filter(same)
              .map(({ partition: _p, offset: _o, lastOffset: _l, firstSub: _f, ...group }) => plain(group));
            expect(back).toEqual(groups.filter(same).map(plain));
          }
        }
        expect(found.length).toBe(groups.length);
        const placesOf = (list: readonly Appended[]) =>
          list
            .map(({ partition, offset, firstSub }) => `${partition}/${offset}/${firstSub}`)
            .sort()
            .join(' ');
        expect(placesOf(found)).toBe(placesOf(places));
      });
      await fc.assert(property, { numRuns: 25, seed: 3 });
    });

    test('a stream stays in one partition, and its offsets rise', async () => {
      const first = await log.append(groupOf(['a']));
      const second = await log.append(groupOf(['b', 'c']));
      expect(second.partition).toBe(first.partition);
      expect(second.offset).toBeGreaterThan(first.offset);
      expect(first.firstSub).toBe(0);
    });

    test('what was acknowledged is there after a restart, and offsets go on', async () => {
      const before = await log.append(groupOf(['one', 'two'], { stream: 'kept' }));
      await log.close();
      log = await place.open();
      const after = await log.append(groupOf(['three'], { stream: 'kept' }));
      expect(after.offset).toBeGreaterThan(before.offset);
      expect((await allGroups(log)).flatMap(({ body }) => recordsOf(body))).toEqual(['one', 'two', 'three']);
    });

    test('a group larger than a frame is split between records', async () => {
      const records = Array.from({ length: 11 }, (_, index) => String(index % 10).repeat(900_000));
      const appended = await log.append(groupOf(records));
      expect(appended.lastOffset).toBeGreaterThan(appended.offset);
      const found = await allGroups(log);
      expect(found.flatMap(({ body }) => recordsOf(body))).toEqual(records);
      expect(found.flatMap(({ ordinals }) => [...ordinals])).toEqual([...records.keys()]);
      expect(found.at(-1)?.offset).toBe(appended.lastOffset);
    });

    test('a record group with a fault keeps it', async () => {
      const fault = {
        code: 'intake.too_large',
        message: 'a record of 50 MB',
        bytes: 52_428_800,
        sha256: 'ab',
      };
      await log.append(groupOf(['cut'], { fault }));
      expect((await allGroups(log)).map((group) => group.fault)).toEqual([fault]);
    });

    test('headers say what the frames hold, per tenant, source, stream and minute', async () => {
      const minute = 28_333_333;
      await log.append(groupOf(['a', 'b'], { receivedAt: minute * 60_000 }));
      const { partition } = await log.append(groupOf(['c'], { receivedAt: (minute + 1) * 60_000 + 7 }));
      const { items } = await log.headers({ partition, from: 0, limit: 10 });
      const found = await readAll(log, { partition, first: 0, next: 2 });
      expect(items.map(({ offset, header }) => ({ offset, header }))).toEqual(
        found.map(({ offset, header }) => ({ offset, header })),
      );
      const counts = items.flatMap(({ header }) => header?.counts ?? []);
      expect(counts.map((count) => [count.minute, count.records, count.bytes])).toEqual([
        [minute, 2, 4],
        [minute + 1, 1, 2],
      ]);
      expect(items.at(-1)?.header?.lastReceived).toBe((minute + 1) * 60_000 + 7);
    });

    test('headers stop at the limit and go on from there', async () => {
      for (const record of ['a', 'b', 'c']) await log.append(groupOf([record]));
      const { partition } = await log.append(groupOf(['d']));
      const first = await log.headers({ partition, from: 0, limit: 3 });
      const second = await log.headers({ partition, from: first.next, limit: 3 });
      expect([first.items.length, second.items.length]).toEqual([3, 1]);
    });

    test('a read stops behind the frame that passes its bound, and gives at least one', async () => {
      for (const record of ['a', 'b']) await log.append(groupOf([record.repeat(100)]));
      const { partition } = await log.append(groupOf(['c'.repeat(100)]));
      const one = await log.read({ partition, from: 0, maxBytes: 1 });
      const two = await log.read({ partition, from: 0, maxBytes: 150 });
      expect([one.items.length, one.next, two.items.length, two.next]).toEqual([1, 1, 2, 2]);
    });

    test('a read at the end gives nothing, and asks to come back to the same offset', async () => {
      const { partition, offset } = await log.append(groupOf(['a']));
      expect(await log.read({ partition, from: offset + 1, maxBytes: 1 })).toEqual({
        items: [],
        next: offset + 1,
      });
    });

    test('an empty log has both ends of every partition at zero', async () => {
      const ends = await log.ends();
      expect(ends.length).toBe(log.partitions);
      expect(new Set(ends.map(({ first, next }) => `${first} ${next}`))).toEqual(new Set(['0 0']));
    });

    test('a reader opened beside the writer sees what is appended later', async () => {
      const reader = await place.openReader();
      await log.append(groupOf(['early']));
      expect((await allGroups(reader)).length).toBe(1);
      await log.append(groupOf(['late']));
      expect((await allGroups(reader)).flatMap(({ body }) => recordsOf(body))).toEqual(['early', 'late']);
      await reader.close();
    });

    test('a listener hears which partitions grew, until it leaves', async () => {
      const heard: PartitionEnds[] = [];
      const leave = log.onAppended((grown) => heard.push(...grown));
      const { partition, offset } = await log.append(groupOf(['a']));
      expect(heard).toEqual([{ partition, first: 0, next: offset + 1 }]);
      leave();
      await log.append(groupOf(['b']));
      expect(heard.length).toBe(1);
    });

    test('closing waits for what is under way; then the log refuses', async () => {
      const pending = log.append(groupOf(['last']));
      await log.close();
      expect((await pending).firstSub).toBe(0);
      await expect(log.append(groupOf(['later']))).rejects.toMatchObject({ code: 'log.closed' });
      log = await place.open();
      expect((await allGroups(log)).length).toBe(1);
    });

    test.each([
      ['no record', groupOf([])],
      ['ordinals of another number', { ...groupOf(['a', 'b']), ordinals: new Uint32Array(1) }],
      ['a body that ends within a record', { ...groupOf(['abc']), body: Buffer.of(9, 1, 2) }],
      ['a body that ends within a length', { ...groupOf(['abc']), body: Buffer.of(0x80) }],
      ['bytes behind the last record', { ...groupOf(['abc']), body: Buffer.of(1, 1, 2) }],
      ['a receipt before the epoch', groupOf(['a'], { receivedAt: -1 })],
      ['a name beyond the bound', groupOf(['a'], { stream: 'x'.repeat(5000) })],
      ['a record beyond the bound', groupOf([Buffer.alloc(maxRecordBytes + 10)])],
    ])('a group with %s is refused, and harms nothing', async (_, group) => {
      const [refused] = await Promise.allSettled([log.append(group), log.append(groupOf(['fine']))]);
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'log.bad_group', status: 400 } });
      expect((await allGroups(log)).length).toBe(1);
    });

    test.each([-1, 16, 0.5])('partition %d does not exist', async (partition) => {
      await expect(log.read({ partition, from: 0, maxBytes: 1 })).rejects.toMatchObject({
        code: 'log.no_partition',
      });
    });

    test('an aborted read rejects with the reason', async () => {
      const signal = AbortSignal.abort(new Error('stopped'));
      await expect(log.read({ partition: 0, from: 0, maxBytes: 1, signal })).rejects.toThrow('stopped');
    });
  });
}
