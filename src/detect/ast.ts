import type { RuleLevel } from '../contracts/index.ts';
import type { Position } from './diagnostic.ts';

/** What rules and correlation rules say of themselves. */
export interface RuleHead {
  readonly at: Position;
  readonly file: string;
  /** As written; made from what the rule says (`logic-…`, `correlation-…`) when it has none. */
  readonly id: string;
  /** '' when it has none; correlations may refer to it by this. */
  readonly name: string;
  readonly title: string;
  readonly level: RuleLevel;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly date: string;
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly references: readonly string[];
}

/** A Sigma rule (specification 2.1) as data: what parsing leaves of it. Nodes are plain, readonly and say where they stood. */
export interface SigmaRule extends RuleHead {
  readonly kind: 'rule';
  readonly logsource: LogSource;
  readonly detection: RuleDetection;
}

/** A filter document (Sigma filters specification): what its rules must find besides. */
export interface SigmaFilter {
  readonly kind: 'filter';
  readonly at: Position;
  readonly file: string;
  /** '' when it has none. */
  readonly id: string;
  readonly title: string;
  /** Of the rules that it may be about: what it leaves open fits all. */
  readonly logsource: LogSource;
  readonly rules: 'any' | readonly { readonly rule: string; readonly at: Position }[];
  readonly detection: RuleDetection;
}

/** Which events a rule is about. Parts are in lower case. */
export interface LogSource {
  readonly kind: 'logsource';
  readonly at: Position;
  readonly product: string | undefined;
  readonly category: string | undefined;
  readonly service: string | undefined;
}

export interface RuleDetection {
  readonly kind: 'detection';
  readonly at: Position;
  readonly searches: ReadonlyMap<string, SearchNode>;
  /** Any of them makes a hit. */
  readonly conditions: readonly ConditionNode[];
}

export type ConditionNode =
  | { readonly kind: 'and'; readonly at: Position; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'or'; readonly at: Position; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly at: Position; readonly of: ConditionNode }
  | { readonly kind: 'search'; readonly at: Position; readonly name: string }
  | QuantifiedNode;

/** `1 of selection*`, `all of them`: at least `count` of the named searches. */
export interface QuantifiedNode {
  readonly kind: 'quantified';
  readonly at: Position;
  readonly count: number;
  readonly names: readonly string[];
}

/** What a search says of an event: a map is all of its items, a list any of its elements. */
export type SearchNode =
  | { readonly kind: 'all-of'; readonly at: Position; readonly of: readonly SearchNode[] }
  | { readonly kind: 'any-of'; readonly at: Position; readonly of: readonly SearchNode[] }
  | FieldNode
  | KeywordsNode;

/** Tests of one field. `link` joins them; `negated` (`neq`) turns the whole round. */
export interface FieldNode {
  readonly kind: 'field';
  readonly at: Position;
  readonly field: string;
  readonly link: 'any' | 'all';
  readonly negated: boolean;
  readonly tests: readonly ValueTest[];
}

/** Tests of all values of the event: each holds when any value fits. */
export interface KeywordsNode {
  readonly kind: 'keywords';
  readonly at: Position;
  readonly link: 'any' | 'all';
  readonly negated: boolean;
  readonly tests: readonly ValueTest[];
}

export type ValueTest =
  | TextTest
  | RegexTest
  | FieldReferenceTest
  | CompareTest
  | {
      readonly kind: 'cidr';
      readonly network: string;
      readonly bits: number;
      readonly family: 'ipv4' | 'ipv6';
    }
  /** The field is absent or null; an empty text is neither. */
  | { readonly kind: 'null' }
  /** The field is there, whatever it holds. */
  | { readonly kind: 'exists'; readonly expected: boolean }
  /** One written value that became several (offsets of Base64, values of a placeholder). */
  | { readonly kind: 'any'; readonly of: readonly ValueTest[] };

export interface TextTest {
  readonly kind: 'text';
  readonly pattern: TextPattern;
  readonly cased: boolean;
}

/** A whole text, piece by piece. */
export type TextPattern = readonly PatternPiece[];

export type PatternPiece =
  | { readonly kind: 'literal'; readonly text: string }
  /** `*`: any run of characters, also none. */
  | { readonly kind: 'run' }
  /** `?`: one character (code point). */
  | { readonly kind: 'one' }
  /** `windash`: any of the characters that Windows takes for a dash. */
  | { readonly kind: 'dash' };

export interface RegexTest {
  readonly kind: 'regex';
  readonly source: string;
  readonly flags: RegexFlags;
}

export interface RegexFlags {
  readonly insensitive: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

export type TextPlace = 'whole' | 'start' | 'end' | 'anywhere';

/** The field's text is (begins with, …) the text of another field; false when either is absent. */
export interface FieldReferenceTest {
  readonly kind: 'fieldref';
  readonly field: string;
  readonly place: TextPlace;
  readonly cased: boolean;
}

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte' | 'eq';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** The field's number, or a part of the time that it holds, against a number. */
export interface CompareTest {
  readonly kind: 'compare';
  readonly comparison: Comparison;
  /** Decimal digits, so that integers beyond 2^53 keep theirs. */
  readonly value: string;
  readonly part: TimePart | undefined;
}
