import * as z from 'zod';
import { RuleStatistics } from '../contracts/alert-routes.ts';
import type { StateOptions, StateParameter, StateSession } from '../state/index.ts';
import { keyCursor } from './key-cursor.ts';

type Cursor = readonly [hits: number, rule: string];
const cursors = keyCursor<Cursor>(z.tuple([z.int().nonnegative(), z.string()]).readonly());

export interface RuleStatisticsRequest {
  readonly tenant: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Rules by their detections, most first, each with the alerts that these became. Throws `alerts.cursor`. */
export async function readRuleStatistics(
  session: StateSession,
  { tenant, limit, cursor }: RuleStatisticsRequest,
  options: StateOptions,
): Promise<{ readonly rules: readonly RuleStatistics[]; readonly next: string | null }> {
  const values: StateParameter[] = [tenant];
  const place = (value: StateParameter) => `$${values.push(value)}`;
  const beyond = cursor === undefined ? 'TRUE' : beyondOf(cursors.read(cursor), place);
  const rows = await session.query(
    `SELECT known.rule, known.title, known.hits, known.alerts, known.folded, known.excepted,
       coalesce((SELECT sum(count) FROM alert_counts
         WHERE tenant = $1 AND facet = 'rule' AND value = known.rule AND part <> 'closed'), 0)::bigint AS open
     FROM (
       SELECT * FROM alert_rules WHERE tenant = $1 AND ${beyond} ORDER BY hits DESC, rule LIMIT ${limit + 1}
     ) AS known ORDER BY known.hits DESC, known.rule`,
    values,
    options,
  );
  const rules = rows.slice(0, limit).map((row) => RuleStatistics.parse(row));
  const last = rules.at(-1);
  const isEnd = last === undefined || rows.length <= limit;
  return { rules, next: isEnd ? null : cursors.write([last.hits, last.rule]) };
}

const beyondOf = ([hits, rule]: Cursor, place: (value: StateParameter) => string) => {
  const last = place(hits);
  return `(hits < ${last}::bigint OR (hits = ${last}::bigint AND rule > ${place(rule)}))`;
};
