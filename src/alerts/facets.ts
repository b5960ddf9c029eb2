import * as z from 'zod';
import { type AlertFacets, maxFacetValues } from '../contracts/alert-routes.ts';
import { RuleLevel } from '../contracts/index.ts';
import type { StateOptions, StateSession } from '../state/index.ts';

/** How many alerts of a tenant there are by severity, rule and assignee; read from the counters. */
export async function readFacets(
  session: StateSession,
  tenant: string,
  options: StateOptions,
): Promise<AlertFacets> {
  const severities = await readFacet(session, { tenant, facet: 'severity' }, options);
  const rules = await readRules(session, tenant, options);
  const assignees = await readFacet(session, { tenant, facet: 'assignee' }, options);
  return {
    severity: RuleLevel.options.map((severity, rank) => ({
      severity,
      ...countsOf(severities.find(({ value }) => value === String(rank))),
    })),
    rules: rules.slice(0, maxFacetValues),
    assignees: assignees
      .slice(0, maxFacetValues)
      .map((row) => ({ assignee: row.value === '' ? null : row.value, ...countsOf(row) })),
    truncated: rules.length > maxFacetValues || assignees.length > maxFacetValues,
  };
}

/** One value's counters side by side, most open alerts first. */
const byStatus = `
  SELECT value,
    coalesce(sum(count) FILTER (WHERE part = 'new'), 0)::bigint AS new,
    coalesce(sum(count) FILTER (WHERE part = 'in_progress'), 0)::bigint AS in_progress,
    coalesce(sum(count) FILTER (WHERE part = 'closed'), 0)::bigint AS closed
  FROM alert_counts WHERE tenant = $1 AND facet = $2
  GROUP BY value
  ORDER BY coalesce(sum(count) FILTER (WHERE part <> 'closed'), 0) DESC, sum(count) DESC, value
  LIMIT ${maxFacetValues + 1}`;

const statusCounts = { new: z.int(), in_progress: z.int(), closed: z.int() };
const FacetRow = z.object({ value: z.string(), ...statusCounts });
type FacetRow = z.infer<typeof FacetRow>;

const RuleRow = z.object({
  rule: z.string(),
  title: z.string(),
  ...statusCounts,
  hits: z.int(),
  alerts: z.int(),
  folded: z.int(),
  excepted: z.int(),
});

function countsOf(row: FacetRow | undefined) {
  return { new: row?.new ?? 0, in_progress: row?.in_progress ?? 0, closed: row?.closed ?? 0 };
}

async function readFacet(
  session: StateSession,
  { tenant, facet }: { readonly tenant: string; readonly facet: string },
  options: StateOptions,
): Promise<readonly FacetRow[]> {
  const rows = await session.query(byStatus, [tenant, facet], options);
  return rows.map((row) => FacetRow.parse(row));
}

async function readRules(session: StateSession, tenant: string, options: StateOptions) {
  const rows = await session.query(
    `SELECT known.rule, known.title, counted.new, counted.in_progress, counted.closed,
       known.hits, known.alerts, known.folded, known.excepted
     FROM (${byStatus}) AS counted JOIN alert_rules AS known ON known.tenant = $1 AND known.rule = counted.value
     ORDER BY counted.new + counted.in_progress DESC, known.rule`,
    [tenant, 'rule'],
    options,
  );
  return rows.map((row) => RuleRow.parse(row));
}
