import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog, openLogReader } from './index.ts';
import { allGroups, groupOf, recordsOf } from './port.suite.ts';
import type { Appended } from './port.ts';

const logModule = JSON.stringify(new URL('./index.ts', import.meta.url).href);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tyrian-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A group of random records, so that compression does not make every segment the same. */
const groupSource = `
  const { randomBytes } = await import('node:crypto');
  const randomGroup = (stream, records, size) => {
    const parts = Array.from({ length: records }, () => {
      const record = randomBytes(size);
      return Buffer.concat([Buffer.of((size & 0x7f) | 0x80, size >> 7), record]);
    });
    return { tenant: 'acme', source: 'windows', form: '', stream, receivedAt: Date.now(), scheme: 'connection',
      seed: '', traceparent: '', count: records, body: Buffer.concat(parts), ordinals: new Uint32Array(records) };
  };`;

/** Appends for ever from four producers, and prints each acknowledged append. Segments are small: many begin. */
const appender = `
  const { openLog } = await import(${logModule});
  ${groupSource}
  const log = await openLog({ folder: process.argv[1], partitions: 4, segmentBytes: 200_000 });
  const produce = async (producer) => {
    for (let number = 0; ; number++) {
      const group = { ...randomGroup('p' + producer, 1 + (number % 7), 700), seed: process.argv[2] + ':' + number };
      const appended = await log.append(group);
      process.stdout.write(JSON.stringify({ ...appended, stream: group.stream, seed: group.seed,
        count: group.count, head: group.body.subarray(0, 40).toString('hex') }) + '\\n');
    }
  };
  await Promise.all([0, 1, 2, 3].map(produce));`;

interface Acknowledged extends Appended {
  readonly stream: string;
  readonly seed: string;
  readonly count: number;
  readonly head: string;
}

const run = (program: string, ...argv: string[]) =>
  spawn(process.execPath, ['--input-type=module', '--eval', program, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function outputOf(child: ChildProcess): Promise<() => string> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
  return () => output;
}

/** Starts an appender, kills it some milliseconds after its first word, and gives what it had acknowledged. */
async function killedAfter(ms: number, round: number): Promise<readonly Acknowledged[]> {
  const child = run(appender, folder, `${round}`);
  const output = await outputOf(child);
  await sleep(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  const lines = output().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

test('an appender killed at any moment loses nothing that it acknowledged, and leaves only whole frames', async () => {
  const acknowledged: Acknowledged[] = [];
  // Milliseconds after the first acknowledgement: some within one gathering, some after many segments.
  for (const [round, ms] of [3, 41, 120, 17].entries()) {
    acknowledged.push(...(await killedAfter(ms, round)));
    const log = await openLog({ folder, partitions: 4 });
    const found = await allGroups(log);
    const byPlace = new Map(
      found.map((group) => [`${group.partition}/${group.offset}/${group.firstSub}`, group]),
    );
    const lost = acknowledged.filter(({ partition, offset, firstSub, stream, seed, count, head }) => {
      const group = byPlace.get(`${partition}/${offset}/${firstSub}`);
      const whole = group?.count === count && recordsOf(group.body).length === count;
      const same = group?.stream === stream && group.seed === seed;
      return !(whole && same && Buffer.from(group.body.subarray(0, 40)).toString('hex') === head);
    });
    expect(lost).toEqual([]);
    await log.append(groupOf(['still takes more']));
    await log.close();
  }
  expect(acknowledged.length).toBeGreaterThan(0);
});

test('a reader in another thread sees what the writer appends while both are open', async () => {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${logModule}).then(async ({ openLogReader }) => {
      const reader = await openLogReader({ folder: workerData });
      const next = new Map();
      const hear = async (grown) => {
        if (!grown) { await reader.close(); parentPort.close(); return; }
        for (const { partition } of grown) {
          const read = await reader.read({ partition, from: next.get(partition) ?? 0, maxBytes: 1e6 });
          next.set(partition, read.next);
          parentPort.postMessage(read.items.reduce((sum, item) => sum + item.header.records, 0));
        }
      };
      let tail = Promise.resolve();
      parentPort.on('message', (grown) => { tail = tail.then(() => hear(grown)); });
      parentPort.postMessage('ready');
    });`;
  // The reader comes first: it must not take the writer's right to write.
  await (await openLog({ folder })).close();
  const worker = new Worker(program, { eval: true, workerData: folder });
  await once(worker, 'message');
  const log = await openLog({ folder, segmentBytes: 50_000 });
  log.onAppended((grown) => worker.postMessage(grown));
  let [appended, seen] = [0, 0];
  const heard = new Promise<void>((resolve) => {
    worker.on('message', (records: number) => {
      seen += records;
      if (appended === 600 && seen === 600) resolve();
    });
  });
  for (let round = 0; round < 30; round++) {
    await log.append(
      groupOf(Array.from({ length: 20 }, (_, index) => `${Math.sin(round * 20 + index)}`.repeat(9))),
    );
    appended += 20;
  }
  worker.postMessage([...(await log.ends())]);
  await heard;
  worker.postMessage(undefined);
  await once(worker, 'exit');
  await log.append(groupOf(['the reader is gone']));
  await log.close();
});

const canLimit = spawnSync('sh', ['-c', 'ulimit -S -f 2048 && command -v prlimit']).status === 0;

/** Writes beyond the largest file that the process may make, then is allowed more. */
const limited = `
  const { openLog } = await import(${logModule});
  const { execFileSync } = await import('node:child_process');
  ${groupSource}
  const log = await openLog({ folder: process.argv[1], partitions: 1 });
  const append = async () => {
    const group = randomGroup('s', 50, 10_000);
    return log.append(group).then(({ offset }) => offset, ({ code, retryable }) => code + ' ' + retryable);
  };
  const results = [];
  for (let number = 0; number < 4; number++) results.push(await append());
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
  for (let number = 0; number < 2; number++) results.push(await append());
  await log.close();
  process.stdout.write(JSON.stringify(results));`;

test.skipIf(!canLimit)('what could not be written is refused, and the next append works again', async () => {
  const command = `ulimit -S -f 2048 && exec "$0" --input-type=module --eval "$1" "$2"`;
  const { stdout } = spawnSync('sh', ['-c', command, process.execPath, limited, folder], {
    encoding: 'utf8',
  });
  const results: readonly (number | string)[] = JSON.parse(stdout);
  expect(results).toContain('log.write_failed true');
  expect(results.slice(-2).every((result) => typeof result === 'number')).toBe(true);
  const reader = await openLogReader({ folder });
  const offsets = (await allGroups(reader)).map(({ offset }) => offset);
  expect(offsets).toEqual(results.filter((result) => typeof result === 'number'));
  await reader.close();
});
