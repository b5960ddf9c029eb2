/**
 * Rules: packs of Sigma rules, installed or on disk, taken up when they change; which of them are in force for whom; the tests that rules bring
 * along. Judges events for the pipeline; makes no alerts.
 */
export { backfillKind } from './backfill.ts';
export { checkRules, type RuleCheck } from './check.ts';
export { createCorrelator } from './correlation/correlator.ts';
export { correlationMigrations } from './correlation/tables.ts';
export { detectionOf, isLoud } from './detection-of.ts';
export { huntKind } from './hunt.ts';
export { createHunts, type Hunts } from './hunt-desk.ts';
export { createHuntHits, huntMigrations } from './hunt-hits.ts';
export type { HuntStore } from './hunt-store.ts';
export { type JudgedPack, rulesInForce } from './in-force.ts';
export { type InstalledPacks, openInstalledPacks } from './installed.ts';
export { rulePacksProjection } from './installed-tables.ts';
export {
  createRuleJudge,
  type JudgedColumn,
  type JudgedEvent,
  judgedColumns,
  type RuleHit,
  type RuleJudge,
} from './judge.ts';
export { type LiveRules, openLiveRules } from './live.ts';
export { openRuleMask, type RuleMask, type RuleMaskEntries, rulesProjection } from './mask.ts';
export { type FolderPack, loadPack, ownRules, type RulePack } from './pack.ts';
export { createRulePacks, type RulePacks } from './pack-service.ts';
export { readPackSource } from './pack-source.ts';
export { type RuleTestResult, runRuleTests } from './rule-tests.ts';
export { createRules, type Rules } from './service.ts';
