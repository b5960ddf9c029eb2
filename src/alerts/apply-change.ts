import * as z from 'zod';
import { AlertStatus } from '../contracts/alert.ts';
import type { RecordedChange } from '../journal/index.ts';
import type { StateParameter, StateSession } from '../state/index.ts';
import { RecordedAlertChange, type Replaced } from './change.ts';
import { recounted } from './counts.ts';
import type { HistoryRow } from './memory.ts';
import { maxNamed, type Notice } from './outbox.ts';
import { readAlerts } from './view.ts';

/** Brings a person's change of alerts into the tables; gives what people may want to be told. */
export async function applyAlertChange(
  session: StateSession,
  change: RecordedChange,
): Promise<readonly Notice[]> {
  return await applyReplaced(session, change, RecordedAlertChange.parse(change.data));
}

/** Gives alerts other values, with a line of history each. */
export async function applyReplaced(
  session: StateSession,
  change: RecordedChange,
  data: RecordedAlertChange,
): Promise<readonly Notice[]> {
  const ids = data.alerts.map(({ id }) => id);
  const standing = await readStanding(session, change.tenant, ids);
  const names = ids.map((id) => ({ tenant: change.tenant, id }));
  await addLines(session, change, data, ids);
  await recounted(session, names, () => update(session, change, data.after, ids));
  return await noticesOf(session, change, data, standing);
}

const Standing = z.object({
  status: AlertStatus,
  count: z.int(),
  severity: z.int(),
  named: z.array(z.string()),
});
type Standing = z.infer<typeof Standing>;

/** The alerts by the status that they have before the change. */
async function readStanding(
  session: StateSession,
  tenant: string,
  ids: readonly string[],
): Promise<readonly Standing[]> {
  const rows = await session.query(
    `SELECT status, count(*)::int4 AS count, max(severity) AS severity,
       (array_agg(id ORDER BY id))[1:${maxNamed}] AS named
     FROM alerts WHERE tenant = $1 AND id = ANY($2::text[]) GROUP BY status ORDER BY status`,
    [tenant, ids],
  );
  return rows.map((row) => Standing.parse(row));
}

/** A line of history for each; what was before stands in the rows that are still to be changed. */
async function addLines(
  session: StateSession,
  { tenant, at, by }: RecordedChange,
  { after, note, bulk }: RecordedAlertChange,
  ids: readonly string[],
): Promise<void> {
  const was = Object.keys(after).map((column) => `'${column}', ${column}`);
  await session.query(
    `INSERT INTO alert_history (tenant, alert, line, at, by_id, by_name, kind, before, after, note, bulk)
     SELECT tenant, id, history_lines + 1, $3, $4, $5, $6, jsonb_build_object(${was.join(', ')}), $7, $8, $9
     FROM alerts WHERE tenant = $1 AND id = ANY($2::text[])`,
    [tenant, ids, at, by.id, by.name, lineKind(after), after, note, bulk ?? null],
  );
}

async function update(
  session: StateSession,
  { tenant, at }: RecordedChange,
  after: Replaced,
  ids: readonly string[],
): Promise<void> {
  const values: StateParameter[] = [tenant, ids, at];
  const set = Object.entries(after).map(([column, value]) => `${column} = $${values.push(value)}`);
  if (after.status !== undefined) set.push(`closed_at = ${after.status === 'closed' ? '$3' : 'NULL'}`);
  set.push('changed_at = $3', 'revision = revision + 1', 'history_lines = history_lines + 1');
  await session.query(
    `UPDATE alerts SET ${set.join(', ')} WHERE tenant = $1 AND id = ANY($2::text[])`,
    values,
  );
}

function lineKind({ status, assignee }: Replaced): HistoryRow['kind'] {
  if (status !== undefined) return 'status';
  return assignee === undefined ? 'commented' : 'assigned';
}

/** Closed, reopened, assigned or commented on: one notice for all alerts of the change. */
async function noticesOf(
  session: StateSession,
  { tenant, at, by }: RecordedChange,
  { after, note }: RecordedAlertChange,
  standing: readonly Standing[],
): Promise<readonly Notice[]> {
  const kind = noticeKind(after);
  const told = standing.filter(({ status }) =>
    after.status === undefined ? true : (status === 'closed') !== (after.status === 'closed'),
  );
  if (told.length === 0) return [];
  const named = told.flatMap((group) => group.named).slice(0, maxNamed);
  const count = told.reduce((sum, group) => sum + group.count, 0);
  const severity = Math.max(...told.map((group) => group.severity));
  const alerts = await readAlerts(session, tenant, named);
  return [{ tenant, at, kind, by, note, count, severity, alerts }];
}

function noticeKind(after: Replaced): Notice['kind'] {
  const kind = lineKind(after);
  if (kind !== 'status') return kind === 'assigned' ? 'alert.assigned' : 'alert.commented';
  return after.status === 'closed' ? 'alert.closed' : 'alert.reopened';
}
