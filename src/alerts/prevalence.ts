import * as z from 'zod';
import { contextDays, mostEntitiesLookedAt, type RulePrevalence } from '../contracts/alert-routes.ts';
import type { StateOptions, StateSession } from '../state/index.ts';

const dayMs = 24 * 3_600_000;

const Totals = z.object({
  hits: z.int(),
  alerts: z.int(),
  folded: z.int(),
  excepted: z.int(),
  days: z.int(),
});
const Entities = z.object({ looked_at: z.int(), entities: z.int() });

export interface PrevalenceRequest {
  readonly tenant: string;
  readonly rule: string;
  readonly now: Date;
}

/** What a rule did in the last 30 days: from the counters by day, and of its alerts at most `mostEntitiesLookedAt`. */
export async function readPrevalence(
  session: StateSession,
  { tenant, rule, now }: PrevalenceRequest,
  options: StateOptions,
): Promise<RulePrevalence> {
  const since = now.getTime() - contextDays * dayMs;
  const [totals] = await session.query(
    `SELECT coalesce(sum(hits), 0)::bigint AS hits, coalesce(sum(alerts), 0)::bigint AS alerts,
       coalesce(sum(folded), 0)::bigint AS folded, coalesce(sum(excepted), 0)::bigint AS excepted,
       count(*)::int4 AS days
     FROM alert_rule_days WHERE tenant = $1 AND rule = $2 AND day > $3`,
    [tenant, rule, Math.floor(since / dayMs)],
    options,
  );
  const [found] = await session.query(
    `SELECT count(*)::int4 AS looked_at,
       (count(DISTINCT (entity_kind, entity_value)) FILTER (WHERE last_seen >= $3::timestamptz))::int4 AS entities
     FROM (
       SELECT entity_kind, entity_value, last_seen FROM alerts
       WHERE tenant = $1 AND rule = $2 AND NOT summary LIMIT ${mostEntitiesLookedAt}
     ) AS part`,
    [tenant, rule, new Date(since).toISOString()],
    options,
  );
  const { days, ...counts } = Totals.parse(totals);
  const { looked_at, entities } = Entities.parse(found);
  return { ...counts, days_with_hits: days, entities, entities_at_least: looked_at >= mostEntitiesLookedAt };
}
