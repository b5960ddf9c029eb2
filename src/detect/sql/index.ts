/**
 * Rules as ClickHouse SQL over stored events. What SQL can't say exactly it narrows from both sides: a condition that
 * holds for every hit, and one that holds for hits only; the interpreter judges the rows between them.
 */
export { compileRuleSql, compileRulesSql } from './compile-rule.ts';
export type { RuleSetSql, RuleSql } from './rule-sql.ts';
