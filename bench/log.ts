/**
 * Benchmark of the log: records/s appended (flushed) and read back, and what storing frames as they are, with zstd or
 * with LMDB's own LZ4 costs and saves. `node bench/log.ts [file.ndjson[.zst]]`: lines of the file, or made ones.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { open } from 'lmdb';
import type { RecordGroup } from '../src/contracts/index.ts';
import { openLog } from '../src/log/index.ts';

const producersTried = [1, 8] as const;
const recordSizes = [800, 1400] as const;
const recordsPerRun = 300_000;
const recordsPerGroup = 500;
const groupsInFlight = 8;
const codecBytes = 256 * 1024 * 1024;
const framesInFlight = 4;
const zstdLevel1 = { chunkSize: 1024 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compress = promisify(zstdCompress);

/** mulberry32: the same lines in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Process creations of a made-up fleet: repeated keys and paths, fresh ids, hashes and times. */
function madeLine(index: number, bytes: number, random: () => number): string {
  const hex = (length: number) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const image = `C:\\Program Files\\Vendor ${Math.floor(random() * 40)}\\tool${Math.floor(random() * 200)}.exe`;
  const event = {
    '@timestamp': new Date(1_700_000_000_000 + index * 37).toISOString(),
    winlog: { channel: 'Microsoft-Windows-Sysmon/Operational', event_id: 1, record_id: index },
    host: { name: `ws-${Math.floor(random() * 400)}.example.internal` },
    process: {
      entity_id: `{${hex(8)}-${hex(4)}-${hex(4)}-${hex(12)}}`,
      pid: Math.floor(random() * 65_536),
      executable: image,
      command_line: `"${image}" --run ${hex(16)} --profile ${Math.floor(random() * 1000)}`,
      hash: { sha256: hex(64), md5: hex(32) },
      parent: { executable: 'C:\\Windows\\System32\\services.exe', entity_id: `{${hex(8)}-${hex(12)}}` },
    },
    user: { name: `user${Math.floor(random() * 300)}`, domain: 'EXAMPLE', id: `S-1-5-21-${hex(8)}` },
    message: '',
  };
  const words = [
    'Process',
    'Create:',
    'RuleName:',
    'Integrity',
    'Level:',
    'Medium',
    image,
    'Company:',
    'Vendor',
  ];
  while (JSON.stringify(event).length < bytes)
    event.message += `${words[Math.floor(random() * words.length)]} `;
  return JSON.stringify(event);
}

function linesOf(bytes: number): readonly string[] {
  const file = process.argv[2];
  if (!file) {
    const random = randomFrom(7);
    return Array.from({ length: 20_000 }, (_, index) => madeLine(index, bytes, random));
  }
  const raw = readFileSync(file);
  const text = file.endsWith('.zst') ? zstdDecompressSync(raw) : raw;
  return text.toString('utf8').split('\n').filter(Boolean).slice(0, 60_000);
}

function groupOf(lines: readonly string[], stream: string): RecordGroup {
  const body = Buffer.concat(
    lines.flatMap((line) => {
      const bytes = Buffer.from(line);
      const prefix: number[] = [];
      let rest = bytes.length;
      for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80);
      return [Buffer.of(...prefix, rest), bytes];
    }),
  );
  return {
    tenant: 'bench',
    source: 'windows',
    form: 'ecs',
    stream,
    receivedAt: 1_700_000_000_000,
    scheme: 'request',
    seed: 'c0ffee',
    traceparent: '',
    count: lines.length,
    body,
    ordinals: Uint32Array.from(lines.keys()),
  };
}

