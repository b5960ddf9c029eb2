/** Where something stands in a rule file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong with a rule: where and what; `mendOf` its code says what to do. An error leaves the rule out. */
export interface Diagnostic extends Position {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly message: string;
}

/** What each code means, and what to do about it. A rule with an error is not loaded; one with warnings is. */
export const diagnosticCodes = {
  'detect.yaml': {
    severity: 'error',
    meaning: 'the file is not sound YAML',
    mend: 'Mend the YAML at this place. Texts with `:`, `#`, `%` or `*` want quotes, and no key may stand twice in a map.',
  },
  'detect.too_large': {
    severity: 'error',
    meaning: 'a rule file, or what a rule expands to, is past a bound',
    mend: 'Split the file, or write the rule with fewer values.',
  },
  'detect.not_a_rule': {
    severity: 'error',
    meaning: 'a document is no map, so no rule',
    mend: 'Make each document a map with title, logsource and detection; take empty documents out.',
  },
  'detect.correlation_type': {
    severity: 'error',
    meaning: 'a correlation is of a type that Sigma does not have',
    mend: 'Use event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile or value_median.',
  },
  'detect.timespan': {
    severity: 'error',
    meaning: 'a timespan cannot be read, or is longer than is looked back',
    mend: 'Write a whole number and a unit: `90s`, `15m`, `6h`, `1d`.',
  },
  'detect.unknown_rule': {
    severity: 'error',
    meaning: 'a correlation names a rule that is not among the loaded ones',
    mend: 'Name a rule by the `id` or `name` that it has, and load the pack that holds it.',
  },
  'detect.ambiguous_rule': {
    severity: 'error',
    meaning: 'a correlation names a rule by a name that several have',
    mend: 'Name the rule by its `id`.',
  },
  'detect.correlation_cycle': {
    severity: 'error',
    meaning: 'correlations refer to each other in a circle',
    mend: 'Take one of the references out, so that no correlation needs itself.',
  },
  'detect.filter': {
    severity: 'error',
    meaning: 'a filter document cannot be read',
    mend: 'Give the filter `rules` (`any`, or a list of ids or names), a selection and a condition.',
  },
  'detect.filter_keeps': {
    severity: 'warning',
    meaning: 'a filter whose condition says `not` nowhere leaves only the hits that it describes',
    mend: 'Write `condition: not selection` to leave out what the selection describes.',
  },
  'detect.filter_without_rule': {
    severity: 'warning',
    meaning: 'a filter names a rule that is not loaded, or of another log source',
    mend: 'Correct the id or name, load the pack of the rule, or widen the log source of the filter.',
  },
  'detect.action': {
    severity: 'error',
    meaning: 'an `action` of a collection is none of global, reset and repeat',
    mend: 'Use one of the three, or better write each rule out whole: Sigma has no collections any more.',
  },
  'detect.missing': {
    severity: 'error',
    meaning: 'a part that every rule must have is absent',
    mend: 'Add the part that the message names.',
  },
  'detect.wrong_type': {
    severity: 'error',
    meaning: 'a part of the rule is of a type that has no meaning there',
    mend: 'Write the part in the form that the message names.',
  },
  'detect.key': {
    severity: 'error',
    meaning: 'a key is no text, or one that Sigma does not know',
    mend: 'Quote the key, or spell it as the Sigma specification does.',
  },
  'detect.level': {
    severity: 'error',
    meaning: 'the level is none of the five that Sigma has',
    mend: 'Use informational, low, medium, high or critical.',
  },
  'detect.condition': {
    severity: 'error',
    meaning: 'the condition cannot be read',
    mend: 'Write searches of this rule joined by `and`, `or`, `not`, brackets, `1 of NAME*` or `all of them`.',
  },
  'detect.aggregation': {
    severity: 'error',
    meaning: 'the condition counts over events (`| count()`), which Sigma moved to correlation rules',
    mend: 'End the condition before the `|`, and write a correlation rule that names this one: `type: event_count` for count(), `value_count` for count(field), `temporal` for near.',
  },
  'detect.unknown_search': {
    severity: 'error',
    meaning: 'the condition names a search that is not there',
    mend: 'Correct the name in the condition, or add a search of that name to the detection.',
  },
  'detect.unknown_modifier': {
    severity: 'error',
    meaning: 'a value modifier is not known',
    mend: 'Spell the modifier as the message lists them; processing pipelines are not read here.',
  },
  'detect.modifier_combination': {
    severity: 'error',
    meaning: 'value modifiers that have no meaning together',
    mend: 'Take one of the modifiers out, or put the other values in a search of their own.',
  },
  'detect.value': {
    severity: 'error',
    meaning: 'a value does not fit its field or modifiers',
    mend: 'Write a value of the kind that the message names, or use another modifier.',
  },
  'detect.regex': {
    severity: 'error',
    meaning: 'a regular expression is not well-formed',
    mend: 'Mend the expression at the character that the message names; single quotes keep backslashes as they are.',
  },
  'detect.regex_unsupported': {
    severity: 'error',
    meaning: 'a regular expression uses what cannot be matched in linear time, or is outside Sigma',
    mend: 'Say it without look-around, back-references and possessive quantifiers: split it into several values, or move what must not be there into a search under `not`.',
  },
  'detect.placeholder': {
    severity: 'error',
    meaning: 'a placeholder (`|expand`) has no values here',
    mend: 'Add the name with its values to placeholders.yml in the folder of the pack, or disable the rule by taking its file out.',
  },
  'detect.no_id': {
    severity: 'warning',
    meaning: 'the rule has no id; one is made from its logic',
    mend: 'Add an `id`: a UUID, made once (`uuidgen`) and kept for ever.',
  },
  'detect.same_id': {
    severity: 'warning',
    meaning: 'two rules of a pack have one id; only one of them is loaded',
    mend: 'Give each rule an `id` of its own, or take one out.',
  },
  'detect.no_level': {
    severity: 'warning',
    meaning: 'the rule has no level; medium is taken',
    mend: 'Add a `level`.',
  },
  'detect.single_all': {
    severity: 'warning',
    meaning: '`all` stands over a single value',
    mend: 'Take `|all` out of the key, or give it a second value.',
  },
  'detect.unused_search': {
    severity: 'warning',
    meaning: 'the condition never names this search',
    mend: 'Name the search in the condition, or take it out.',
  },
  'detect.timeframe': {
    severity: 'warning',
    meaning: '`timeframe` has no meaning in a rule over single events',
    mend: 'Take `timeframe` out; what happens within a time is for a correlation rule with a `timespan`.',
  },
  'detect.unroutable': {
    severity: 'warning',
    meaning: 'no source here gives events of this log source',
    mend: 'Correct product, category and service by the log sources in docs/reference/sigma.md, or take the rule out: it can never match here.',
  },
  'detect.judged': {
    severity: 'warning',
    meaning: 'over stored events the rule is narrowed by SQL and judged event by event, which takes longer',
    mend: 'Nothing need be done: the hits are the same. Name fields instead of keywords, and lower the counts of regular expressions, for a faster search.',
  },
} as const satisfies Record<string, { severity: 'error' | 'warning'; meaning: string; mend: string }>;

export type DiagnosticCode = keyof typeof diagnosticCodes;

/** What to do about a diagnostic. */
export const mendOf = (code: DiagnosticCode): string => diagnosticCodes[code].mend;
