/**
 * What each step of reading NDJSON costs, in CPU microseconds a record: reading, splitting, telling equal lines apart,
 * recognising, building groups; plain and in Zstandard. On a generated file, and on the Windows recording beside the
 * repository where that is present. Run: `node bench/intake.ts [records]`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import type { RecordGroup } from '../src/contracts/index.ts';
import { readChunks } from '../src/intake/file/chunks.ts';
import { openContent } from '../src/intake/file/file-content.ts';
import { FileSink } from '../src/intake/file/file-sink.ts';
import { FileIdentity } from '../src/intake/frame/file-identity.ts';
import { createSplitter } from '../src/intake/frame/framing.ts';
import type { RecordSink } from '../src/intake/frame/record-sink.ts';
import { importPaths, type Sources } from '../src/intake/index.ts';
import { loadCatalogue } from '../src/normalise/index.ts';

const recording = join(import.meta.dirname, '../../shared/data/windows/mordor.ndjson.zst');
const never = new AbortController().signal;

const onlyWindows: Sources = {
  recognise: (native) => ('EventID' in native ? { source: 'windows', form: 'flat' } : undefined),
  formsOf: () => [],
  recogniseText: () => undefined,
  form: (source, form) => ({
    source,
    form,
    mappingVersion: 1,
    probes: ['"EventID":', '"Channel":'],
    sql: undefined,
    readsLines: false,
    joins: undefined,
  }),
  recogniseHeader: () => undefined,
};

function recordSink(record: (bytes: Buffer) => void): RecordSink {
  return { record, faulty() {}, brokenOff() {} };
}

async function cost(run: () => Promise<number>): Promise<string> {
  const started = performance.now();
  const before = process.cpuUsage();
  const records = await run();
  const { user, system } = process.cpuUsage(before);
  const wall = performance.now() - started;
  return `${((user + system) / records).toFixed(2)} CPU-µs a record, ${Math.round(records / (wall / 1000))} records/s`;
}

async function split(path: string, sink: RecordSink): Promise<void> {
  const content = await openContent(
    readChunks(path, never, () => {}),
    () => false,
    false,
  );
  if (content.kind !== 'text') throw new Error(`${path} holds no text`);
  const splitter = createSplitter(content.framing, sink);
  for await (const chunk of content.chunks) splitter.write(chunk);
  splitter.end();
}

async function steps(path: string, records: number, sources: Sources): Promise<void> {
  const print = async (step: string, run: () => Promise<unknown>) => {
    const told = await cost(async () => {
      await run();
      return records;
    });
    console.log(`  ${step.padEnd(34)} ${told}`);
  };
  await print('read', async () => {
    const content = await openContent(
      readChunks(path, never, () => {}),
      () => false,
      false,
    );
    if (content.kind === 'text') for await (const _ of content.chunks);
  });
  await print('read, split', () =>
    split(
      path,
      recordSink(() => {}),
    ),
  );
  await print('read, split, tell equal lines apart', () => {
    const identity = new FileIdentity();
    return split(
      path,
      recordSink((bytes) => identity.ordinalOf(bytes)),
    );
  });
  await print('all of it, into groups', () => {
    const sink = new FileSink({
      origin: { tenant: 't', stream: 's', scheme: 'file', traceparent: '' },
      sources,
      forced: undefined,
      clock: Date.now,
      emit: () => {},
      onBrokenOff: () => {},
    });
    return split(path, sink);
  });
  await print('import', () => importAll(path, sources));
}

async function importAll(path: string, sources: Sources): Promise<number> {
  const append = (_group: RecordGroup) => Promise.resolve();
  const { records } = await importPaths({
    paths: [path],
    tenant: 't',
    credential: 'bench',
    sources,
    append,
    clock: Date.now,
    signal: never,
  });
  return records;
}

function generated(records: number): string {
  const lines: string[] = [];
  for (let at = 0; at < records; at++) {
    const event = { EventID: at % 50, Channel: 'Microsoft-Windows-Sysmon/Operational', EventRecordID: at };
    lines.push(
      JSON.stringify({
        ...event,
        CommandLine: `x.exe ${(at * 7919) % 104_729}`,
        Rest: 'abcdefghij '.repeat(115),
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}

const records = Number(process.argv[2] ?? 200_000);
const folder = mkdtempSync(join(tmpdir(), 'tyrian-bench-intake-'));
try {
  const text = generated(records);
  const plain = join(folder, 'plain');
  const packed = join(folder, 'packed');
  writeFileSync(plain, text);
  writeFileSync(packed, zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }));
  console.log(`${records} generated records of ${Math.round(text.length / records)} bytes, plain`);
  await steps(plain, records, onlyWindows);
  console.log('the same in Zstandard');
  await steps(packed, records, onlyWindows);
  if (existsSync(recording)) {
    const known = await importAll(recording, onlyWindows);
    console.log(`${known} Windows events recorded, in Zstandard`);
    await steps(recording, known, loadCatalogue());
  } else {
    console.log('the Windows recording is absent: skipped');
  }
} finally {
  rmSync(folder, { recursive: true });
}
