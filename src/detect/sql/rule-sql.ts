import type { TrustedSql } from '../../sql/index.ts';
import type { Diagnostic } from '../diagnostic.ts';

/**
 * A rule as conditions over the columns of `events`. Each is an expression of 0 or 1, never NULL, and names no alias of
 * its own, so that any may stand in PREWHERE, WHERE or a column list, alone or joined by bitAnd and bitOr.
 * `candidates` ⊇ `where` ⊇ hits ⊇ `sure`. Rules with lists of thousands of values are longer than the engine's usual
 * statement: it needs `max_query_size`.
 */
export interface RuleSql {
  /** Necessary, without reading `raw`: which rows to look at all. Good for PREWHERE. */
  readonly candidates: TrustedSql;
  /** Necessary: holds for every hit. Routing is in it. */
  readonly where: TrustedSql;
  /** Sufficient: a row for which it is 1 is a hit; one of `where` for which it is 0 is to be judged by the interpreter. */
  readonly sure: TrustedSql;
  /** True when `where` alone tells the hits: no row need be judged. */
  readonly exact: boolean;
  /** True when `where` reads no `raw`. */
  readonly columnsOnly: boolean;
  /** `detect.judged`: what of the rule SQL narrows only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Rules for one statement. */
export interface RuleSetSql {
  /** The relation that the rules' conditions stand over, made of `events` or what has its columns. */
  over(relation: TrustedSql): TrustedSql;
  /** One a rule, in their order. */
  readonly rules: readonly RuleSql[];
}
