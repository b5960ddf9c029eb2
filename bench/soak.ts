/**
 * `node --expose-gc bench/soak.ts [minutes] [records a second]`: mixed load on one process for so long (60 minutes at 500 unless
 * said): telemetry of which 1 % hits a rule, a question every few seconds, changes to alerts, heartbeats of 5,000 agents a minute.
 * Prints memory and files each minute, and at the end whether memory stayed flat: the median of the last quarter against that of the
 * second, when caches are filled.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { maxHeartbeats } from '../src/contracts/index.ts';
import { trust } from '../src/sql/index.ts';
import { records, ruleId, type Served, serveForBench } from './served.ts';

process.env.UV_THREADPOOL_SIZE ??= '16';
const [minutes = 60, perSecond = 500] = process.argv.slice(2).map(Number);
const agents = 5_000;
const flatWithin = 0.1;
const questions = [
  'top 10 users by failed logons',
  'failed logons of marked in the last 2 hours',
  'top 5 hosts by number of events in the last hour',
  'find marked',
];

const folder = mkdtempSync(join(tmpdir(), 'tyrian-soak-'));
const served = await serveForBench(folder);
const stop = new AbortController();
const done = { records: 0, questions: 0, changes: 0, heartbeats: 0, refused: 0 };

/** Again and again until the end; what is refused under load is counted, not fatal. */
async function every(milliseconds: number, work: () => Promise<void>): Promise<void> {
  for (let next = Date.now(); !stop.signal.aborted; next += milliseconds) {
    await wait(Math.max(0, next - Date.now()), undefined, { signal: stop.signal }).catch(() => {});
    if (stop.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      done.refused += 1;
      console.error(error instanceof Error ? error.message : error);
    }
  }
}

async function send({ post }: Served): Promise<void> {
  const count = Math.max(1, Math.round(perSecond / 4));
  await post(records(done.records, count, Date.now()));
  done.records += count;
}

async function ask({ client }: Served): Promise<void> {
  const question = questions[done.questions % questions.length] ?? '';
  for await (const event of client.ask({ body: { question } }))
    if (event.type === 'error') throw new Error(`${question}: ${event.data.message}`);
  done.questions += 1;
}

/** The newest open alert is taken up and closed, so that the next hit opens another. */
async function work({ client }: Served): Promise<void> {
  const { alerts } = await client.alerts({
    query: { status: 'new', rule: ruleId, sort: 'last_seen', limit: '1' },
  });
  const [alert] = alerts;
  if (alert === undefined) return;
  const params = { id: alert.id };
  await client.changeAlert({ params, body: { change: { kind: 'commented', note: 'seen' } } });
  const change = { kind: 'status', status: 'closed', verdict: 'benign' } as const;
  await client.changeAlert({ params, body: { change } });
  done.changes += 2;
}

async function beat({ client }: Served): Promise<void> {
  const heartbeats = Array.from({ length: maxHeartbeats }, (_, index) => {
    const number = (done.heartbeats + index) % agents;
    return {
      ...{ agent_id: `agent-${number}`, hostname: `host-${number}`, version: `1.${number % 5}` },
      system: { name: 'linux', version: '6.1', architecture: 'x64' },
      sent_at: new Date().toISOString(),
    };
  });
  await client.heartbeat({ body: { heartbeats } });
  done.heartbeats += maxHeartbeats;
}

interface Sample {
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
}

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2);
const samples: Sample[] = [];
const began = Date.now();

async function sample(): Promise<void> {
  // What nobody holds any more does not count, where the flag allows to say so.
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const now = { rss: mebibytes(rss), heap: mebibytes(heapUsed), external: mebibytes(external) };
  samples.push(now);
  const [parts] = await served.tyrian.store.rows(
    trust("SELECT count() AS parts, sum(rows) AS rows FROM system.parts WHERE active AND table = 'events'"),
  );
  const threads = await served.tyrian.store.rows(
    trust("SELECT metric, value FROM system.metrics WHERE metric IN ('GlobalThread', 'GlobalThreadActive')"),
  );
  const line = {
    minute: Math.round((Date.now() - began) / 60_000),
    ...now,
    files: filesIn(folder),
    descriptors: descriptors(),
    engine_threads: Object.fromEntries(threads.map(({ metric, value }) => [String(metric), Number(value)])),
    parts: Number(parts?.parts ?? 0),
    rows: Number(parts?.rows ?? 0),
    ...done,
  };
  console.log(JSON.stringify(line));
}

/** Null when a folder went while it was read: the engine merges parts. */
function filesIn(path: string): number | null {
  try {
    return readdirSync(path, { recursive: true }).length;
  } catch {
    return null;
  }
}

function descriptors(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function verdict(): string {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const growth = (of: keyof Sample) => {
    const [before, after] = [median(second.map((one) => one[of])), median(last.map((one) => one[of]))];
    return { of, before, after, share: before === 0 ? 0 : (after - before) / before };
  };
  const grown = (['rss', 'heap', 'external'] as const).map(growth);
  const text = grown
    .map(({ of, before, after, share }) => `${of} ${before} → ${after} MiB (${(share * 100).toFixed(1)} %)`)
    .join(', ');
  const [rss] = grown;
  return `${rss !== undefined && rss.share <= flatWithin ? 'flat' : 'grew'}: ${text}`;
}

const load = [
  every(250, () => send(served)),
  every(4_000, () => ask(served)),
  every(2_000, () => work(served)),
  every((60_000 * maxHeartbeats) / agents, () => beat(served)),
];
for (let minute = 0; minute < minutes; minute += 1) {
  await wait(60_000);
  await sample();
}
stop.abort();
await Promise.all(load);
console.log(verdict());
await served.close();
rmSync(folder, { recursive: true, force: true });
