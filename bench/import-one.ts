/**
 * One import, measured: opens a fresh data folder, imports the given paths, waits until all is stored and prints one line of JSON.
 * `node bench/import-one.ts FOLDER PATH…`. Whole process times: CPU of all threads, the engine's too.
 */
import { trust } from '../src/sql/index.ts';
import { openForBench } from './opened.ts';

process.env.UV_THREADPOOL_SIZE ??= '16';
const [folder = '', ...paths] = process.argv.slice(2);
const opening = performance.now();
const tyrian = await openForBench(folder);
const signal = new AbortController().signal;
const opened = performance.now();
const cpu = process.cpuUsage();
const result = await tyrian.importPaths({ paths, signal });
const framed = performance.now();
await tyrian.settled(signal);
const done = performance.now();
const used = process.cpuUsage(cpu);
const [parts] = await tyrian.store.rows(
  trust(
    "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows, count() AS parts FROM system.parts WHERE active AND table = 'events'",
  ),
);
const totals = tyrian.totals();
const perRecord = (milliseconds: number) => Number(((milliseconds * 1_000) / result.records).toFixed(2));
console.log(
  JSON.stringify({
    records: result.records,
    bytes: result.bytes,
    problems: result.problemsTotal,
    openMs: Math.round(opened - opening),
    framedSeconds: (framed - opened) / 1_000,
    seconds: (done - opened) / 1_000,
    perSecond: Math.round(result.records / ((done - opened) / 1_000)),
    cpuMicros: Number(((used.user + used.system) / result.records).toFixed(1)),
    stageMicros: Object.fromEntries(
      Object.entries(totals.milliseconds).map(([stage, ms]) => [stage, perRecord(ms)]),
    ),
    stored: totals.stored,
    duplicate: totals.duplicate,
    dead: totals.dead,
    slow: totals.slow,
    batches: totals.batches,
    storedBytesPerEvent: Number(
      (Number(parts?.bytes ?? 0) / Math.max(1, Number(parts?.rows ?? 1))).toFixed(1),
    ),
    parts: Number(parts?.parts ?? 0),
    residentMiB: Math.round(process.memoryUsage().rss / 1024 ** 2),
  }),
);
await tyrian.close();
