import * as z from 'zod';
import { readAlertRows } from '../alerts/index.ts';
import {
  type CaseHistoryLine,
  type CaseRow,
  type CaseView,
  MergeReason,
  maxCaseAlerts,
  maxCaseHistory,
} from '../contracts/case-routes.ts';
import { RuleLevel } from '../contracts/index.ts';
import type { StateOptions, StateSession } from '../state/index.ts';
import { unknownCase } from './change.ts';
import { shownColumns } from './rows.ts';

/** The columns of a listed case; its severity is the highest that its alerts have now. */
export const listedColumns = `
  cases.id, cases.title, cases.status, cases.assignee, cases.alerts, cases.created_at, cases.changed_at,
  cases.last_at, cases.merged_into, cases.revision,
  coalesce((
    SELECT max(alerts.severity) FROM case_alerts AS member
    JOIN alerts ON alerts.tenant = member.tenant AND alerts.id = member.alert
    WHERE member.tenant = cases.tenant AND member.case_id = cases.id
  ), 0)::int4 AS severity`;

const Listed = z.object({ ...shownColumns, severity: z.int() });

export function caseRow(row: unknown): CaseRow {
  const { severity, ...listed } = Listed.parse(row);
  return { ...listed, severity: RuleLevel.options[severity] ?? 'informational' };
}

interface CaseName {
  readonly tenant: string;
  readonly id: string;
}

/** Throws `cases.unknown`. */
export async function readCaseRow(
  session: StateSession,
  { tenant, id }: CaseName,
  options: StateOptions = {},
): Promise<CaseRow> {
  const [row] = await session.query(
    `SELECT ${listedColumns} FROM cases WHERE tenant = $1 AND id = $2`,
    [tenant, id],
    options,
  );
  if (row === undefined) throw unknownCase(id);
  return caseRow(row);
}

/** A case with its alerts, why each is in it, and its history. Throws `cases.unknown`. */
export async function readCase(
  session: StateSession,
  name: CaseName,
  options: StateOptions,
): Promise<CaseView> {
  const row = await readCaseRow(session, name, options);
  const members = await membersOf(session, name, options);
  const entities = new Map(
    members.map(({ alert }) => [`${alert.entity.kind} ${alert.entity.value}`, alert.entity]),
  );
  const history = await historyOf(session, name, options);
  return { ...row, entities: [...entities.values()], members, ...history };
}

const Member = z.object({ alert: z.string(), reason: MergeReason });

async function membersOf(session: StateSession, { tenant, id }: CaseName, options: StateOptions) {
  const rows = await session.query(
    `SELECT alert, reason FROM case_alerts WHERE tenant = $1 AND case_id = $2
     ORDER BY seen, alert LIMIT ${maxCaseAlerts}`,
    [tenant, id],
    options,
  );
  const members = rows.map((row) => Member.parse(row));
  const alerts = await readAlertRows(session, { tenant, ids: members.map(({ alert }) => alert) }, options);
  const known = new Map(alerts.map((alert) => [alert.id, alert]));
  return members.flatMap(({ alert, reason }) => {
    const found = known.get(alert);
    return found === undefined ? [] : [{ alert: found, reason, why: whyOf(reason) }];
  });
}

/** A reason in words, with its values. */
export function whyOf(reason: MergeReason): string {
  switch (reason.kind) {
    case 'first':
      return `the case began with it, on ${about(reason)}`;
    case 'same_rule':
      return `${about(reason)} had another alert of the same rule ${apartOf(reason)} (${reason.with})`;
    case 'other_rule':
      return `${about(reason)} had an alert of "${reason.with_rule}" ${apartOf(reason)} (${reason.with})`;
    case 'split':
      return `${reason.by} split it off the case ${reason.from}: ${reason.note}`;
    case 'merged':
      return `${reason.by} merged the case ${reason.from} into this one: ${reason.note}`;
  }
}

const about = ({ entity }: { readonly entity: { readonly kind: string; readonly value: string } }) =>
  `${entity.kind} ${entity.value}`;

function apartOf({ minutes_apart: minutes }: { readonly minutes_apart: number }): string {
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min apart` : `${hours} h ${minutes % 60} min apart`;
}

const Line = z.object({
  at: z.string(),
  by_id: z.string(),
  by_name: z.string(),
  kind: z.enum(['opened', 'joined', 'split', 'merged', 'status', 'assigned', 'commented']),
  details: z.record(z.string(), z.json()),
  note: z.string(),
  history_lines: z.int(),
});

async function historyOf(session: StateSession, { tenant, id }: CaseName, options: StateOptions) {
  const rows = await session.query(
    `SELECT at, by_id, by_name, kind, details, note, (max(line) OVER ())::int4 AS history_lines FROM case_history
     WHERE tenant = $1 AND case_id = $2 ORDER BY line DESC LIMIT ${maxCaseHistory}`,
    [tenant, id],
    options,
  );
  const lines = rows.map((row) => Line.parse(row));
  return {
    history: lines.map(
      ({ by_id, by_name, history_lines: _, ...line }): CaseHistoryLine => ({
        ...line,
        by: { id: by_id, name: by_name },
      }),
    ),
    history_lines: lines[0]?.history_lines ?? 0,
  };
}
