import type { CaseHistoryLine } from '../contracts/case-routes.ts';
import type { RecordedChange } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { kinds, RecordedCaseChange } from './change.ts';

/** Brings a person's change of a case into the tables. */
export async function applyCaseChange(session: StateSession, change: RecordedChange): Promise<void> {
  const data = RecordedCaseChange.parse(change.data);
  switch (change.kind) {
    case kinds.split:
      return await applySplit(session, change, data);
    case kinds.merged:
      return await applyMerge(session, change, data);
    default:
      return await applyReplaced(session, change, data);
  }
}

async function applyReplaced(
  session: StateSession,
  change: RecordedChange,
  { id, before, after, note }: RecordedCaseChange,
): Promise<void> {
  const { tenant } = change;
  if (after.status !== undefined)
    await session.query('UPDATE cases SET status = $3 WHERE tenant = $1 AND id = $2', [
      tenant,
      id,
      after.status,
    ]);
  if (after.assignee !== undefined)
    await session.query('UPDATE cases SET assignee = $3 WHERE tenant = $1 AND id = $2', [
      ...[tenant, id],
      after.assignee,
    ]);
  const kind =
    after.status !== undefined ? 'status' : after.assignee !== undefined ? 'assigned' : 'commented';
  await addLine(session, change, { id, kind, details: { before, after }, note });
}

/** The alerts go to a new case; entities whose latest alert is among them lead there from now on. */
async function applySplit(
  session: StateSession,
  change: RecordedChange,
  { id, ids, other, note }: RecordedCaseChange,
): Promise<void> {
  const { tenant, at } = change;
  const to = other?.id ?? '';
  await session.query(
    `INSERT INTO cases (tenant, id, title, status, alerts, created_at, changed_at, last_at, revision, history_lines)
     SELECT tenant, $3, title, 'new', 0, $4, $4, last_at, 0, 0 FROM cases WHERE tenant = $1 AND id = $2`,
    [tenant, id, to, at],
  );
  await move(session, change, { from: [id], to, alerts: ids, note, kind: 'split' });
  await session.query(
    'UPDATE case_entities SET case_id = $3 WHERE tenant = $1 AND case_id = $2 AND alert = ANY($4::text[])',
    [tenant, id, to, ids],
  );
  await recount(session, tenant, [id, to]);
  await addLine(session, change, { id, kind: 'split', details: { to, alerts: ids.length }, note });
  await addLine(session, change, { id: to, kind: 'split', details: { from: id, alerts: ids.length }, note });
}

/** All alerts of the other cases come in; those stay as a name that leads here. */
async function applyMerge(
  session: StateSession,
  change: RecordedChange,
  { id, ids, note }: RecordedCaseChange,
): Promise<void> {
  const { tenant } = change;
  await move(session, change, { from: ids, to: id, alerts: null, note, kind: 'merged' });
  await session.query(
    'UPDATE case_entities SET case_id = $2 WHERE tenant = $1 AND case_id = ANY($3::text[])',
    [tenant, id, ids],
  );
  await session.query(
    `UPDATE cases SET merged_into = $2, status = 'closed' WHERE tenant = $1 AND id = ANY($3::text[])`,
    [tenant, id, ids],
  );
  await recount(session, tenant, [id, ...ids]);
  await addLine(session, change, { id, kind: 'merged', details: { from: ids }, note });
  for (const from of ids)
    await addLine(session, change, { id: from, kind: 'merged', details: { into: id }, note });
}

interface Move {
  readonly from: readonly string[];
  readonly to: string;
  /** Null: all. */
  readonly alerts: readonly string[] | null;
  readonly kind: 'split' | 'merged';
  readonly note: string;
}

async function move(
  session: StateSession,
  { tenant, by }: RecordedChange,
  { from, to, alerts, kind, note }: Move,
): Promise<void> {
  await session.query(
    `UPDATE case_alerts
     SET case_id = $3, reason = jsonb_build_object('kind', $4::text, 'by', $5::text, 'from', case_id, 'note', $6::text)
     WHERE tenant = $1 AND case_id = ANY($2::text[]) AND ($7::text[] IS NULL OR alert = ANY($7::text[]))`,
    [tenant, from, to, kind, by.name, note, alerts],
  );
}

/** A case counts its alerts, and its newest one decides its place in the list. */
export async function recount(session: StateSession, tenant: string, ids: readonly string[]): Promise<void> {
  await session.query(
    `UPDATE cases SET alerts = found.alerts, last_at = coalesce(found.last_at, cases.last_at)
     FROM (
       SELECT wanted.id, count(member.alert)::int4 AS alerts, max(member.seen) AS last_at
       FROM unnest($2::text[]) AS wanted(id)
       LEFT JOIN case_alerts AS member ON member.tenant = $1 AND member.case_id = wanted.id
       GROUP BY wanted.id
     ) AS found
     WHERE cases.tenant = $1 AND cases.id = found.id`,
    [tenant, ids],
  );
}

interface Line {
  readonly id: string;
  readonly kind: CaseHistoryLine['kind'];
  readonly details: CaseHistoryLine['details'];
  readonly note: string;
}

/** A line of history; the case's revision rises with it. */
async function addLine(
  session: StateSession,
  { tenant, at, by }: RecordedChange,
  { id, kind, details, note }: Line,
): Promise<void> {
  await session.query(
    `UPDATE cases SET revision = revision + 1, history_lines = history_lines + 1, changed_at = $3
     WHERE tenant = $1 AND id = $2`,
    [tenant, id, at],
  );
  await session.query(
    `INSERT INTO case_history (tenant, case_id, line, at, by_id, by_name, kind, details, note)
     SELECT tenant, id, history_lines, $3, $4, $5, $6, $7::jsonb, $8 FROM cases WHERE tenant = $1 AND id = $2`,
    [tenant, id, at, by.id, by.name, kind, details, note],
  );
}
