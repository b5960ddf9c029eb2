import * as z from 'zod';
import {
  AlertHistoryLine,
  type AlertRow,
  AlertStatus,
  type AlertView,
  keptFirst,
  keptLast,
  maxHistoryShown,
  maxTopEntities,
  maxTouchingExceptions,
  RuleTotals,
  Verdict,
} from '../contracts/alert.ts';
import { Detection, Entity } from '../contracts/index.ts';
import type { StateOptions, StateSession } from '../state/index.ts';
import { everyEntity } from './memory.ts';
import { ListedAlert, levelAt, StoredAlert } from './rows.ts';

/** A stored alert as the contract has it. */
export function alertRow(alert: ListedAlert): AlertRow {
  return {
    id: alert.id,
    rule: alert.rule,
    title: alert.title,
    entity: { kind: alert.entity_kind, value: alert.entity_value },
    summary: alert.summary,
    status: alert.status,
    verdict: alert.verdict,
    assignee: alert.assignee,
    severity: levelAt(alert.severity),
    score: alert.score,
    hits: alert.hits,
    events: alert.events,
    first_seen: alert.first_seen,
    last_seen: alert.last_seen,
    opened_at: alert.opened_at,
    changed_at: alert.changed_at,
    closed_at: alert.closed_at,
    revision: alert.revision,
  };
}

/** Alerts of a tenant by id, whole, in the order of their ids; those that aren't there are left out. */
export async function readAlerts(
  session: StateSession,
  tenant: string,
  ids: readonly string[],
): Promise<readonly StoredAlert[]> {
  const rows = await session.query(
    'SELECT * FROM alerts WHERE tenant = $1 AND id = ANY($2::text[]) ORDER BY id',
    [tenant, ids],
  );
  return rows.map((row) => StoredAlert.parse(row));
}

const rowColumns = Object.keys(ListedAlert.unwrap().shape).join(', ');

/** The same as lists show them. */
export async function readAlertRows(
  session: StateSession,
  { tenant, ids }: { readonly tenant: string; readonly ids: readonly string[] },
  options: StateOptions = {},
): Promise<readonly AlertRow[]> {
  const rows = await session.query(
    `SELECT ${rowColumns} FROM alerts WHERE tenant = $1 AND id = ANY($2::text[]) ORDER BY id`,
    [tenant, ids],
    options,
  );
  return rows.map((row) => alertRow(ListedAlert.parse(row)));
}

/** An alert with its detections, history, the alert before it and its rule's totals. */
export async function viewOf(
  session: StateSession,
  alert: StoredAlert,
  options: StateOptions,
): Promise<AlertView> {
  const { tenant, id } = alert;
  return {
    ...alertRow(alert),
    detected_by: alert.detected_by,
    points: [...alert.points],
    first_received: alert.first_received,
    last_received: alert.last_received,
    previous: await previousOf(session, alert, options),
    rule_totals: await totalsOf(session, alert, options),
    exceptions: await exceptionsOf(session, { tenant, id }, options),
    ...(await entitiesOf(session, alert, options)),
    detections: await detectionsOf(session, { tenant, id }, options),
    history: await historyOf(session, { tenant, id }, options),
    history_lines: alert.history_lines,
  };
}

const Previous = z.object({ id: z.string(), status: AlertStatus, verdict: Verdict.nullable() });

async function previousOf(
  session: StateSession,
  { tenant, previous }: StoredAlert,
  options: StateOptions,
): Promise<AlertView['previous']> {
  if (previous === null) return null;
  const [row] = await session.query(
    'SELECT id, status, verdict FROM alerts WHERE tenant = $1 AND id = $2',
    [tenant, previous],
    options,
  );
  return row === undefined ? { id: previous, status: null, verdict: null } : Previous.parse(row);
}

