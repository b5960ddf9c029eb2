import * as z from 'zod';
import { keptFirst } from '../contracts/alert.ts';
import type { Detection, Entity } from '../contracts/index.ts';
import type { StateSession } from '../state/index.ts';
import { readBudgets } from './budgets.ts';
import { rulesOfEntity } from './counted.ts';
import { entityMemory } from './entities.ts';
import { loadExceptions } from './exceptions/load.ts';
import {
  type AlertLimits,
  entityName,
  everyEntity,
  type KeptDetection,
  keepKey,
  type Memory,
  type RuleRecord,
} from './memory.ts';
import { joined, StoredAlert, StoredKey, StoredRule } from './rows.ts';

/** Reads the part of the tables that these detections can touch. */
export async function load(
  session: StateSession,
  detections: readonly Detection[],
  limits: AlertLimits,
): Promise<Memory> {
  const memory = await loadKeys(session, detections, limits);
  await loadEntities(session, memory);
  await loadKnown(session, memory, detections);
  await loadTails(session, memory);
  await loadDoubtful(session, memory, detections);
  return memory;
}

async function loadKeys(
  session: StateSession,
  detections: readonly Detection[],
  limits: AlertLimits,
): Promise<Memory> {
  const own = await readOwnKeys(session, detections);
  const alerts = await readAlerts(session, own);
  const rules = distinct(detections.map(({ tenant, rule }) => ({ tenant, rule: rule.id })));
  const memory: Memory = {
    limits,
    budgets: await readBudgets(session, detections),
    before: alerts,
    alerts: new Map(alerts),
    keys: new Map(),
    entityKeys: new Map(),
    rules: await readRules(session, rules),
    records: await readRecords(session, rules),
    keptIds: new Set(),
    places: new Map(),
    countedEvents: new Set(),
    tails: new Map(),
    lastPlace: await readLastPlace(session),
    kept: new Map(),
    dropped: [],
    remembered: [],
    history: [],
    notices: [],
    openings: [],
    exceptions: await loadExceptions(session, detections),
    entities: entityMemory(),
    days: new Map(),
    turned: new Map(),
  };
  for (const key of [...own, ...(await readLatestKeys(session, detections))]) keepKey(memory, key);
  return memory;
}

