/**
 * `node bench/alerts.ts [alerts] [folder]`: fills a state with alerts (a million unless said; a folder that has some goes on) through
 * the projection, and prints how
 * long a page of the list, one change, the facets and a change of 50,000 take, as milliseconds on a line of JSON.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertsProjection, createAlerts } from '../src/alerts/index.ts';
import type { AlertFilter, AlertSort } from '../src/contracts/alert.ts';
import { type Detection, RuleLevel } from '../src/contracts/index.ts';
import { journalMigrations, openJournal } from '../src/journal/index.ts';
import { openTopics } from '../src/log/index.ts';
import { openState, type State } from '../src/state/index.ts';

const [wanted = '1000000', folder = mkdtempSync(join(tmpdir(), 'tyrian-bench-alerts-'))] =
  process.argv.slice(2);
const target = Number(wanted);
const rules = 300;
const perBulk = 2_000;
const tenant = 'default';
const by = { id: 'bench', name: 'bench' };
const start = Date.parse('2026-01-01T00:00:00Z');
const secondsApart = 30;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** One alert each: an entity of its own for every hit of a rule, a few rules much noisier than the others. */
function detectionAt(index: number): Detection {
  const rule = Math.floor((rules * ((index * 7919) % 10_007) ** 2) / 10_007 ** 2);
  const at = new Date(start + index * secondsApart * 1_000).toISOString();
  const id = sha256(`detection ${index}`);
  return {
    id: id.slice(0, 32),
    tenant,
    rule: {
      id: `rule-${rule}`,
      logic: sha256(`rule ${rule}`),
      title: `Rule ${rule}: suspicious process on a server`,
      level: RuleLevel.options[rule % RuleLevel.options.length] ?? 'low',
      tags: ['attack.execution', 'attack.t1059.001'],
      pack: 'own',
      author: 'The Tyrian authors',
      license: 'Apache-2.0',
    },
    event: {
      event_id: `${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
      time: at,
      received_at: at,
      source: 'windows',
      raw_sha256: id,
    },
    entity: { kind: 'host', value: `host-${index % 400_000}.example.net` },
    matched: [{ field: 'CommandLine', value: `powershell.exe -NoProfile -File C:\\jobs\\${index}.ps1` }],
    detected_at: at,
  };
}

/** Straight to the projection: the journal's own pace is measured elsewhere. The noise bound is off. */
async function fillPerSecond(state: State): Promise<number> {
  const projection = alertsProjection({ remembered: 200_000, alertsAnHour: Number.MAX_SAFE_INTEGER });
  const [row] = await state.query(
    `SELECT coalesce(sum(count), 0)::int4 AS there FROM alert_counts WHERE facet = 'severity'`,
  );
  const there = Number(row?.there ?? 0);
  const began = performance.now();
  for (let from = there; from < target; from += perBulk) {
    const count = Math.min(perBulk, target - from);
    const detections = Array.from({ length: count }, (_, index) => detectionAt(from + index));
    await state.transaction(async (session) =>
      projection.applyDetections?.(session, detections, { replaying: true }),
    );
    if (from % 100_000 === 0)
      console.error(`${from} alerts after ${Math.round((performance.now() - began) / 1_000)} s`);
  }
  return Math.round((1_000 * Math.max(0, target - there)) / (performance.now() - began));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round((performance.now() - began) * 10) / 10;
}

/** The middle and the worst of several runs. */
async function latency(work: (turn: number) => Promise<unknown>, turns = 21) {
  const all: number[] = [];
  for (let turn = 0; turn < turns; turn++) all.push(await timed(() => work(turn)));
  all.sort((one, other) => one - other);
  return { p50: all[Math.floor(turns / 2)], max: all.at(-1) };
}

const projection = alertsProjection();
const state = await openState({
  folder: join(folder, 'state'),
  migrations: [...journalMigrations, ...projection.migrations],
});
const fill_per_second = await fillPerSecond(state);
const topics = await openTopics({ folder: join(folder, 'topics') });
// As if the detections had come by the journal, so that it does not make the tables anew.
await state.query(
  `INSERT INTO journal_positions (topic, next) VALUES ('changes', 0), ('detections', 0) ON CONFLICT (topic) DO NOTHING`,
);
const journal = await openJournal({
  topics,
  state,
  projections: [projection],
  clock: () => new Date(),
  onFault: console.error,
});
const alerts = createAlerts({
  ...{ state, journal, people: async () => ['ann'] },
  newId: () => randomBytes(16).toString('hex'),
});
const page = (filter: AlertFilter, sort: AlertSort = 'score') =>
  alerts.list({ tenant, filter, sort, limit: 50 });

const some = await alerts.list({ tenant, filter: { status: ['new'] }, sort: 'last_seen', limit: 100 });
const idAt = (turn: number) => some.alerts[turn]?.id ?? '';
const firstPage = await page({});
const day = { from: new Date(start + (target - 2_880) * secondsApart * 1_000).toISOString() };
const figures = {
  alerts: target,
  fill_per_second,
  list: await latency(() => page({})),
  list_next_page: await latency(() =>
    alerts.list({ tenant, filter: {}, sort: 'score', limit: 50, cursor: firstPage.next ?? undefined }),
  ),
  list_open_high: await latency(() => page({ status: ['new', 'in_progress'], severity: ['high'] })),
  list_last_seen: await latency(() => page({}, 'last_seen')),
  list_noisy_rule: await latency(() => page({ rule: 'rule-0' })),
  list_noisy_rule_last_seen: await latency(() => page({ rule: 'rule-0' }, 'last_seen')),
  list_rare_rule_last_seen: await latency(() => page({ rule: 'rule-299' }, 'last_seen')),
  list_entity: await latency((turn) => page({ entity: { kind: 'host', value: `host-${turn}.example.net` } })),
  list_last_day: await latency(() => page(day)),
  list_all_time: await latency(() => page({ from: new Date(start).toISOString() })),
  list_title: await latency(() => page({ title: 'rule 29' })),
  list_nobody: await latency(() => page({ assignee: null })),
  list_of_ann_none: await latency(() => page({ assignee: 'ann' })),
  facets: await latency(() => alerts.facets(tenant)),
  show: await latency((turn) => alerts.get({ tenant, id: idAt(turn) })),
  change_status: await latency((turn) =>
    alerts.change({ tenant, by, id: idAt(turn), change: { kind: 'status', status: 'in_progress' } }),
  ),
  detections_500: await latency(async (turn) => {
    await journal.detected(
      Array.from({ length: 500 }, (_, index) => detectionAt(target + turn * 500 + index)),
    );
    await journal.settled();
  }),
  bulk_50000: await timed(() =>
    alerts.changeMany({
      tenant,
      by,
      change: { kind: 'status', status: 'closed', verdict: 'benign' },
      which: { filter: { status: ['new'] }, limit: 50_000 },
    }),
  ),
  change_during_bulk: await (async () => {
    const change = { kind: 'assigned', assignee: 'ann' } as const;
    const bulk = alerts.changeMany({ tenant, by, change, which: { filter: {}, limit: 10_000 } });
    const one = await latency(
      (turn) =>
        alerts.change({ tenant, by, id: idAt(turn + 30), change: { kind: 'commented', note: 'seen' } }),
      5,
    );
    await bulk;
    return one;
  })(),
  list_after: await latency(() => page({})),
  memory_mb: Math.round(process.memoryUsage().rss / 1024 ** 2),
};
console.log(JSON.stringify(figures));
await journal.close();
await topics.close();
await state.close();
