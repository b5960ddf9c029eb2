import type { ConditionNode, RuleHead } from './ast.ts';
import type { Position } from './diagnostic.ts';

/** A correlation rule (Sigma correlation specification 2.1) as data: what rules find together within a time. */
export interface CorrelationRule extends RuleHead {
  readonly kind: 'correlation';
  readonly correlation: Correlation;
}

export interface Correlation {
  readonly at: Position;
  /** Rules and correlations by id or name, in the order written, each once. */
  readonly rules: readonly RuleReference[];
  /** Fields or aliases whose values hits must have in common; none: all hits are one group. */
  readonly groupBy: readonly string[];
  readonly timespanSeconds: number;
  readonly test: CorrelationTest;
  /** Alias → rule as written in `rules` → field of that rule's events. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** True when the rules that it refers to alert by themselves too. */
  readonly generate: boolean;
}

/** A rule as a correlation names it. */
export interface RuleReference {
  readonly rule: string;
  readonly at: Position;
}

/** When the hits of a window make a match. */
export type CorrelationTest =
  /** `event_count`: how many events. */
  | { readonly kind: 'events'; readonly bounds: readonly Bound[] }
  /** `value_count`: how many different values of the fields, taken together. */
  | { readonly kind: 'values'; readonly fields: readonly string[]; readonly bounds: readonly Bound[] }
  /** `value_sum`, `value_avg`, `value_median`: over the numbers of a field. */
  | {
      readonly kind: 'numbers';
      readonly by: 'sum' | 'average' | 'median';
      readonly field: string;
      readonly bounds: readonly Bound[];
    }
  /** `value_percentile`: the smallest number that so many of a hundred do not exceed. */
  | {
      readonly kind: 'percentile';
      readonly percentile: number;
      readonly field: string;
      readonly bounds: readonly Bound[];
    }
  /** `temporal`, `temporal_ordered` with a number: how many different rules (in the order written). */
  | { readonly kind: 'rules'; readonly ordered: boolean; readonly bounds: readonly Bound[] }
  /** The same with a condition over rules; all of them when none is written. */
  | { readonly kind: 'condition'; readonly ordered: boolean; readonly condition: ConditionNode };

/** All bounds of a test hold, or it doesn't. */
export interface Bound {
  readonly comparison: BoundComparison;
  readonly value: number;
}

export type BoundComparison = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

/** Whether a measured number is within all bounds. */
export function isWithin(measured: number, bounds: readonly Bound[]): boolean {
  return bounds.every(({ comparison, value }) => comparisons[comparison](measured, value));
}

const comparisons: Readonly<Record<BoundComparison, (measured: number, value: number) => boolean>> = {
  gt: (measured, value) => measured > value,
  gte: (measured, value) => measured >= value,
  lt: (measured, value) => measured < value,
  lte: (measured, value) => measured <= value,
  eq: (measured, value) => measured === value,
  neq: (measured, value) => measured !== value,
};