function groupsOf(lines: readonly string[], stream: string): readonly RecordGroup[] {
  const groups: RecordGroup[] = [];
  for (let start = 0; start + recordsPerGroup <= lines.length; start += recordsPerGroup) {
    groups.push(groupOf(lines.slice(start, start + recordsPerGroup), stream));
  }
  return groups;
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function measure(run: () => Promise<void>): Promise<Measured> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(process.env.TYRIAN_BENCH_FOLDER ?? tmpdir(), 'tyrian-log-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a log to its end in a worker thread, as the pipeline does; gives [seconds, records, bytes]. */
async function readInWorker(folder: string): Promise<readonly [number, number, number]> {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(async ({ openLogReader }) => {
      const reader = await openLogReader({ folder: workerData.folder });
      const start = performance.now();
      let [records, bytes] = [0, 0];
      for (const { partition, first, next } of await reader.ends()) {
        for (let from = first; from < next; ) {
          const read = await reader.read({ partition, from, maxBytes: 16 * 1024 * 1024 });
          for (const item of read.items) { records += item.header.records; bytes += item.header.bytes; }
          from = read.next;
        }
      }
      parentPort.postMessage([(performance.now() - start) / 1000, records, bytes]);
      await reader.close();
    });`;
  const module = new URL('../src/log/index.ts', import.meta.url).href;
  const worker = new Worker(program, { eval: true, workerData: { folder, module } });
  const [answer] = await once(worker, 'message');
  await once(worker, 'exit');
  return answer;
}

async function appendAndRead(size: number, producers: number) {
  const lines = linesOf(size);
  const streams = Array.from({ length: producers }, (_, index) => groupsOf(lines, `host-${index}`));
  return inFolder(async (folder) => {
    const log = await openLog({ folder });
    let [left, bytes, records, frames] = [Math.floor(recordsPerRun / recordsPerGroup), 0, 0, 0];
    const produce = async (groups: readonly RecordGroup[]) => {
      for (let index = 0; left > 0; index++, left--) {
        const group = groups[index % groups.length];
        if (!group) throw new Error('the file has too few lines');
        await log.append(group);
        bytes += group.body.length;
        records += group.count;
      }
    };
    const lanes = streams.flatMap((groups) => Array.from({ length: groupsInFlight }, () => groups));
    const appended = await measure(async () => {
      await Promise.all(lanes.map(produce));
    });
    for (const { next } of await log.ends()) frames += next;
    const [seconds, readRecords] = await readInWorker(folder);
    if (readRecords !== records) throw new Error(`${records} records appended, ${readRecords} read`);
    await log.close();
    return {
      'bytes a record': Math.round(bytes / records),
      producers,
      'appended records/s': Math.round(records / appended.seconds),
      'appended MB/s': Math.round(bytes / 1e6 / appended.seconds),
      'CPU µs a record': Number(((appended.cpuSeconds / records) * 1e6).toFixed(2)),
      'records a frame': Math.round(records / frames),
      'read records/s': Math.round(records / seconds),
      'read MB/s': Math.round(bytes / 1e6 / seconds),
    };
  });
}

type Codec = 'as it is' | 'zstd 1' | "LMDB's LZ4";

async function storeWith(codec: Codec, frames: readonly Buffer[], folder: string) {
  const path = join(folder, 'frames.mdb');
  const db = open<Buffer, number>({
    path,
    encoding: 'binary',
    keyEncoding: 'uint32',
    overlappingSync: false,
    compression: codec === "LMDB's LZ4",
  });
  let next = 0;
  const store = async () => {
    for (let index = next++; index < frames.length; index = next++) {
      const frame = frames[index] as Buffer;
      await db.put(index, codec === 'zstd 1' ? await compress(frame, zstdLevel1) : frame);
    }
  };
  const written = await measure(async () => {
    await Promise.all(Array.from({ length: framesInFlight }, store));
  });
  const read = await measure(async () => {
    for (const [index, frame] of frames.entries()) {
      const bytes = db.getBinary(index) as Buffer;
      const plain = codec === 'zstd 1' ? zstdDecompressSync(bytes, { chunkSize: frame.length + 1 }) : bytes;
      if (plain.length !== frame.length) throw new Error('a frame came back with another length');
    }
  });
  await db.close();
  return { written, read, disk: statSync(path).size };
}

async function compareCodecs(size: number) {
  const groups = groupsOf(linesOf(size), 'host');
  const perFrame = Math.floor((4 * 1024 * 1024) / (groups[0]?.body.length ?? 1));
  const frames: Buffer[] = [];
  let [bytes, records] = [0, 0];
  for (let start = 0; bytes < codecBytes; start = (start + perFrame) % groups.length) {
    const chosen = groups.slice(start, start + perFrame);
    const frame = Buffer.concat(chosen.map(({ body }) => body));
    frames.push(frame);
    bytes += frame.length;
    for (const group of chosen) records += group.count;
  }
  const rows = [];
  for (const codec of ['as it is', 'zstd 1', "LMDB's LZ4"] as const) {
    const { written, read, disk } = await inFolder((folder) => storeWith(codec, frames, folder));
    rows.push({
      frames: codec,
      'bytes a record': Math.round(bytes / records),
      'stored MB/s': Math.round(bytes / 1e6 / written.seconds),
      'CPU µs a record stored': Number(((written.cpuSeconds / records) * 1e6).toFixed(2)),
      'read MB/s': Math.round(bytes / 1e6 / read.seconds),
      'CPU µs a record read': Number(((read.cpuSeconds / records) * 1e6).toFixed(2)),
      'disk bytes a record': Math.round(disk / records),
    });
  }
  return rows;
}

const appends = [];
/** A file's records have the sizes that they have. */
const sizes = process.argv[2] ? [0] : recordSizes;
for (const size of sizes) {
  for (const producers of producersTried) appends.push(await appendAndRead(size, producers));
}
console.table(appends);
for (const size of sizes) console.table(await compareCodecs(size));
