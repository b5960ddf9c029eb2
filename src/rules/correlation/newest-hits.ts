import { timeSql } from '../../sql/index.ts';
import type { CorrelationStore } from './hit-store.ts';
import type { Position } from './position.ts';

/** The newest hits of a rule in a tenant. */
export interface NewestHits {
  /** Milliseconds: when one was written last. */
  readonly ingested: number;
  /** Microseconds. */
  readonly time: number;
}

/** By tenant and rule: the newest hits of those that were written since a time. */
export async function newestHits(
  store: CorrelationStore,
  since: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, NewestHits>>> {
  const rows = await store.rows(
    'SELECT tenant, rule, max(toUnixTimestamp64Milli(ingested_at)) AS ingested, max(toUnixTimestamp64Micro(time)) AS newest ' +
      `FROM rule_hits WHERE ingested_at > ${timeSql(since)} GROUP BY tenant, rule ORDER BY tenant, rule`,
    signal,
  );
  const tenants = new Map<string, Map<string, NewestHits>>();
  for (const { tenant, rule, ingested, newest } of rows) {
    const rules = tenants.get(String(tenant)) ?? new Map<string, NewestHits>();
    rules.set(String(rule), { ingested: Number(ingested), time: Number(newest) });
    tenants.set(String(tenant), rules);
  }
  return tenants;
}

/** Whether a turn that ended at a position took in all of a rule's hits, and saw their episodes close. */
export function isPast(
  { ingested, time }: NewestHits,
  position: Position | undefined,
  timespan: number,
): boolean {
  if (position === undefined) return false;
  return ingested <= Math.min(position.ingested, position.imported) && time + timespan < position.watermark;
}
