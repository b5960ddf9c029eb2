import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LogOptions, openLog, openLogReader } from './index.ts';
import { allGroups, describeLog, groupOf, recordsOf } from './port.suite.ts';

for (const durability of ['flushed', 'committed'] as const) {
  describeLog(`LMDB, ${durability}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tyrian-log-'));
    return {
      open: () => openLog({ folder, durability }),
      openReader: () => openLogReader({ folder }),
      remove: () => rm(folder, { recursive: true }),
    };
  });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tyrian-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** One partition, so that offsets are easy to name. */
const openOne = (options: Partial<LogOptions> = {}) => openLog({ folder, partitions: 1, ...options });
/** Every append begins a segment. */
const tinySegments = { segmentBytes: 1 };
const segmentFiles = () => readdirSync(join(folder, 'segments')).filter((name) => name.endsWith('.mdb'));
const records = async (log: Parameters<typeof allGroups>[0]) =>
  (await allGroups(log)).flatMap(({ body }) => recordsOf(body));

describe('a log folder', () => {
  test('keeps the number of partitions that it was made with', async () => {
    await (await openOne()).close();
    await expect(openLog({ folder, partitions: 2 })).rejects.toMatchObject({
      code: 'log.partition_mismatch',
      details: { partitions: 1 },
    });
  });

  test.each([['folder'], ['frame']])('with a newer %s version is refused with a clear word', async (key) => {
    await (await openOne()).close();
    const meta = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8'));
    writeFileSync(join(folder, 'log.json'), JSON.stringify({ ...meta, [key]: 99, unheard: 'of' }));
    await expect(openOne()).rejects.toMatchObject({ code: 'log.newer_folder' });
    await expect(openLogReader({ folder })).rejects.toThrow(/newer program/);
  });

  test('whose log.json is damaged or gone is refused, not made anew', async () => {
    const log = await openOne();
    await log.append(groupOf(['a']));
    await log.close();
    writeFileSync(join(folder, 'log.json'), '{');
    await expect(openOne()).rejects.toMatchObject({ code: 'log.damaged_folder' });
    await rm(join(folder, 'log.json'));
    await expect(openOne()).rejects.toMatchObject({ code: 'log.damaged_folder' });
  });

  test('without a log has no reader', async () => {
    await expect(openLogReader({ folder })).rejects.toMatchObject({ code: 'log.no_folder' });
  });

  test('takes no offset below the floor that the store names', async () => {
    const log = await openOne({ floor: new Map([[0, 40]]) });
    expect((await log.append(groupOf(['a']))).offset).toBe(40);
    expect(await records(log)).toEqual(['a']);
    await log.close();
  });
});

describe('segments', () => {
  test('are read as one log, by a reader that was there before them', async () => {
    const log = await openOne(tinySegments);
    const reader = await openLogReader({ folder });
    for (const record of ['a', 'b', 'c', 'd', 'e', 'f']) await log.append(groupOf([record]));
    expect(segmentFiles().length).toBe(6);
    expect(await records(reader)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect((await reader.headers({ partition: 0, from: 2, limit: 99 })).items.length).toBe(4);
    await reader.close();
    await log.close();
  });

  test('below the trim point give their space back, and offsets stay', async () => {
    const log = await openOne({ ...tinySegments, retention: { ms: 0, bytes: 0 } });
    for (const record of ['a', 'b', 'c', 'd']) await log.append(groupOf([record]));
    expect(await log.trim(new Map())).toEqual({ segments: 0, bytes: 0 });
    const trimmed = await log.trim(new Map([[0, 2]]));
    expect(trimmed.segments).toBe(2);
    expect(trimmed.bytes).toBeGreaterThan(0);
    expect(await log.ends()).toEqual([{ partition: 0, first: 2, next: 4 }]);
    await expect(log.read({ partition: 0, from: 1, maxBytes: 1 })).rejects.toMatchObject({
      code: 'log.trimmed',
      details: { first: 2 },
    });
    expect(await records(log)).toEqual(['c', 'd']);
    await log.close();
    const again = await openOne();
    expect(await again.ends()).toEqual([{ partition: 0, first: 2, next: 4 }]);
    expect((await again.append(groupOf(['e']))).offset).toBe(4);
    await again.close();
  });

  test('all trimmed leave an empty log whose offsets go on', async () => {
    const log = await openOne({ ...tinySegments, retention: { ms: 0, bytes: 0 } });
    for (const record of ['a', 'b']) await log.append(groupOf([record]));
    await log.trim(new Map([[0, 2]]));
    expect(await log.ends()).toEqual([{ partition: 0, first: 2, next: 2 }]);
    await log.close();
    const again = await openOne();
    expect(await again.ends()).toEqual([{ partition: 0, first: 2, next: 2 }]);
    expect((await again.append(groupOf(['c']))).offset).toBe(2);
    await again.close();
  });

  test('a reader lets go of removed segments, so that their space returns', async () => {
    const log = await openOne({ ...tinySegments, retention: { ms: 0, bytes: 0 } });
    const reader = await openLogReader({ folder });
    for (const record of ['a', 'b', 'c']) await log.append(groupOf([record]));
    await records(reader);
    await log.trim(new Map([[0, 3]]));
    await reader.ends();
    const held = readdirSync('/proc/self/fd')
      .map((fd) => join('/proc/self/fd', fd))
      .filter((fd) => existsSync('/proc/self/fd') && linkOf(fd).includes(`${folder}/segments`))
      .filter((fd) => linkOf(fd).endsWith('(deleted)'));
    expect(held).toEqual([]);
    await reader.close();
    await log.close();
  });

  test('are kept for the retention time, and a quiet one is closed when it is old', async () => {
    let now = 1_000_000;
    const log = await openOne({ segmentMs: 1000, retention: { ms: 5000, bytes: 1e9 }, now: () => now });
    await log.append(groupOf(['a']));
    now += 1000;
    expect((await log.trim(new Map([[0, 1]]))).segments).toBe(0);
    expect(segmentFiles().length).toBe(2);
    now += 4999;
    expect((await log.trim(new Map([[0, 1]]))).segments).toBe(0);
    now += 1;
    expect((await log.trim(new Map([[0, 1]]))).segments).toBe(1);
    expect(segmentFiles().length).toBe(1);
    await log.close();
  });

  test('a segment that was never finished is no part of the log', async () => {
    const log = await openOne();
    await log.append(groupOf(['a']));
    await log.close();
    for (const rest of [Buffer.alloc(0), Buffer.alloc(5000, 7)]) {
      writeFileSync(join(folder, 'segments', 'draft.mdb'), rest);
      const again = await openOne(tinySegments);
      expect(await records(again)).toEqual(['a']);
      await again.close();
    }
  });

  test('a removed segment that a late reader made again is cleared away', async () => {
    const log = await openOne({ ...tinySegments, retention: { ms: 0, bytes: 0 } });
    for (const record of ['a', 'b']) await log.append(groupOf([record]));
    await log.trim(new Map([[0, 2]]));
    await log.close();
    const [name = ''] = segmentFiles();
    const ghost = join(folder, 'segments', name.replace(/\d+/, '000000000001'));
    await open({ path: ghost, noSubdir: true }).close();
    const again = await openOne();
    expect(existsSync(ghost)).toBe(false);
    expect(await again.ends()).toEqual([{ partition: 0, first: 2, next: 2 }]);
    await again.close();
  });

  test.each([
    ['of another kind', (whole: Buffer) => Buffer.alloc(whole.length, 7)],
    ['cut short', (whole: Buffer) => whole.subarray(0, -4096)],
    ['cut to less than a page', (whole: Buffer) => whole.subarray(0, 100)],
    ['emptied', () => Buffer.alloc(0)],
  ])('a segment %s is said, not skipped, and does not end the process', async (_, damage) => {
    const log = await openOne();
    await log.append(groupOf(Array.from({ length: 500 }, (_unused, index) => `${Math.sin(index)}`)));
    await log.close();
    const [name = ''] = segmentFiles();
    const path = join(folder, 'segments', name);
    writeFileSync(path, damage(readFileSync(path)));
    await expect(openOne()).rejects.toMatchObject({ code: 'log.damaged_folder' });
  });

  test('a segment larger than the address space first mapped is no limit', async () => {
    const reader = await openWithSmallMap();
    const log = await openOne();
    const noise = Array.from({ length: 40 }, (_, index) =>
      Buffer.alloc(500_000, `${index}`).map((byte, at) => byte ^ (at * 31)),
    );
    for (const record of noise) await log.append(groupOf([record]));
    expect((await log.ends())[0]?.next).toBe(40);
    await reader.close();
    await log.close();
  });
});

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

/** Opens the first segment as another part of this process would, with LMDB's least map. */
async function openWithSmallMap() {
  await (await openOne()).close();
  const [name = ''] = segmentFiles();
  return open({
    path: join(folder, 'segments', name),
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  });
}

/** Replaces a stored value behind the log's back: kind 2 is a header, kind 3 a frame. */
async function replace(kind: 2 | 3, offset: number, change: (bytes: Buffer) => Buffer): Promise<void> {
  const [name = ''] = segmentFiles();
  const path = join(folder, 'segments', name);
  const db = open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
  });
  const key = Buffer.alloc(9);
  key[0] = kind;
  key.writeUIntBE(offset, 3, 6);
  await db.put(key, change(db.getBinary(key) ?? Buffer.alloc(0)));
  await db.close();
}

const flipLast = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
};

describe('damage', () => {
  beforeEach(async () => {
    const log = await openOne();
    for (const record of ['a', 'b', 'c']) await log.append(groupOf([record]));
    await log.close();
  });

  test('of a frame is named with its place and its header; the rest is read', async () => {
    await replace(3, 1, flipLast);
    const reader = await openLogReader({ folder });
    const { items, next } = await reader.read({ partition: 0, from: 0, maxBytes: 1e6 });
    expect(items.map(({ kind, offset }) => [kind, offset])).toEqual([
      ['frame', 0],
      ['corrupt', 1],
      ['frame', 2],
    ]);
    expect(items[1]).toMatchObject({
      header: { records: 1 },
      error: { code: 'log.corrupt_frame', details: { partition: 0, offset: 1 } },
    });
    expect(next).toBe(3);
    await reader.close();
  });

  test('of a header is mended from its frame', async () => {
    await replace(2, 1, flipLast);
    const reader = await openLogReader({ folder });
    const { items } = await reader.headers({ partition: 0, from: 0, limit: 9 });
    expect(items.map(({ kind, header }) => [kind, header?.records])).toEqual([
      ['header', 1],
      ['header', 1],
      ['header', 1],
    ]);
    await reader.close();
  });

  test('of both leaves the place', async () => {
    await replace(2, 1, () => Buffer.of(1));
    await replace(3, 1, () => Buffer.of(1));
    const reader = await openLogReader({ folder });
    const { items } = await reader.headers({ partition: 0, from: 1, limit: 1 });
    expect(items).toMatchObject([{ kind: 'corrupt', offset: 1, header: undefined }]);
    await reader.close();
  });

  test('is not what a frame of a newer program is', async () => {
    await replace(3, 1, (bytes) => {
      const newer = Buffer.from(bytes);
      newer.writeUInt16LE(99, 4);
      newer.writeUInt32LE(crc32(newer.subarray(12), crc32(newer.subarray(0, 8))), 8);
      return newer;
    });
    const reader = await openLogReader({ folder });
    await expect(reader.read({ partition: 0, from: 0, maxBytes: 1e6 })).rejects.toMatchObject({
      code: 'log.newer_frame',
      details: { partition: 0, offset: 1 },
    });
    await reader.close();
  });
});

describe('bounds', () => {
  test('below the free share of the disk appends are refused until there is room again', async () => {
    let [now, bavail, looks] = [0, 100, 0];
    const statfs = async () => {
      looks++;
      return { blocks: 100, bavail };
    };
    const log = await openOne({ statfs, now: () => now, minFreeShare: 0.05 });
    await log.append(groupOf(['a']));
    bavail = 4;
    await log.append(groupOf(['within the second']));
    expect(looks).toBe(1);
    now += 1000;
    await vi.waitFor(() =>
      expect(log.append(groupOf(['b']))).rejects.toMatchObject({
        code: 'log.disk_full',
        status: 503,
        retryable: true,
      }),
    );
    bavail = 5;
    now += 1000;
    await vi.waitFor(() => log.append(groupOf(['c'])));
    expect((await records(log)).at(-1)).toBe('c');
    await log.close();
  });

  test('what waits to be flushed is bounded; past it appends are refused, and later taken again', async () => {
    const log = await openOne({ maxPendingBytes: 1000 });
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => log.append(groupOf(['x'.repeat(600)]))),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(results[2]).toMatchObject({ reason: { code: 'log.busy', retryable: true } });
    expect((await log.append(groupOf(['y']))).offset).toBe(1);
    await log.close();
  });

  test('a second writer can not overwrite what the first stored', async () => {
    const first = await openOne();
    const second = await openOne();
    await first.append(groupOf(['first']));
    await expect(second.append(groupOf(['second']))).rejects.toMatchObject({ code: 'log.write_failed' });
    await expect(second.append(groupOf(['third']))).rejects.toMatchObject({ code: 'log.write_failed' });
    await first.append(groupOf(['fourth']));
    expect(await records(first)).toEqual(['first', 'fourth']);
    await second.close();
    await first.close();
  });

  test('a file takes about what was appended', async () => {
    const log = await openOne();
    await log.append(groupOf(Array.from({ length: 20_000 }, () => 'x'.repeat(1000))));
    await log.close();
    const [name = ''] = segmentFiles();
    expect(statSync(join(folder, 'segments', name)).size).toBeLessThan(1_000_000);
  });
});
