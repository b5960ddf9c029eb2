/** Where something stands in a rule file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong with a rule: where, what, and what to do. An error leaves the rule out. */
export interface Diagnostic extends Position {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly message: string;
}

/** What each code means. A rule with an error is not loaded; one with warnings is. */
export const diagnosticCodes = {
  'detect.yaml': { severity: 'error', meaning: 'the file is not sound YAML' },
  'detect.too_large': {
    severity: 'error',
    meaning: 'a rule file, or what a rule expands to, is past a bound',
  },
  'detect.not_a_rule': { severity: 'error', meaning: 'a document is no map, so no rule' },
  'detect.correlation': { severity: 'error', meaning: 'correlation rules are not run by this engine' },
  'detect.filter': { severity: 'error', meaning: 'filter documents are not applied by this engine' },
  'detect.missing': { severity: 'error', meaning: 'a part that every rule must have is absent' },
  'detect.wrong_type': {
    severity: 'error',
    meaning: 'a part of the rule is of a type that has no meaning there',
  },
  'detect.key': { severity: 'error', meaning: 'a key is no text, or one that Sigma does not know' },
  'detect.level': { severity: 'error', meaning: 'the level is none of the five that Sigma has' },
  'detect.condition': { severity: 'error', meaning: 'the condition cannot be read' },
  'detect.aggregation': {
    severity: 'error',
    meaning: 'the condition counts over events (`| count()`), which Sigma moved to correlation rules',
  },
  'detect.unknown_search': { severity: 'error', meaning: 'the condition names a search that is not there' },
  'detect.unknown_modifier': { severity: 'error', meaning: 'a value modifier is not known' },
  'detect.modifier_combination': {
    severity: 'error',
    meaning: 'value modifiers that have no meaning together',
  },
  'detect.value': { severity: 'error', meaning: 'a value does not fit its field or modifiers' },
  'detect.regex': { severity: 'error', meaning: 'a regular expression is not well-formed' },
  'detect.regex_unsupported': {
    severity: 'error',
    meaning: 'a regular expression uses what cannot be matched in linear time, or is outside Sigma',
  },
  'detect.placeholder': { severity: 'error', meaning: 'a placeholder (`|expand`) has no values here' },
  'detect.no_id': { severity: 'warning', meaning: 'the rule has no id; one is made from its logic' },
  'detect.no_level': { severity: 'warning', meaning: 'the rule has no level; medium is taken' },
  'detect.single_all': { severity: 'warning', meaning: '`all` stands over a single value' },
  'detect.unused_search': { severity: 'warning', meaning: 'the condition never names this search' },
  'detect.timeframe': {
    severity: 'warning',
    meaning: '`timeframe` has no meaning in a rule over single events',
  },
  'detect.unroutable': { severity: 'warning', meaning: 'no source here gives events of this log source' },
} as const satisfies Record<string, { severity: 'error' | 'warning'; meaning: string }>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
