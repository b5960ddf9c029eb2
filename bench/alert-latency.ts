/**
 * `node bench/alert-latency.ts [seconds]`: how long it takes from a record's receipt until the alert of its hit is in the tables, at
 * half of the rate at which this machine imports with the same rules (measured first), 1 % of the records being hits. One line of
 * JSON; lags in milliseconds.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Detection } from '../src/contracts/index.ts';
import { trust } from '../src/sql/index.ts';
import type { Posted, PostOrder } from './post-records.ts';
import { hitEvery, records, type Served, serveForBench } from './served.ts';

process.env.UV_THREADPOOL_SIZE ??= '16';
const [seconds = 60] = process.argv.slice(2).map(Number);
const imported = 200_000;
const maxPageBytes = 4 * 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'tyrian-latency-'));
const served = await serveForBench(folder);

/** Records a second, files to stored. */
async function importRate({ tyrian }: Served): Promise<number> {
  const path = join(folder, 'records.ndjson');
  writeFileSync(path, records(0, imported, Date.now()));
  const { signal } = new AbortController();
  const started = performance.now();
  await tyrian.importPaths({ paths: [path], signal });
  await tyrian.settled(signal);
  await tyrian.workflow.journal.settled();
  return Math.round((imported * 1_000) / (performance.now() - started));
}

/** Follows the detections behind what the tables hold; gives the lags so far. */
async function followApplied({ tyrian }: Served) {
  const { journal, topics } = tyrian.workflow;
  const topic = 'detections';
  const lags: number[] = [];
  let { next } = await topics.ends(topic);
  let reading = Promise.resolve();
  const stop = journal.onApplied(({ detections }) => {
    const now = Date.now();
    const from = next;
    next += detections;
    reading = reading.then(async () => {
      for (let at = from; at < from + detections; ) {
        const page = await topics.read({
          topic,
          from: at,
          limit: from + detections - at,
          maxBytes: maxPageBytes,
        });
        if (page.entries.length === 0) return;
        at = page.next;
        for (const { value } of page.entries) {
          const { event } = Detection.parse(JSON.parse(Buffer.from(value).toString()));
          lags.push(now - Date.parse(event.received_at));
        }
      }
    });
  });
  return async () => {
    await journal.settled();
    stop();
    await reading;
    return lags;
  };
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

async function post(order: PostOrder): Promise<Posted> {
  const worker = new Worker(new URL('./post-records.ts', import.meta.url), { workerData: order });
  const [posted] = (await once(worker, 'message')) as [Posted];
  return posted;
}

const rate = await importRate(served);
const since = Date.now();
const applied = await followApplied(served);
const { url, key, tyrian } = served;
const posted = await post({ url, key, perSecond: Math.round(rate / 2), seconds, from: imported });
await tyrian.settled();
const lags = await applied();
const [stored] = await tyrian.store.rows(
  trust(
    'SELECT count() AS rows, quantilesExact(0.5, 0.95, 0.99)(toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(received_at)) AS lag ' +
      `FROM events WHERE received_at >= fromUnixTimestamp64Milli(${since})`,
  ),
);
const [p50, p95, p99] = (stored?.lag ?? []) as readonly unknown[];
console.log(
  JSON.stringify({
    import_per_second: rate,
    wanted_per_second: Math.round(rate / 2),
    posted_per_second: Math.round(posted.posted / posted.seconds),
    ...{ posted: posted.posted, refused: posted.refused, stored: Number(stored?.rows ?? 0) },
    expected_hits: Math.round(posted.posted / hitEvery),
    hits: lags.length,
    received_to_alert_ms: quantiles(lags),
    received_to_stamp_ms: { p50: Number(p50), p95: Number(p95), p99: Number(p99) },
    resident_mib: Math.round(process.memoryUsage().rss / 1024 ** 2),
  }),
);
await served.close();
rmSync(folder, { recursive: true, force: true });
