import * as z from 'zod';
import {
  AlertHistoryLine,
  type AlertRow,
  AlertStatus,
  type AlertView,
  keptFirst,
  keptLast,
  maxHistoryShown,
  Verdict,
} from '../contracts/alert.ts';
import { Detection } from '../contracts/index.ts';
import type { StateOptions, StateSession } from '../state/index.ts';
import { type ListedAlert, levelAt, StoredAlert } from './rows.ts';

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

const Totals = z.object({ hits: z.int(), alerts: z.int(), folded: z.int() });

async function totalsOf(session: StateSession, { tenant, rule }: StoredAlert, options: StateOptions) {
  const [row] = await session.query(
    'SELECT hits, alerts, folded FROM alert_rules WHERE tenant = $1 AND rule = $2',
    [tenant, rule],
    options,
  );
  return Totals.parse(row);
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
