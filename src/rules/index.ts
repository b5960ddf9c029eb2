/**
 * Rules: packs of Sigma rules on disk, taken up when they change; which of them are in force for whom; the tests that rules bring
 * along. Judges events for the pipeline; makes no alerts.
 */
export {
  createRuleJudge,
  type JudgedColumn,
  type JudgedEvent,
  type JudgedPack,
  judgedColumns,
  type RuleHit,
  type RuleJudge,
} from './judge.ts';
export { type LiveRules, openLiveRules } from './live.ts';
export { openRuleMask, type RuleMask, type RuleMaskEntries, rulesProjection } from './mask.ts';
export { loadPack, ownRules, type RulePack } from './pack.ts';
export { type RuleTestResult, runRuleTests } from './rule-tests.ts';
export { createRules, type Rules } from './service.ts';