function distinct<T>(rows: readonly T[]): readonly T[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

const keyColumns = 'tenant, entity_kind, entity_value, rule, alert, last_seen';

/** The keys of the detections, and those of their rules' summary alerts. */
async function readOwnKeys(
  session: StateSession,
  detections: readonly Detection[],
): Promise<readonly StoredKey[]> {
  const wanted = distinct(
    detections.flatMap(({ tenant, rule, entity }) =>
      [entity, everyEntity].map(({ kind, value }) => ({ tenant, kind, value, rule: rule.id })),
    ),
  );
  const rows = await session.query(
    `SELECT key.tenant, key.entity_kind, key.entity_value, key.rule, key.alert, key.last_seen
     FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, kind text, value text, rule text)
     JOIN alert_keys AS key ON key.tenant = wanted.tenant AND key.entity_kind = wanted.kind
       AND key.entity_value = wanted.value AND key.rule = wanted.rule`,
    [wanted],
  );
  return z.array(StoredKey).parse(rows);
}

/** Of each entity the keys that were hit last. */
async function readLatestKeys(
  session: StateSession,
  detections: readonly Detection[],
): Promise<readonly StoredKey[]> {
  const entities = new Map(
    detections.map(({ tenant, entity }) => [entityName(tenant, entity), { tenant, ...entity }]),
  );
  const rows = await session.query(
    `SELECT latest.* FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, kind text, value text)
     CROSS JOIN LATERAL (
       SELECT ${keyColumns} FROM alert_keys
       WHERE tenant = wanted.tenant AND entity_kind = wanted.kind AND entity_value = wanted.value
       ORDER BY last_seen DESC, rule DESC LIMIT ${rulesOfEntity}
     ) AS latest`,
    [[...entities.values()]],
  );
  return z.array(StoredKey).parse(rows);
}

async function readAlerts(
  session: StateSession,
  keys: readonly StoredKey[],
): Promise<ReadonlyMap<string, StoredAlert>> {
  const wanted = keys.map(({ tenant, alert }) => ({ tenant, alert }));
  if (wanted.length === 0) return new Map();
  const rows = await session.query(
    `SELECT alerts.* FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, alert text)
     JOIN alerts ON alerts.tenant = wanted.tenant AND alerts.id = wanted.alert`,
    [distinct(wanted)],
  );
  return new Map(rows.map((row) => StoredAlert.parse(row)).map((row) => [joined(row.tenant, row.id), row]));
}

interface RuleName {
  readonly tenant: string;
  readonly rule: string;
}

async function readRules(
  session: StateSession,
  rules: readonly RuleName[],
): Promise<Map<string, StoredRule>> {
  const rows = await session.query(
    `SELECT known.* FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, rule text)
     JOIN alert_rules AS known ON known.tenant = wanted.tenant AND known.rule = wanted.rule`,
    [rules.map((rule) => ({ ...rule }))],
  );
  return new Map(rows.map((row) => StoredRule.parse(row)).map((row) => [joined(row.tenant, row.rule), row]));
}

const VerdictCount = z.object({
  tenant: z.string(),
  value: z.string(),
  judged: z.int(),
  false_positives: z.int(),
});

/** How a rule's closed alerts ended, from the counters; a duplicate says nothing about its rule. */
async function readRecords(
  session: StateSession,
  rules: readonly RuleName[],
): Promise<ReadonlyMap<string, RuleRecord>> {
  const rows = await session.query(
    `SELECT kept.tenant, kept.value, sum(kept.count)::bigint AS judged,
       coalesce(sum(kept.count) FILTER (WHERE kept.part = 'false_positive'), 0)::bigint AS false_positives
     FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, rule text)
     JOIN alert_counts AS kept ON kept.tenant = wanted.tenant AND kept.facet = 'verdict' AND kept.value = wanted.rule
     WHERE kept.part <> 'duplicate'
     GROUP BY kept.tenant, kept.value`,
    [rules.map((rule) => ({ ...rule }))],
  );
  return new Map(
    rows
      .map((row) => VerdictCount.parse(row))
      .map((row) => [
        joined(row.tenant, row.value),
        { judged: row.judged, falsePositives: row.false_positives },
      ]),
  );
}

async function readLastPlace(session: StateSession): Promise<number> {
  const [row] = await session.query('SELECT coalesce(max(place), 0) AS last FROM alert_remembered');
  return z.object({ last: z.int() }).parse(row).last;
}

const KnownRow = z.object({ tenant: z.string(), detection: z.string(), place: z.int().nullable() });

/** Which of the detections were counted before. */
async function loadKnown(
  session: StateSession,
  memory: Memory,
  detections: readonly Detection[],
): Promise<void> {
  const ids = detections.map(({ tenant, id }) => ({ tenant, detection: id }));
  const rows = await session.query(
    `WITH wanted AS MATERIALIZED (
       SELECT tenant, detection FROM jsonb_to_recordset($1::jsonb) AS row(tenant text, detection text)
     )
     SELECT tenant, detection, NULL::bigint AS place FROM wanted JOIN alert_detections USING (tenant, detection)
     UNION ALL
     SELECT tenant, detection, place FROM wanted JOIN alert_remembered USING (tenant, detection)`,
    [distinct(ids)],
  );
  for (const row of rows.map((each) => KnownRow.parse(each)))
    if (row.place === null) memory.keptIds.add(joined(row.tenant, row.detection));
    else memory.places.set(joined(row.tenant, row.detection), row.place);
}

const EntityRow = z.object({
  tenant: z.string(),
  alert: z.string(),
  entity_kind: z.string(),
  entity_value: z.string(),
});

/** The entities that open summary alerts count apart. */
async function loadEntities(session: StateSession, memory: Memory): Promise<void> {
  const summaries = [...memory.before.values()].filter(
    ({ summary, status }) => summary && status !== 'closed',
  );
  if (summaries.length === 0) return;
  const rows = await session.query(
    `SELECT kept.tenant, kept.alert, kept.entity_kind, kept.entity_value
     FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, alert text)
     JOIN alert_entities AS kept ON kept.tenant = wanted.tenant AND kept.alert = wanted.alert
     WHERE NOT (kept.entity_kind = '${everyEntity.kind}' AND kept.entity_value = '${everyEntity.value}')`,
    [summaries.map(({ tenant, id }) => ({ tenant, alert: id }))],
  );
  for (const row of rows.map((each) => EntityRow.parse(each))) {
    const about = joined(row.tenant, row.alert);
    const known = memory.entities.known.get(about) ?? new Set<string>();
    memory.entities.known.set(about, known.add(joined(row.entity_kind, row.entity_value)));
  }
}

const TailRow = z.object({
  tenant: z.string(),
  alert: z.string(),
  ordinal: z.int(),
  detection: z.string(),
  event: z.string(),
});

/** The last detections of open alerts that have more than are kept from the beginning. */
async function loadTails(session: StateSession, memory: Memory): Promise<void> {
  const long = [...memory.before.values()].filter(
    ({ hits, status }) => hits > keptFirst && status !== 'closed',
  );
  if (long.length === 0) return;
  const rows = await session.query(
    `SELECT kept.tenant, kept.alert, kept.ordinal, kept.detection, kept.event
     FROM jsonb_to_recordset($1::jsonb) AS wanted(tenant text, alert text)
     JOIN alert_detections AS kept ON kept.tenant = wanted.tenant AND kept.alert = wanted.alert
     WHERE kept.ordinal > ${keptFirst}
     ORDER BY kept.tenant, kept.alert, kept.ordinal`,
    [long.map(({ tenant, id }) => ({ tenant, alert: id }))],
  );
  for (const row of rows.map((each): KeptDetection => ({ ...TailRow.parse(each), body: undefined }))) {
    const name = joined(row.tenant, row.alert);
    memory.tails.set(name, [...(memory.tails.get(name) ?? []), row]);
  }
}

const EventRow = z.object({ tenant: z.string(), alert: z.string(), event: z.string() });

/** Where an alert meets another logic than before, which of these events it has counted already. */
async function loadDoubtful(
  session: StateSession,
  memory: Memory,
  detections: readonly Detection[],
): Promise<void> {
  const doubtful = detections.flatMap(({ tenant, rule, entity, event }) =>
    [entity, everyEntity].flatMap((about: Entity) => {
      const key = memory.keys.get(joined(tenant, about.kind, about.value, rule.id));
      const alert = key && memory.alerts.get(joined(tenant, key.alert));
      return alert === undefined || alert.logic === rule.logic
        ? []
        : [{ tenant, alert: alert.id, event: event.event_id }];
    }),
  );
  if (doubtful.length === 0) return;
  const rows = await session.query(
    `WITH wanted AS MATERIALIZED (
       SELECT tenant, alert, event FROM jsonb_to_recordset($1::jsonb) AS row(tenant text, alert text, event text)
     )
     SELECT wanted.* FROM wanted JOIN alert_detections AS kept
       ON kept.tenant = wanted.tenant AND kept.alert = wanted.alert AND kept.event = wanted.event
     UNION ALL
     SELECT wanted.* FROM wanted JOIN alert_remembered AS old
       ON old.tenant = wanted.tenant AND old.event = wanted.event AND old.alert = wanted.alert`,
    [distinct(doubtful)],
  );
  for (const row of rows.map((each) => EventRow.parse(each)))
    memory.countedEvents.add(joined(row.tenant, row.alert, row.event));
}
