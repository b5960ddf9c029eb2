import * as z from 'zod';
import type { Projection, RecordedChange } from '../journal/index.ts';
import type { StateSession } from '../state/index.ts';
import { applyCaseChange, recount } from './apply-change.ts';
import { kinds } from './change.ts';
import { casesMigrations, rebuiltTables } from './tables.ts';

/** Closed alerts that `alerts/` removes leave their cases. */
const prunedKind = 'alerts.pruned';
const Pruned = z.object({ alerts: z.array(z.string()) });

/** What the journal's changes make of cases. Alerts that open come by `followOpenings`, in the transaction in which they open. */
export function casesProjection(): Projection {
  return {
    name: 'cases',
    migrations: casesMigrations,
    tables: rebuiltTables,
    audited: ['id', 'before', 'after', 'ids', 'other', 'note'],
    kinds: [...Object.values(kinds), prunedKind],
    async applyChange(session, change) {
      if (change.kind === prunedKind) await applyPrune(session, change);
      else await applyCaseChange(session, change);
    },
  };
}

/** A case whose last alert goes, goes with it, and so does what was merged into it. */
async function applyPrune(session: StateSession, { tenant, data }: RecordedChange): Promise<void> {
  const { alerts } = Pruned.parse(data);
  const rows = await session.query(
    'DELETE FROM case_alerts WHERE tenant = $1 AND alert = ANY($2::text[]) RETURNING case_id',
    [tenant, alerts],
  );
  await session.query(
    'DELETE FROM case_entities WHERE tenant = $1 AND alert = ANY($2::text[]) AND case_id IS NULL',
    [tenant, alerts],
  );
  const ids = [...new Set(rows.map((row) => z.object({ case_id: z.string() }).parse(row).case_id))];
  if (ids.length === 0) return;
  await recount(session, tenant, ids);
  const gone = await session.query(
    `DELETE FROM cases WHERE tenant = $1 AND alerts = 0 AND (id = ANY($2::text[]) OR merged_into = ANY($2::text[])
       AND merged_into IN (SELECT id FROM cases WHERE tenant = $1 AND alerts = 0 AND merged_into IS NULL))
     RETURNING id`,
    [tenant, ids],
  );
  const names = gone.map((row) => z.object({ id: z.string() }).parse(row).id);
  await session.query('DELETE FROM case_history WHERE tenant = $1 AND case_id = ANY($2::text[])', [
    tenant,
    names,
  ]);
  await session.query(
    'UPDATE case_entities SET case_id = NULL WHERE tenant = $1 AND case_id = ANY($2::text[])',
    [tenant, names],
  );
}
