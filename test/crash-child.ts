/**
 * A process that is there to be killed: opens a data folder, appends numbered records, and tells each acknowledgement.
 * Arguments: one JSON object (see `Order`). In `drain` it appends nothing, waits until all is stored, and prints what it finds.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync, writeSync } from 'node:fs';
import { Detection, readConfig } from '../src/contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { trust } from '../src/sql/index.ts';
import { openEngine } from '../src/system/index.ts';
import { groupOf, hitRule } from './crash-records.ts';

export interface Order {
  readonly folder: string;
  readonly seed: number;
  readonly from: number;
  readonly batchRecords: number;
  readonly groupRecords: number;
  /** Kill this process at the n-th time of that step; '' leaves it to the parent. */
  readonly step: string;
  readonly nth: number;
  readonly drain: boolean;
  /** Where `drain` writes what it found. */
  readonly found: string;
  /** Folder of the rule that hits some of the records. */
  readonly rules: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const say = (text: string) => writeSync(1, `${text}\n`);
const config = readConfig({
  environment: {},
  overrides: {
    data_folder: order.folder,
    log: { partitions: 4, retention_hours: 0, max_bytes: 64 * 1024 * 1024 },
    rules: { folder: order.rules },
    pipeline: { batch_records: order.batchRecords, backlog_batch_records: order.batchRecords, batch_ms: 20 },
  },
});
let seen = 0;
const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
const metrics = createMetrics();
const engine = await openEngine({
  config,
  command: 'crash-child',
  log,
  metrics,
  emit: createEmit({ log, metrics }),
  clock: Date.now,
  stops: order.step === '' ? [] : [order.step as never],
  onStep: async () => {
    seen += 1;
    if (seen === order.nth) process.kill(process.pid, 'SIGKILL');
  },
  onFatal: (error) => {
    say(`fatal ${error.message}`);
    process.exit(3);
  },
});

/** Ids of the events that the rule matches and of those that are kept as evidence, of the detections on disk, and the hits of its alerts. */
async function hitsFound() {
  const { journal, topics, alerts } = engine.workflow;
  await journal.settled();
  const eventsWhere = async (condition: string) => {
    const found = await engine.store.rows(
      trust(`SELECT lower(hex(event_id)) AS id FROM events WHERE ${condition} ORDER BY id`),
    );
    return found.map(({ id }) => String(id));
  };
  const detected = new Map<string, string>();
  for (let from = 0; ; ) {
    const page = await topics.read({ topic: 'detections', from, limit: 1_000, maxBytes: 4 * 1024 * 1024 });
    for (const { value } of page.entries) {
      const { id, rule, event } = Detection.parse(JSON.parse(Buffer.from(value).toString()));
      if (rule.id === hitRule.id) detected.set(id, event.event_id.replaceAll('-', ''));
    }
    if (page.entries.length === 0) break;
    from = page.next;
  }
  const filter = { rule: hitRule.id };
  const list = await alerts.list({ tenant: 'crash', filter, sort: 'score', limit: 200 });
  return {
    matching: await eventsWhere(`position(raw, '"userName":"${hitRule.user}"') > 0`),
    evidence: await eventsWhere(`retention_class = 'evidence'`),
    detected: [...detected.values()].sort(),
    alerts: list.alerts.map(({ hits, events }) => ({ hits, events })),
  };
}

if (order.drain) {
  await engine.settled();
  const rows = (text: string) => engine.store.rows(trust(text));
  const report = await engine.ledger.report({
    tenant: 'crash',
    from: new Date(0),
    to: new Date(Date.now() + 60_000),
  });
  const twice = await rows(
    'SELECT partition, offset, sub, count() AS n FROM events GROUP BY partition, offset, sub HAVING n > 1',
  );
  const deadTwice = await rows(
    'SELECT partition, offset, sub, count() AS n FROM dead_letters GROUP BY partition, offset, sub HAVING n > 1',
  );
  const events = await rows('SELECT metadata_uid AS name, count() AS n FROM events GROUP BY metadata_uid');
  const dead = await rows(
    `SELECT extract(raw, 'id-[0-9]+') AS name, count() AS n FROM dead_letters GROUP BY name`,
  );
  // A file: a pipe takes a long line in parts.
  writeFileSync(
    order.found,
    JSON.stringify({
      ...{ total: report.total, twice: twice.length + deadTwice.length, events, dead },
      ...(await hitsFound()),
    }),
  );
  await engine.close();
} else {
  for (let from = order.from; ; from += order.groupRecords) {
    const to = from + order.groupRecords;
    say(`sent ${to}`);
    await engine.append(groupOf(order.seed, from, to, Date.now()));
    say(`ack ${to}`);
  }
}
