import * as z from 'zod';
import { type AlertChange, AlertStatus, maxChangeIds, Verdict } from '../contracts/alert.ts';
import type { Change } from '../contracts/index.ts';
import type { StateSession } from '../state/index.ts';
import { alertsErrors } from './errors.ts';
import { WorkedAlert } from './rows.ts';
import { storable } from './storable.ts';

/** What of an alert a person's change replaces. */
export const Replaced = z.strictObject({
  status: z.exactOptional(AlertStatus),
  verdict: z.exactOptional(Verdict.nullable()),
  assignee: z.exactOptional(z.string().nullable()),
});
export type Replaced = z.infer<typeof Replaced>;

/** A person's change as it stands in the journal: what each alert was before, what all are after. */
export const RecordedAlertChange = z.strictObject({
  alerts: z.array(z.strictObject({ id: z.string(), before: Replaced })).max(maxChangeIds),
  after: Replaced,
  note: z.string(),
  /** The change of many that it is a part of. */
  bulk: z.exactOptional(z.string()),
});
export type RecordedAlertChange = z.infer<typeof RecordedAlertChange>;

/** Kinds of journal entries by what a person does. */
export const kinds = {
  status: 'alerts.status',
  assigned: 'alerts.assigned',
  commented: 'alerts.commented',
} as const satisfies Record<AlertChange['kind'], string>;

/** What stands in an alert's row after a change. */
function replacedBy(change: AlertChange): Replaced {
  switch (change.kind) {
    case 'status':
      return { status: change.status, verdict: change.verdict ?? null };
    case 'assigned':
      return { assignee: change.assignee };
    case 'commented':
      return {};
  }
}

/** The same fields as `after` has, with the alert's values. */
function replacedOf(alert: WorkedAlert, after: Replaced): Replaced {
  return {
    ...(after.status === undefined ? {} : { status: alert.status, verdict: alert.verdict }),
    ...(after.assignee === undefined ? {} : { assignee: alert.assignee }),
  };
}

function isAsAsked(alert: WorkedAlert, after: Replaced): boolean {
  return (
    (after.status === undefined || (alert.status === after.status && alert.verdict === after.verdict)) &&
    (after.assignee === undefined || alert.assignee === after.assignee)
  );
}

export interface DecideInput {
  readonly tenant: string;
  readonly ids: readonly string[];
  readonly change: AlertChange;
  /** Revision that the person saw, of the one alert that is changed. */
  readonly expected?: number | undefined;
  readonly bulk?: string;
}

/**
 * What to record, or nothing when all alerts are as asked or not there. Throws `alerts.changed` when `expected` is
 * given and an alert has another revision.
 */
export async function decideChange(
  session: StateSession,
  { tenant, ids, change, expected, bulk }: DecideInput,
): Promise<Change['data'] | undefined> {
  const after = replacedBy(change);
  const found = await readWorked(session, tenant, ids);
  const stale = found.find(({ revision }) => expected !== undefined && revision !== expected);
  if (stale !== undefined)
    throw alertsErrors.make('changed', 'Somebody changed this alert meanwhile; look at it again', {
      details: { revision: stale.revision },
    });
  const alerts = found
    .filter((alert) => change.kind === 'commented' || !isAsAsked(alert, after))
    .map((alert) => ({ id: alert.id, before: replacedOf(alert, after) }));
  const note = storable(change.kind === 'assigned' ? '' : (change.note ?? ''));
  const data: RecordedAlertChange = { alerts, after, note, ...(bulk === undefined ? {} : { bulk }) };
  return alerts.length === 0 ? undefined : data;
}

const workedColumns = Object.keys(WorkedAlert.unwrap().shape).join(', ');

/** Alerts of a tenant by id, in the order of their ids; those that aren't there are left out. */
async function readWorked(
  session: StateSession,
  tenant: string,
  ids: readonly string[],
): Promise<readonly WorkedAlert[]> {
  const rows = await session.query(
    `SELECT ${workedColumns} FROM alerts WHERE tenant = $1 AND id = ANY($2::text[]) ORDER BY id`,
    [tenant, ids],
  );
  return rows.map((row) => WorkedAlert.parse(row));
}