async function totalsOf(session: StateSession, { tenant, rule }: StoredAlert, options: StateOptions) {
  const [row] = await session.query(
    'SELECT hits, alerts, folded, excepted FROM alert_rules WHERE tenant = $1 AND rule = $2',
    [tenant, rule],
    options,
  );
  return RuleTotals.parse(row);
}

const Touching = z.object({
  id: z.string(),
  owner: z.string(),
  reason: z.string(),
  hits: z.int(),
  first_seen: z.string(),
  last_seen: z.string(),
});

/** The exceptions that kept detections from an alert. */
async function exceptionsOf(session: StateSession, { tenant, id }: AlertName, options: StateOptions) {
  const rows = await session.query(
    `SELECT known.id, known.owner, known.reason, kept.hits, kept.first_seen, kept.last_seen
     FROM alert_exceptions AS kept
     JOIN exceptions AS known ON known.tenant = kept.tenant AND known.id = kept.exception
     WHERE kept.tenant = $1 AND kept.alert = $2
     ORDER BY kept.hits DESC, known.id LIMIT ${maxTouchingExceptions}`,
    [tenant, id],
    options,
  );
  return rows.map((row) => Touching.parse(row));
}

const SummaryEntity = z.object({
  entity_kind: Entity.unwrap().shape.kind,
  entity_value: z.string(),
  hits: z.int(),
  first_seen: z.string(),
  last_seen: z.string(),
});

/** Of a summary alert the entities with the most detections; those that are not counted apart stand as `everyEntity`. */
async function entitiesOf(
  session: StateSession,
  { tenant, id, summary }: StoredAlert,
  options: StateOptions,
) {
  if (!summary) return { entities: [], other_hits: 0 };
  const rows = await session.query(
    `SELECT entity_kind, entity_value, hits, first_seen, last_seen FROM alert_entities
     WHERE tenant = $1 AND alert = $2
     ORDER BY entity_kind = $3 AND entity_value = $4 DESC, hits DESC, entity_kind, entity_value
     LIMIT ${maxTopEntities + 1}`,
    [tenant, id, everyEntity.kind, everyEntity.value],
    options,
  );
  const found = rows.map((row) => SummaryEntity.parse(row));
  const isOther = (row: (typeof found)[number]) =>
    row.entity_kind === everyEntity.kind && row.entity_value === everyEntity.value;
  return {
    entities: found
      .filter((row) => !isOther(row))
      .slice(0, maxTopEntities)
      .map(({ entity_kind: kind, entity_value: value, ...row }) => ({ entity: { kind, value }, ...row })),
    other_hits: found.find(isOther)?.hits ?? 0,
  };
}

interface AlertName {
  readonly tenant: string;
  readonly id: string;
}

const KeptRow = z.object({ ordinal: z.int(), body: Detection });

async function detectionsOf(session: StateSession, { tenant, id }: AlertName, options: StateOptions) {
  const rows = await session.query(
    `SELECT ordinal, body FROM alert_detections WHERE tenant = $1 AND alert = $2
     ORDER BY ordinal LIMIT ${keptFirst + keptLast}`,
    [tenant, id],
    options,
  );
  return rows.map((row) => KeptRow.parse(row)).map(({ ordinal, body }) => ({ ordinal, detection: body }));
}

const HistoryStored = z.object({
  at: z.string(),
  by_id: z.string(),
  by_name: z.string(),
  kind: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  note: z.string(),
});

async function historyOf(session: StateSession, { tenant, id }: AlertName, options: StateOptions) {
  const rows = await session.query(
    `SELECT at, by_id, by_name, kind, before, after, note FROM alert_history
     WHERE tenant = $1 AND alert = $2 ORDER BY line DESC LIMIT ${maxHistoryShown}`,
    [tenant, id],
    options,
  );
  return rows.map((row) => {
    const { by_id, by_name, ...line } = HistoryStored.parse(row);
    return AlertHistoryLine.parse({ ...line, by: { id: by_id, name: by_name } });
  });
}
