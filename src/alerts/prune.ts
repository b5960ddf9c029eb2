import * as z from 'zod';
import { maxChangeIds } from '../contracts/alert.ts';
import { maxExceptionDays } from '../contracts/exception-routes.ts';
import type { Change } from '../contracts/index.ts';
import type { Journal, RecordedChange } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { recounted } from './counts.ts';
import { system } from './fold.ts';
import type { StoredAlert } from './rows.ts';
import { readAlerts } from './view.ts';

export const prunedKind = 'alerts.pruned';

/** As long as the longest exception. */
const pendingMs = maxExceptionDays * 24 * 3_600_000;

const Pruned = z.strictObject({ alerts: z.array(z.string()).max(maxChangeIds) });

export interface PruneRequest {
  readonly tenant: string;
  readonly before: Date;
  readonly onProgress?: (pruned: number) => void;
  readonly signal?: AbortSignal;
}

/** Entry after entry, until no closed alert is left that was last changed before the time. Gives how many went. */
export async function pruneInChunks(
  journal: Pick<Journal, 'change'>,
  { tenant, before, onProgress, signal }: PruneRequest,
): Promise<number> {
  let pruned = 0;
  for (;;) {
    signal?.throwIfAborted();
    const entry = await journal.change({ kind: prunedKind, tenant, by: system }, (session) =>
      decidePrune(session, tenant, before),
    );
    if (entry === undefined) return pruned;
    pruned += Pruned.parse(entry.data).alerts.length;
    onProgress?.(pruned);
  }
}

/** The next closed alerts of a tenant whose last change lies before a time; nothing when there are none. */
async function decidePrune(
  session: StateSession,
  tenant: string,
  before: Date,
): Promise<Change['data'] | undefined> {
  const rows = await session.query(
    `SELECT id FROM alerts WHERE tenant = $1 AND closed_at < $2 AND changed_at < $2
     ORDER BY closed_at, id LIMIT ${maxChangeIds}`,
    [tenant, before.toISOString()],
  );
  const alerts = rows.map((row) => z.object({ id: z.string() }).parse(row).id);
  return alerts.length === 0 ? undefined : ({ alerts } satisfies z.infer<typeof Pruned>);
}

/** Removes closed alerts with their detections and history; counters follow, a key that led to one is free again. */
export async function applyPrune(session: StateSession, { tenant, at, data }: RecordedChange): Promise<void> {
  const { alerts: ids } = Pruned.parse(data);
  const gone = await readAlerts(session, tenant, ids);
  await recounted(session, gone, () => remove(session, tenant, gone));
  // What exceptions kept from entities that never had an alert since.
  const before = new Date(Date.parse(at) - pendingMs).toISOString();
  await session.query('DELETE FROM exception_pending WHERE tenant = $1 AND last_seen < $2', [tenant, before]);
}

async function remove(session: StateSession, tenant: string, gone: readonly StoredAlert[]): Promise<void> {
  const ids = gone.map(({ id }) => id);
  const keys = gone.map(({ entity_kind, entity_value, rule, id }) => ({
    entity_kind,
    entity_value,
    rule,
    id,
  }));
  if (keys.length === 0) return;
  await session.query(
    `DELETE FROM alert_keys AS key
     USING jsonb_to_recordset($2::jsonb) AS gone(entity_kind text, entity_value text, rule text, id text)
     WHERE key.tenant = $1 AND key.entity_kind = gone.entity_kind AND key.entity_value = gone.entity_value
       AND key.rule = gone.rule AND key.alert = gone.id`,
    [tenant, keys],
  );
  for (const table of ['alert_detections', 'alert_history', 'alert_exceptions', 'alert_entities'])
    await session.query(`DELETE FROM ${table} WHERE tenant = $1 AND alert = ANY($2::text[])`, [tenant, ids]);
  await session.query('DELETE FROM alerts WHERE tenant = $1 AND id = ANY($2::text[])', [tenant, ids]);
}
