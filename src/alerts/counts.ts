import type { StateSession } from '../state/index.ts';

export interface AlertName {
  readonly tenant: string;
  readonly id: string;
}

/**
 * What each alert adds to its tenant's counters: `part` is its status, for the facet `verdict` its verdict. From the rows themselves,
 * so that counters and alerts can't come to differ.
 */
const add = `
  INSERT INTO alert_counts AS kept (tenant, facet, value, part, count)
  SELECT alerts.tenant, step.facet, step.value, step.part, $2::bigint * count(*)
  FROM jsonb_to_recordset($1::jsonb) AS named(tenant text, id text)
  JOIN alerts ON alerts.tenant = named.tenant AND alerts.id = named.id
  CROSS JOIN LATERAL (VALUES
    ('severity', alerts.severity::text, alerts.status),
    ('rule', alerts.rule, alerts.status),
    ('assignee', coalesce(alerts.assignee, ''), alerts.status),
    ('verdict', alerts.rule, alerts.verdict)
  ) AS step(facet, value, part)
  WHERE step.part IS NOT NULL
  GROUP BY alerts.tenant, step.facet, step.value, step.part
  ON CONFLICT (tenant, facet, value, part) DO UPDATE SET count = kept.count + EXCLUDED.count`;

/**
 * Counts alerts out, lets `work` make, change or remove them, and counts them in again, all in the caller's transaction. A
 * counter at nought is removed.
 */
export async function recounted(
  session: StateSession,
  names: readonly AlertName[],
  work: () => Promise<void>,
): Promise<void> {
  if (names.length === 0) return await work();
  const named = names.map(({ tenant, id }) => ({ tenant, id }));
  await session.query(add, [named, -1]);
  await work();
  await session.query(add, [named, 1]);
  const tenants = [...new Set(names.map(({ tenant }) => tenant))];
  await session.query('DELETE FROM alert_counts WHERE tenant = ANY($1::text[]) AND count = 0', [tenants]);
}
