/**
 * Normalising Windows events both ways in one run: as ClickHouse SQL (into nothing, into memory) and as in-process
 * function; then how much of each source's recordings its mapping takes up.
 *
 *   node bench/normalise.ts             prints both tables
 *   node bench/normalise.ts --floors    also writes content/sources/<source>/coverage.json, below which tests fail
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import {
  loadCatalogue,
  measureCoverage,
  normalise,
  ownSources,
  stageColumns,
} from '../src/normalise/index.ts';
import { haveRecordings, linesOf, type Recording, recordingsOf } from '../src/normalise/recordings.suite.ts';

const events = 100_000;
const functionEvents = 30_000;
const repeats = 3;
/** Lines of a recording that coverage looks at: those that the test looks at. */
const covered = 500;

const catalogue = loadCatalogue();

function record(line: string, source: string, form: string, row: number) {
  const place = { partition: 0, offset: 0, sub: row };
  return {
    row,
    tenant: 'bench',
    source,
    form,
    stream: 'bench',
    receivedAt: 0,
    seed: '',
    ordinal: 0,
    place,
    raw: Buffer.from(line),
  };
}

/** The best of some runs, as events per CPU-second (all threads) and per second. */
function measure(label: string, count: number, run: () => void): void {
  let [cpu, wall] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const [before, start] = [process.cpuUsage(), performance.now()];
    run();
    const { user, system } = process.cpuUsage(before);
    cpu = Math.min(cpu, (user + system) / 1e6);
    wall = Math.min(wall, (performance.now() - start) / 1e3);
  }
  const rate = (seconds: number) =>
    Math.round(count / seconds)
      .toLocaleString('en-US')
      .padStart(9);
  console.log(`${label.padEnd(34)} ${rate(cpu)} ${rate(wall)}`);
}

async function measureRates(recording: Recording): Promise<void> {
  const lines = await linesOf(recording, events);
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-bench-'));
  const session = new Session(join(folder, 'db'));
  try {
    writeFileSync(join(folder, 'lines'), `${lines.join('\n')}\n`);
    session.query('CREATE DATABASE bench');
    session.query(
      `CREATE TABLE bench.batch ENGINE = Memory AS SELECT toUInt32(rowNumberInAllBlocks()) AS row, toUInt16(0) AS partition, toUInt64(0) AS offset, row AS sub, 'bench' AS tenant, 'windows' AS source, 'bench' AS stream, toDateTime64(0, 3, 'UTC') AS received_at, '' AS seed, toUInt32(0) AS ordinal, line FROM file('${join(folder, 'lines')}', 'LineAsString', 'line String')`,
    );
    const columns = stageColumns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
    session.query(`CREATE TABLE bench.stage (${columns}) ENGINE = Memory`);
    const select = catalogue.form('windows', 'flat')?.sql?.select('bench.batch') ?? '';
    console.log(`${recording.name}: ${lines.length} events, ${cpus().length} × ${cpus()[0]?.model}`);
    console.log(`${''.padEnd(34)} /CPU-second  /second`);
    measure('SQL into Null, 1 thread', lines.length, () =>
      session.query(`${select} FORMAT Null SETTINGS max_threads = 1`),
    );
    measure('SQL into Null, all threads', lines.length, () => session.query(`${select} FORMAT Null`));
    measure('SQL into Memory, 1 thread', lines.length, () => {
      session.query('TRUNCATE TABLE bench.stage');
      session.query(`INSERT INTO bench.stage ${select} SETTINGS max_threads = 1`);
    });
    const records = lines.slice(0, functionEvents).map((line, row) => record(line, 'windows', 'flat', row));
    measure('function', records.length, () => {
      for (const one of records) normalise(catalogue, one);
    });
    const none = `${select.replace('FROM bench.batch', 'FROM bench.batch WHERE 0')} FORMAT Null`;
    const before = process.cpuUsage();
    session.query(none);
    const { user, system } = process.cpuUsage(before);
    console.log(`planning the statement, once a batch: ${Math.round((user + system) / 1e3)} ms of CPU`);
  } finally {
    session.cleanup();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureSources(write: boolean): Promise<void> {
  console.log(`\n${'source'.padEnd(16)} records   dead  fields mapped  columns filled  columns used`);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  for (const [source, recordings] of Object.entries(recordingsOf)) {
    const lines: string[] = [];
    for (const recording of recordings) lines.push(...(await linesOf(recording, covered)));
    const within = lines.filter((line) => catalogue.recogniseText(line)?.source === source);
    const coverage = measureCoverage(
      catalogue,
      within.map((line, row) => record(line, source, '', row)),
    );
    const { records, dead, mapped, filled, columns } = coverage;
    const shares = [percent(dead).padStart(6), percent(mapped).padStart(14), percent(filled).padStart(15)];
    console.log(
      `${source.padEnd(16)} ${String(records).padStart(7)} ${shares.join(' ')} ${String(columns).padStart(13)}`,
    );
    if (write)
      writeFileSync(join(ownSources, source, 'coverage.json'), `${JSON.stringify(coverage, null, 2)}\n`);
  }
}

const [mordor] = (recordingsOf.windows ?? []).filter(({ name }) => name.includes('mordor'));
if (!haveRecordings || mordor === undefined) {
  console.error('The recordings are not there: set TYRIAN_SHARED to the folder that holds data/.');
  process.exitCode = 1;
} else {
  await measureRates(mordor);
  await measureSources(process.argv.includes('--floors'));
}
