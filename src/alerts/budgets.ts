import * as z from 'zod';
import { AlertBudget, type BudgetChange, maxBudgets } from '../contracts/alert-routes.ts';
import type { Actor, Change, Detection } from '../contracts/index.ts';
import type { Journal, RecordedChange } from '../journal/index.ts';
import type { StateOptions, StateSession } from '../state/index.ts';
import { alertsErrors } from './errors.ts';
import type { Memory } from './memory.ts';
import { joined } from './rows.ts';

export const budgetKind = 'alerts.budget';

/** Stands for all rules that have no budget of their own. */
const everyRule = '';

const RecordedBudget = z.strictObject({
  rule_id: z.string(),
  before: z.int().nullable(),
  after: z.int().nullable(),
});

const BudgetRow = z.object({ tenant: z.string(), rule: z.string(), alerts_an_hour: z.int() });

/** What the tenants of these detections set, by tenant and rule. */
export async function readBudgets(
  session: StateSession,
  detections: readonly Detection[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.query(
    `SELECT tenant, rule, alerts_an_hour FROM alert_budgets
     WHERE tenant = ANY($1::text[]) AND rule = ANY($2::text[])`,
    [
      [...new Set(detections.map(({ tenant }) => tenant))],
      [everyRule, ...new Set(detections.map(({ rule }) => rule.id))],
    ],
  );
  return new Map(
    rows
      .map((row) => BudgetRow.parse(row))
      .map(({ tenant, rule, alerts_an_hour }) => [joined(tenant, rule), alerts_an_hour]),
  );
}

/** How many alerts a rule may open in an hour. */
export const budgetOf = ({ budgets, limits }: Memory, tenant: string, rule: string): number =>
  budgets.get(joined(tenant, rule)) ?? budgets.get(joined(tenant, everyRule)) ?? limits.alertsAnHour;

export interface BudgetRequest extends BudgetChange {
  readonly tenant: string;
  readonly by: Actor;
}

/** Sets how many alerts an hour a rule may open, or all that have no budget of their own. Throws `alerts.too_many_budgets`. */
export async function setBudget(
  journal: Pick<Journal, 'change'>,
  { tenant, by, rule, alerts_an_hour: after }: BudgetRequest,
): Promise<void> {
  const rule_id = rule ?? everyRule;
  await journal.change({ kind: budgetKind, tenant, by }, (session) =>
    decideBudget(session, { tenant, rule_id, after }),
  );
}

async function decideBudget(
  session: StateSession,
  { tenant, rule_id, after }: { tenant: string; rule_id: string; after: number | null },
): Promise<Change['data'] | undefined> {
  const budgets = await listBudgets(session, tenant);
  const known = budgets.find(({ rule }) => (rule ?? everyRule) === rule_id);
  const before = known?.alerts_an_hour ?? null;
  if (before === after) return undefined;
  if (known === undefined && budgets.length >= maxBudgets)
    throw alertsErrors.make(
      'too_many_budgets',
      `There are ${maxBudgets} budgets already; take one back first`,
    );
  return { rule_id, before, after } satisfies z.infer<typeof RecordedBudget>;
}

export async function applyBudget(session: StateSession, change: RecordedChange): Promise<void> {
  const { tenant, at, by, data } = change;
  const { rule_id, after } = RecordedBudget.parse(data);
  if (after === null) {
    await session.query('DELETE FROM alert_budgets WHERE tenant = $1 AND rule = $2', [tenant, rule_id]);
    return;
  }
  await session.query(
    `INSERT INTO alert_budgets (tenant, rule, alerts_an_hour, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant, rule) DO UPDATE SET alerts_an_hour = $3, changed_at = $4, changed_by = $5`,
    [tenant, rule_id, after, at, by.name],
  );
}

/** The budgets that a tenant set; that of all rules has a rule of null. */
export async function listBudgets(
  session: StateSession,
  tenant: string,
  options: StateOptions = {},
): Promise<readonly AlertBudget[]> {
  const rows = await session.query(
    `SELECT nullif(rule, '${everyRule}') AS rule, alerts_an_hour, changed_at, changed_by FROM alert_budgets
     WHERE tenant = $1 ORDER BY alert_budgets.rule LIMIT ${maxBudgets}`,
    [tenant],
    options,
  );
  return rows.map((row) => AlertBudget.parse(row));
}
