import type { Actor } from '../contracts/index.ts';
import type { StateSession } from '../state/index.ts';
import { levelAt, type StoredAlert } from './rows.ts';

/** Something that people may want to be told. */
export interface Notice {
  readonly tenant: string;
  readonly at: string;
  readonly kind:
    | 'alert.opened'
    | 'alert.raised'
    | 'alert.closed'
    | 'alert.reopened'
    | 'alert.assigned'
    | 'alert.commented';
  readonly by: Actor;
  /** How many alerts it is about, the highest severity among them, and the first of them. */
  readonly count: number;
  readonly severity: number;
  readonly alerts: readonly StoredAlert[];
  readonly note: string;
}

/** Alerts that a notice of many names. */
export const maxNamed = 20;

/** One row a notice, also for one of many alerts: a change of thousands is no flood of messages. */
export async function post(session: StateSession, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await session.query(
    `INSERT INTO outbox (tenant, at, kind, severity, subject, payload)
     SELECT tenant, at, kind, severity, subject, payload FROM jsonb_to_recordset($1::jsonb)
       AS row(tenant text, at timestamptz, kind text, severity text, subject text, payload jsonb)`,
    [notices.map(outboxRow)],
  );
}

function outboxRow({ tenant, at, kind, by, count, severity, alerts, note }: Notice) {
  return {
    tenant,
    at,
    kind,
    severity: levelAt(severity),
    subject: subjectOf(count, alerts),
    payload: { count, by, note, alerts: alerts.map(told) },
  };
}

function subjectOf(count: number, alerts: readonly StoredAlert[]): string {
  const [alert] = alerts;
  if (alert === undefined || count > 1) return `${count} alerts`;
  return alert.summary
    ? `${alert.title} (many entities)`
    : `${alert.title} (${alert.entity_kind} ${alert.entity_value})`;
}

/** What is told of an alert; no event, no matched value. */
function told(alert: StoredAlert) {
  const { id, rule, title, summary, status, verdict, assignee, score, hits, previous } = alert;
  return {
    id,
    rule,
    title,
    summary,
    status,
    verdict,
    assignee,
    score,
    hits,
    previous,
    severity: levelAt(alert.severity),
    entity: { kind: alert.entity_kind, value: alert.entity_value },
    tags: alert.detected_by.tags,
    first_seen: alert.first_seen,
    last_seen: alert.last_seen,
  };
}
