import { joined, type StoredRule } from './rows.ts';

/** Days that are kept of each rule, counted back from its newest: what is asked for is 30 of them. */
export const keptDays = 62;
const hoursADay = 24;

/** What a rule did on a day (counted since 1970, in UTC), to be added to what it did before. */
interface RuleDay {
  readonly tenant: string;
  readonly rule: string;
  readonly day: number;
  readonly hits: number;
  readonly alerts: number;
  readonly folded: number;
  readonly excepted: number;
}

export type RuleDays = Map<string, RuleDay>;

/** The day of a rule's newest hour. A rule never counts on an earlier one again, so what is older can go. */
export const dayOf = ({ hour }: StoredRule): number => Math.floor(hour / hoursADay);

/** Adds what one detection changed of its rule's totals. */
export function countDay(days: RuleDays, before: StoredRule | undefined, after: StoredRule): void {
  const { tenant, rule } = after;
  const day = dayOf(after);
  const name = joined(tenant, rule, String(day));
  const known = days.get(name) ?? { tenant, rule, day, hits: 0, alerts: 0, folded: 0, excepted: 0 };
  days.set(name, {
    ...known,
    hits: known.hits + after.hits - (before?.hits ?? 0),
    alerts: known.alerts + after.alerts - (before?.alerts ?? 0),
    folded: known.folded + after.folded - (before?.folded ?? 0),
    excepted: known.excepted + after.excepted - (before?.excepted ?? 0),
  });
}
