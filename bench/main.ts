/**
 * `npm run bench`: imports end to end per source, and asks at a million rows while importing. Prints a Markdown page with machine and
 * commit; `npm run bench -- --write` puts it into docs/benchmarks.md between its marks. Everything runs on telemetry of our own
 * making; where ../shared lies beside the project a real Windows recording is measured too.
 */
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createZstdDecompress } from 'node:zlib';
import { createScenario, defaultEnd, writeScenario } from '../src/evals/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'tyrian-bench-'));
const scale = 10;
const marks = ['<!-- begin: npm run bench -->', '<!-- end -->'] as const;

type Json = Readonly<Record<string, unknown>>;

function run(script: string, ...words: readonly string[]): Json {
  const text = execFileSync(process.execPath, ['--no-warnings', join(root, 'bench', script), ...words], {
    encoding: 'utf8',
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 ** 2,
  });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Json;
}

/** The real Windows recording as plain NDJSON without the label keys; undefined where it isn't. */
async function realWindows(): Promise<string | undefined> {
  const packed = join(root, '..', 'shared', 'data', 'windows', 'mordor.ndjson.zst');
  if (!existsSync(packed)) return undefined;
  const plain = join(work, 'windows-recording.ndjson');
  const lines = createInterface({
    input: createReadStream(packed).pipe(
      createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 27 } }),
    ),
  });
  await pipeline(async function* () {
    // The two label keys stand first in each line, and nothing else is touched.
    for await (const line of lines) yield `${line.replace(/^\{"_id":"[^"]*","_src":"[^"]*",/, '{')}\n`;
  }, createWriteStream(plain));
  return plain;
}

function importRow(name: string, path: string): string {
  const folder = join(work, 'data');
  const cold = run('import-one.ts', folder, path);
  rmSync(folder, { recursive: true, force: true });
  const best = run('import-one.ts', folder, path);
  const again = run('import-one.ts', folder, path);
  rmSync(folder, { recursive: true, force: true });
  const stages = best.stageMicros as Readonly<Record<string, number>>;
  const cells = [
    name,
    String(best.records),
    `${String(cold.perSecond)} / ${String(best.perSecond)}`,
    String(best.cpuMicros),
    ...['encode', 'normalise', 'function', 'detect', 'dedupe', 'write', 'mark'].map((stage) =>
      String(stages[stage] ?? 0),
    ),
    String(best.storedBytesPerEvent),
    String(again.perSecond),
    String(again.stored),
    String(best.residentMiB),
  ];
  return `| ${cells.join(' | ')} |`;
}

const head = (command: string, ...words: readonly string[]) =>
  execFileSync(command, words, { encoding: 'utf8', cwd: root }).trim();

async function page(): Promise<string> {
  const scenario = createScenario({ seed: 1, endsAt: defaultEnd, scale });
  const made = join(work, 'scenario');
  await writeScenario(made, scenario);
  const more = join(work, 'more');
  await writeScenario(more, createScenario({ seed: 2, endsAt: defaultEnd, scale: 4 }));
  const large = join(work, 'large');
  await writeScenario(large, createScenario({ seed: 3, endsAt: defaultEnd, scale: 20 }));
  const real = await realWindows();
  const rows = [
    ...(real === undefined ? [] : [importRow('Windows (recording)', real)]),
    importRow('Windows (made)', join(made, 'windows')),
    importRow('CloudTrail (made)', join(made, 'aws')),
    importRow('Zeek (made)', join(made, 'zeek')),
  ];
  const asked = run('ask-while-importing.ts', join(work, 'ask'), large, more, scenario.facts.victim.host);
  const line = (name: string, value: unknown) => {
    const { questions, plan, evidence, sentence, total } = value as Readonly<
      Record<string, { p50: number; p95: number }>
    >;
    const cell = (one: { p50: number; p95: number } | undefined) => `${one?.p50} / ${one?.p95}`;
    return `| ${name} | ${String(questions)} | ${cell(plan)} | ${cell(evidence)} | ${cell(sentence)} | ${cell(total)} |`;
  };
  return [
    `Commit ${head('git', 'rev-parse', '--short', 'HEAD')}${head('git', 'status', '--porcelain') === '' ? '' : ' with changes'}, ` +
      `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? ''}, ` +
      `${Math.round(totalmem() / 1024 ** 3)} GiB. One process, all threads; plain files, warm page cache; the log is flushed and tables are fsynced.`,
    '',
    '### Import, files to stored and durable',
    '',
    'Events a second: first run / second run, each into an empty data folder. Microseconds a record: CPU of all threads, then wall time of ' +
      'each stage (stages of two batches overlap). "Again" imports the same files once more: everything is known, 0 stored is right.',
    '',
    '| source | records | events/s | CPU µs | encode | normalise | function | detect | dedupe | write | mark | bytes stored an event | again, events/s | again, stored | MiB resident |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `### Asking, at ${String(asked.rows)} rows`,
    '',
    `Milliseconds p50 / p95 from the question; meanwhile ${String(asked.importedMeanwhile)} records were imported at ${String(asked.importedPerSecond)} events/s. Offline analyst.`,
    '',
    '| | questions | plan | first evidence | first sentence | end |',
    '|---|---|---|---|---|---|',
    line('while importing', asked.whileImporting),
    line('at rest', asked.atRest),
  ].join('\n');
}

try {
  const text = await page();
  console.log(text);
  if (process.argv.includes('--write')) {
    const file = join(root, 'docs', 'benchmarks.md');
    const before = readFileSync(file, 'utf8');
    const [start, end] = [before.indexOf(marks[0]), before.indexOf(marks[1])];
    if (start < 0 || end < start) throw new Error(`${file} has no marks ${marks.join(' … ')}`);
    writeFileSync(file, `${before.slice(0, start + marks[0].length)}\n${text}\n${before.slice(end)}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
