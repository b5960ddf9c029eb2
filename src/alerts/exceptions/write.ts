import { addRows, putRows } from '../../journal/index.ts';
import type { StateSession } from '../../state/index.ts';
import type { ExceptionMemory } from './memory.ts';

/** Writes what exceptions kept from alerts, and hands what was kept from none to alerts that opened since. */
export async function writeExceptions(session: StateSession, memory: ExceptionMemory): Promise<void> {
  await takeOver(session, memory);
  await addRows(
    session,
    'alert_exceptions',
    ['tenant', 'alert', 'exception'],
    [...memory.fromAlerts.values()],
  );
  await addRows(
    session,
    'exception_pending',
    ['tenant', 'entity_kind', 'entity_value', 'rule', 'exception'],
    [...memory.pending.values()],
  );
  await count(session, memory);
  await putRows(session, 'exception_detections', ['tenant', 'exception', 'slot'], [...memory.kept.values()]);
}

async function takeOver(session: StateSession, { claims }: ExceptionMemory): Promise<void> {
  if (claims.length === 0) return;
  await session.query(
    `WITH gone AS (
       DELETE FROM exception_pending AS kept
       USING jsonb_to_recordset($1::jsonb)
         AS claim(tenant text, entity_kind text, entity_value text, rule text, alert text)
       WHERE kept.tenant = claim.tenant AND kept.entity_kind = claim.entity_kind
         AND kept.entity_value = claim.entity_value AND kept.rule = claim.rule
       RETURNING kept.tenant, claim.alert, kept.exception, kept.hits, kept.first_seen, kept.last_seen
     )
     INSERT INTO alert_exceptions (tenant, alert, exception, hits, first_seen, last_seen) SELECT * FROM gone`,
    [claims.map((each) => ({ ...each }))],
  );
}

async function count(session: StateSession, { counts }: ExceptionMemory): Promise<void> {
  if (counts.size === 0) return;
  await session.query(
    `UPDATE exceptions AS kept
     SET hits = kept.hits + more.hits, last_hit_at = greatest(kept.last_hit_at, more.last_hit_at)
     FROM jsonb_to_recordset($1::jsonb) AS more(tenant text, id text, hits bigint, last_hit_at timestamptz)
     WHERE kept.tenant = more.tenant AND kept.id = more.id`,
    [[...counts.values()]],
  );
}
