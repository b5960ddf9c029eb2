import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTopics } from './index.ts';
import { allEntries, textOf, topicsSuite, values } from './topics.suite.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'tyrian-topics-'));

topicsSuite('LMDB', async () => {
  const folder = await newFolder();
  return {
    open: () => openTopics({ folder: join(folder, 'topics') }),
    openCopy: (copy) => openTopics({ folder: copy }),
    copyFolder: async () => join(folder, 'copy'),
    remove: () => rm(folder, { recursive: true }),
  };
});

let folder: string;
beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => rm(folder, { recursive: true }));
const file = () => join(folder, 'topics.mdb');

/** Replaces bytes in the file, wherever they stand. */
function spoil(from: string, to: string): void {
  const bytes = readFileSync(file());
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  writeFileSync(file(), bytes);
}

/** LMDB's number of the last transaction: the higher of its two meta pages (`mm_txnid`). */
function transactions(): number {
  const bytes = readFileSync(file());
  return Math.max(...[0, 4096].map((page) => Number(bytes.readBigUInt64LE(page + 0x98))));
}

describe('topics in a file', () => {
  test('are one transaction of the engine for each sync that is counted', async () => {
    const topics = await openTopics({ folder });
    const before = transactions();
    await Promise.all(Array.from({ length: 500 }, (_, index) => topics.append('audit', values(`${index}`))));
    await topics.append('audit', values(...Array.from({ length: 3_000 }, () => 'x'.repeat(400))));
    expect(transactions() - before).toBe(topics.syncs());
    expect(topics.syncs()).toBe(2);
    await topics.close();
  });

  test('are readable by their owner alone', async () => {
    await (await openTopics({ folder: join(folder, 'inner') })).close();
    expect((await stat(join(folder, 'inner'))).mode & 0o077).toBe(0);
  });

  test('notice a damaged entry, say which, and give those around it', async () => {
    const topics = await openTopics({ folder });
    await topics.append('audit', values('before', 'this one is hit', 'after'));
    await topics.close();
    spoil('this one is hit', 'this one is HIT');
    const again = await openTopics({ folder });
    const read = await again.read({ topic: 'audit', from: 0, limit: 10, maxBytes: 1_000 });
    expect([read.entries.map(textOf), read.next]).toEqual([['before'], 1]);
    await expect(again.read({ topic: 'audit', from: 1, limit: 10, maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'log.corrupt_entry',
      details: { topic: 'audit', offset: 1, next: 2 },
    });
    expect((await allEntries(again, 'audit', 2)).map(textOf)).toEqual(['after']);
    await again.close();
  });

  test('refuse a file that was cut short, is of another kind, or of a newer program', async () => {
    const topics = await openTopics({ folder });
    await topics.append('audit', values('x'.repeat(100_000)));
    await topics.close();
    const whole = readFileSync(file());
    truncateSync(file(), 20_000);
    await expect(openTopics({ folder })).rejects.toMatchObject({ code: 'log.damaged_folder' });
    writeFileSync(file(), 'no database');
    await expect(openTopics({ folder })).rejects.toMatchObject({ code: 'log.damaged_folder' });
    writeFileSync(file(), whole);
    spoil('"version":1', '"version":9');
    await expect(openTopics({ folder })).rejects.toMatchObject({ code: 'log.newer_folder' });
  });

  test('refuse appends while the disk has too little room, and take them again after', async () => {
    let [bavail, time] = [1, 0];
    const topics = await openTopics({
      folder,
      minFreeShare: 0.05,
      statfs: async () => ({ blocks: 100, bavail }),
      now: () => time,
    });
    await expect(topics.append('audit', values('a'))).rejects.toMatchObject({ code: 'log.disk_full' });
    [bavail, time] = [50, 2_000];
    await topics.append('audit', values('a')).catch(() => undefined);
    await topics.append('audit', values('b'));
    expect((await allEntries(topics, 'audit')).map(textOf)).toContain('b');
    await topics.close();
  });

  test('refuse more than may wait, and take it when that is stored', async () => {
    const topics = await openTopics({ folder, maxPendingBytes: 10 });
    const waiting = topics.append('audit', values('12345678'));
    await expect(topics.append('audit', values('12345678'))).rejects.toMatchObject({ code: 'log.busy' });
    await waiting;
    await topics.append('audit', values('x'.repeat(100)));
    await topics.close();
  });

  test('wait for no sync where only process death is to be survived', async () => {
    const topics = await openTopics({ folder, durability: 'committed' });
    await topics.append('audit', values('a'));
    expect(topics.syncs()).toBe(0);
    await topics.close();
  });
});

const topicsModule = JSON.stringify(new URL('./index.ts', import.meta.url).href);
const run = (program: string, ...argv: string[]) =>
  spawn(process.execPath, ['--input-type=module', '--eval', program, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Appends for ever to three topics, and prints each acknowledged place with what lies there. */
const appender = `
  const { openTopics } = await import(${topicsModule});
  const topics = await openTopics({ folder: process.argv[1] });
  const produce = async (topic) => {
    for (let number = 0; ; number++) {
      const texts = Array.from({ length: 1 + (number % 4) }, (_, index) => [topic, process.argv[2], number, index].join('/'));
      const { first } = await topics.append(topic, texts.map((text) => Buffer.from(text)));
      process.stdout.write(texts.map((text, index) => topic + ' ' + (first + index) + ' ' + text + '\\n').join(''));
    }
  };
  await Promise.all(['audit', 'changes', 'detections'].map(produce));`;

async function killedAfter(milliseconds: number, round: number): Promise<readonly string[]> {
  const child: ChildProcess = run(appender, folder, `${round}`);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
  await sleep(milliseconds);
  child.kill('SIGKILL');
  await once(child, 'close');
  return output.split('\n').slice(0, -1);
}

test('a writer killed at any moment loses no entry that it acknowledged, and leaves no half one', async () => {
  const acknowledged: string[] = [];
  for (const [round, milliseconds] of [1, 60, 23].entries()) {
    acknowledged.push(...(await killedAfter(milliseconds, round)));
    const topics = await openTopics({ folder });
    const found = new Set<string>();
    for (const topic of await topics.topics())
      for (const entry of await allEntries(topics, topic))
        found.add(`${topic} ${entry.offset} ${textOf(entry)}`);
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
    await topics.append('audit', values('still takes more'));
    await topics.close();
  }
  expect(acknowledged.length).toBeGreaterThan(0);
});

const canLimit = spawnSync('sh', ['-c', 'ulimit -S -f 1024 && command -v prlimit']).status === 0;

/** Writes beyond the largest file that the process may make, then is allowed more. */
const limited = `
  const { openTopics } = await import(${topicsModule});
  const { execFileSync } = await import('node:child_process');
  const topics = await openTopics({ folder: process.argv[1] });
  const append = () => topics.append('audit', [Buffer.alloc(200_000, 'x')])
    .then(({ first }) => first, ({ code, retryable }) => code + ' ' + retryable);
  const results = [];
  for (let number = 0; number < 8; number++) results.push(await append());
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
  for (let number = 0; number < 2; number++) results.push(await append());
  await topics.close();
  process.stdout.write(JSON.stringify(results));`;

test.skipIf(!canLimit)(
  'what could not be written is refused, and offsets go on where they ended',
  async () => {
    const command = `ulimit -S -f 1024 && exec "$0" --input-type=module --eval "$1" "$2"`;
    const { stdout } = spawnSync('sh', ['-c', command, process.execPath, limited, folder], {
      encoding: 'utf8',
    });
    const results: readonly (number | string)[] = JSON.parse(stdout);
    expect(results).toContain('log.write_failed true');
    const stored = results.filter((result) => typeof result === 'number');
    expect(results.slice(-2)).toEqual(stored.slice(-2));
    const topics = await openTopics({ folder });
    expect((await allEntries(topics, 'audit')).map(({ offset }) => offset)).toEqual([...stored.keys()]);
    expect(stored).toEqual([...stored.keys()]);
    await topics.close();
  },
);
