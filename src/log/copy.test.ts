import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from './index.ts';
import { allGroups, groupOf, recordsOf } from './port.suite.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tyrian-log-copy-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Every append begins a segment. */
const openAt = (name: string) => openLog({ folder: join(folder, name), partitions: 2, segmentBytes: 1 });
const records = async (log: Parameters<typeof allGroups>[0]) =>
  (await allGroups(log)).flatMap(({ body }) => recordsOf(body));

test('a copy made while others append is a log with all that was acknowledged before', async () => {
  const log = await openAt('log');
  for (const name of ['a', 'b', 'c']) await log.append(groupOf([name]));
  const meanwhile = Promise.all(['d', 'e', 'f'].map((name) => log.append(groupOf([name]))));
  await log.copy(join(folder, 'copy'));
  await meanwhile;
  const ends = await log.ends();
  expect(await records(log)).toHaveLength(6);
  await log.close();

  const copy = await openAt('copy');
  const found = await records(copy);
  expect(found.slice(0, 3)).toEqual(['a', 'b', 'c']);
  expect(['d', 'e', 'f'].slice(0, found.length - 3)).toEqual(found.slice(3));
  for (const [index, { next }] of (await copy.ends()).entries())
    expect(next).toBeLessThanOrEqual(ends[index]?.next ?? 0);
  await copy.append(groupOf(['g']));
  expect((await records(copy)).at(-1)).toBe('g');
  await copy.close();
});

test('a folder that holds something is not copied into', async () => {
  const log = await openAt('log');
  await writeFile(join(folder, 'note'), 'mine');
  await expect(log.copy(folder)).rejects.toMatchObject({ code: 'log.folder_not_empty' });
  await log.close();
});

test('while it is held nothing is given back', async () => {
  const log = await openLog({
    ...{ folder: join(folder, 'log'), partitions: 1, segmentBytes: 1 },
    retention: { ms: 0, bytes: 0 },
  });
  for (const name of ['a', 'b', 'c']) await log.append(groupOf([name]));
  const release = log.hold();
  expect((await log.trim(new Map([[0, 3]]))).segments).toBe(0);
  expect(await records(log)).toHaveLength(3);
  release();
  release();
  expect((await log.trim(new Map([[0, 3]]))).segments).toBeGreaterThan(0);
  await log.close();
});
