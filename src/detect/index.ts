/**
 * Detection by Sigma rules, pure: parsing to a typed tree with positions, the plain interpreter that is the judge of
 * every faster engine, and the table that says which events a log source means. Reads no file, opens nothing, stores
 * nothing; packs, alerts and correlation over time are other rooms'.
 */

export { applyFilters } from './apply-filters.ts';
export type {
  CompareTest,
  ConditionNode,
  FieldNode,
  KeywordsNode,
  LogSource,
  PatternPiece,
  RuleDetection,
  SearchNode,
  SigmaFilter,
  SigmaRule,
  TextPattern,
  ValueTest,
} from './ast.ts';
export {
  type Bound,
  type Correlation,
  type CorrelationRule,
  type CorrelationTest,
  isWithin,
} from './correlation.ts';
export type { Alternative } from './correlation-alternatives.ts';
export { readFields, sourcesOf } from './correlation-fields.ts';
export {
  type CorrelationMember,
  type ResolvedCorrelation,
  type ResolvedCorrelations,
  resolveCorrelations,
} from './correlation-resolve.ts';
export { detectedBy } from './detected-by.ts';
export { createDetector, type Detector, type Hit, routingOf } from './detector.ts';
export { type Diagnostic, type DiagnosticCode, diagnosticCodes, mendOf } from './diagnostic.ts';
export { entityOf } from './entity.ts';
export type { NativeFields } from './event-view.ts';
export { fold } from './fold.ts';
export { type CompiledRule, compileRule, type FieldAliases, type MatchedField } from './interpret.ts';
export { detectionId, logicHash } from './logic-hash.ts';
export type { DetectRecord } from './matcher/matcher.ts';
export { type ParsedRules, type ParseOptions, parseRules } from './parse-rules.ts';
export type { Placeholders } from './placeholders.ts';
export { knownLogSources, type Route, routesOf } from './routes.ts';
export { isSelected, type RoutedEvent, type Selector, selectorSql } from './selector.ts';
export { compileRuleSql, type RuleSql } from './sql/index.ts';
