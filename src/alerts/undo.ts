import * as z from 'zod';
import { AlertId, maxChangeIds } from '../contracts/alert.ts';
import type { Actor, Change } from '../contracts/index.ts';
import type { Journal, RecordedChange } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { applyReplaced } from './apply-change.ts';
import { perEntry } from './bulk.ts';
import { Replaced } from './change.ts';
import { alertsErrors } from './errors.ts';
import { keyCursor } from './key-cursor.ts';
import type { Notice } from './outbox.ts';

export const undoneKind = 'alerts.undone';

/** What each alert gets back. An undoing is a change of many itself, so that it can be undone as well. */
const RecordedUndo = z.strictObject({
  undone: z.string(),
  bulk: z.string(),
  alerts: z.array(z.strictObject({ id: z.string(), before: Replaced, after: Replaced })).max(maxChangeIds),
});
type RecordedUndo = z.infer<typeof RecordedUndo>;

export interface UndoRequest {
  readonly tenant: string;
  readonly by: Actor;
  /** The change of many that is undone, and the name of the undoing. */
  readonly undone: string;
  readonly bulk: string;
  /** Where a call before ended. */
  readonly cursor?: string | undefined;
  /** At most about so many lines of the change in this call. */
  readonly limit?: number;
  readonly onProgress?: (progress: UndoProgress) => void;
  readonly signal?: AbortSignal;
}

export interface UndoProgress {
  readonly undone: number;
  /** Alerts that a person changed since, or that are not there any more: they stay as they are. */
  readonly refused: number;
  /** Where a further call goes on; null at the end. */
  readonly next: string | null;
}

type Place = readonly [alert: string, line: number];
const cursors = keyCursor<Place>(
  z.tuple([z.union([AlertId, z.literal('')]), z.int().nonnegative()]).readonly(),
);

const Line = z.object({
  alert: z.string(),
  line: z.int(),
  before: Replaced,
  after: Replaced,
  /** Whether the alert is there, and no person changed it since. */
  is_last: z.boolean(),
});

/**
 * Gives the alerts of a change of many back what they had, chunk after chunk; the signal is looked at before each. Throws
 * `alerts.bulk_unknown`, `alerts.cursor`, and what the journal throws.
 */
export async function undoInChunks(
  { state, journal }: { readonly state: StateSession; readonly journal: Pick<Journal, 'change'> },
  request: UndoRequest,
): Promise<UndoProgress> {
  const { tenant, by, undone, bulk, limit = Number.POSITIVE_INFINITY, signal } = request;
  let progress: UndoProgress = { undone: 0, refused: 0, next: null };
  let from: Place = request.cursor === undefined ? ['', 0] : cursors.read(request.cursor);
  for (let looked = 0; looked < limit; looked += perEntry) {
    signal?.throwIfAborted();
    const lines = await readLines(state, { tenant, undone, from });
    const last = lines.at(-1);
    if (last === undefined) break;
    from = [last.alert, last.line];
    const places = lines.map(({ alert, line }) => ({ alert, line }));
    const entry = await journal.change({ kind: undoneKind, tenant, by }, (session) =>
      decideUndo(session, { tenant, undone, bulk, places }),
    );
    const done = entry === undefined ? 0 : RecordedUndo.parse(entry.data).alerts.length;
    progress = {
      undone: progress.undone + done,
      refused: progress.refused + lines.length - done,
      next: lines.length < perEntry ? null : cursors.write(from),
    };
    request.onProgress?.(progress);
    if (progress.next === null) break;
  }
  if (from[0] === '')
    throw alertsErrors.make('bulk_unknown', `There is nothing of a change ${undone} to undo`);
  return progress;
}

const lineColumns = `
  history.alert, history.line, history.before, history.after,
  (alerts.id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM alert_history AS later
    WHERE later.tenant = history.tenant AND later.alert = history.alert AND later.line > history.line
      AND later.kind <> 'raised'
  )) AS is_last`;

/** The lines of a change of many behind a place; comments can't be undone. */
async function readLines(
  session: StateSession,
  { tenant, undone, from }: { readonly tenant: string; readonly undone: string; readonly from: Place },
) {
  const rows = await session.query(
    `SELECT ${lineColumns} FROM alert_history AS history
     LEFT JOIN alerts ON alerts.tenant = history.tenant AND alerts.id = history.alert
     WHERE history.tenant = $1 AND history.bulk = $2 AND history.kind <> 'commented'
       AND (history.alert, history.line) > ($3::text COLLATE "C", $4::int4)
     ORDER BY history.alert, history.line LIMIT ${perEntry}`,
    [tenant, undone, ...from],
  );
  return rows.map((row) => Line.parse(row));
}

interface UndoDecision {
  readonly tenant: string;
  readonly undone: string;
  readonly bulk: string;
  readonly places: readonly { readonly alert: string; readonly line: number }[];
}

/** What to give back, of the lines that are still the last of their alerts. */
async function decideUndo(
  session: StateSession,
  { tenant, undone, bulk, places }: UndoDecision,
): Promise<Change['data'] | undefined> {
  const rows = await session.query(
    `SELECT ${lineColumns} FROM jsonb_to_recordset($2::jsonb) AS wanted(alert text, line integer)
     JOIN alert_history AS history
       ON history.tenant = $1 AND history.alert = wanted.alert AND history.line = wanted.line
     LEFT JOIN alerts ON alerts.tenant = history.tenant AND alerts.id = history.alert
     ORDER BY history.alert`,
    [tenant, places.map((place) => ({ ...place }))],
  );
  const alerts = rows
    .map((row) => Line.parse(row))
    .filter(({ is_last }) => is_last)
    .map(({ alert, before, after }) => ({ id: alert, before: after, after: before }));
  return alerts.length === 0 ? undefined : ({ undone, bulk, alerts } satisfies RecordedUndo);
}

/** Gives alerts back what they had: those with the same values at once. */
export async function applyUndo(session: StateSession, change: RecordedChange): Promise<readonly Notice[]> {
  const { bulk, alerts } = RecordedUndo.parse(change.data);
  const groups = Map.groupBy(alerts, ({ after }) =>
    JSON.stringify([after.status, after.verdict, after.assignee]),
  );
  const notices: Notice[] = [];
  for (const group of groups.values()) {
    const after = group[0]?.after ?? {};
    const same = group.map(({ id, before }) => ({ id, before }));
    notices.push(...(await applyReplaced(session, change, { alerts: same, after, note: '', bulk })));
  }
  return notices;
}
