import { createHash } from 'node:crypto';
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Bound, BoundComparison, Correlation, CorrelationRule, CorrelationTest } from './correlation.ts';
import { canonical } from './logic-hash.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProse, textOf, textsOf } from './parse-head.ts';
import type { Entry, RuleSource, YamlNode } from './rule-source.ts';

type Entries = ReadonlyMap<string, Entry>;

/** Rules that one correlation may name. */
const maxRules = 64;
const maxGroupFields = 16;
/** Days that a window may span: hits are looked for so far back. */
const maxTimespanDays = 31;

const types = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const;
type CorrelationType = (typeof types)[number];

const keys = new Set(['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate']);

/** Reads a document with `correlation`. What it refers to is looked up by `resolveCorrelations`, over all files. */
export function parseCorrelation(
  source: RuleSource,
  root: YAMLMap,
  entries: Entries,
): CorrelationRule | undefined {
  const prose = parseProse(source, root, entries);
  const entry = entries.get('correlation');
  if (!isMap(entry?.value)) {
    const message = 'a correlation is a map with type, rules, timespan and condition';
    source.report('wrong_type', entry?.value ?? entry?.keyNode ?? root, message);
    return undefined;
  }
  const correlation = parseBody(source, entry.value, entries.get('generate'));
  if (correlation === undefined) return undefined;
  const id = prose.id === '' ? `correlation-${madeId(correlation)}` : prose.id;
  return { kind: 'correlation', at: source.at(root), file: source.file, ...prose, id, correlation };
}

function madeId({ aliases, ...correlation }: Correlation): string {
  const written = [...aliases].map(([alias, fields]) => [alias, ...fields]);
  const text = canonical({ ...correlation, aliases: written });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function parseBody(source: RuleSource, map: YAMLMap, outerGenerate?: Entry): Correlation | undefined {
  const entries = new Map(source.entries(map).map((entry) => [entry.key, entry]));
  for (const { key, keyNode } of entries.values())
    if (!keys.has(key)) source.report('key', keyNode, `a correlation has no part '${key}'`);
  const type = typeOf(source, map, entries.get('type'));
  const rules = rulesOf(source, map, entries.get('rules'));
  const timespanSeconds = timespanOf(source, map, entries.get('timespan'));
  const test = type && testOf({ source, type, map, rules, entry: entries.get('condition') });
  if (test === undefined || timespanSeconds === undefined) return undefined;
  return {
    at: source.at(map),
    rules,
    groupBy: groupFields(source, entries.get('group-by')),
    timespanSeconds,
    test,
    aliases: aliasesOf(source, entries.get('aliases')),
    // The specification shows it beside `correlation`, tools write it within.
    generate: flagOf(source, entries.get('generate') ?? outerGenerate),
  };
}

function typeOf(source: RuleSource, map: YAMLMap, entry: Entry | undefined): CorrelationType | undefined {
  const written = textOf(source, entry);
  const type = types.find((known) => known === written);
  if (entry === undefined) source.report('missing', map, `a correlation needs a type: ${types.join(', ')}`);
  else if (type === undefined) {
    const message = `the type '${written}' must be one of ${types.join(', ')}`;
    source.report('correlation_type', entry.value ?? entry.keyNode, message);
  }
  return type;
}

function rulesOf(source: RuleSource, map: YAMLMap, entry: Entry | undefined): Correlation['rules'] {
  const nodes = isSeq(entry?.value) ? source.elements(entry.value) : [entry?.value];
  const named = new Map(
    nodes.flatMap((node) =>
      isScalar(node) && typeof node.value === 'string' && node.value !== ''
        ? [[node.value, { rule: node.value, at: source.at(node) }] as const]
        : [],
    ),
  );
  if (entry === undefined || named.size < nodes.length || nodes.length === 0) {
    const message = 'a correlation needs rules: a list of ids or names, each once';
    source.report(entry === undefined ? 'missing' : 'wrong_type', entry?.keyNode ?? map, message);
  }
  if (named.size > maxRules)
    source.report(
      'too_large',
      entry?.keyNode,
      `a correlation names at most ${maxRules} rules; chain several`,
    );
  return [...named.values()];
}

function groupFields(source: RuleSource, entry: Entry | undefined): readonly string[] {
  const fields = [...new Set(textsOf(source, entry))];
  if (fields.length > maxGroupFields)
    source.report('too_large', entry?.keyNode, `at most ${maxGroupFields} fields make a group`);
  return fields;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

function timespanOf(source: RuleSource, map: YAMLMap, entry: Entry | undefined): number | undefined {
  if (entry === undefined) {
    source.report('missing', map, 'a correlation needs a timespan such as 30s, 5m, 1h or 7d');
    return undefined;
  }
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(textOf(source, entry)) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? 0);
  if (seconds > 0 && seconds <= maxTimespanDays * 86_400) return seconds;
  const message = `a timespan is a number with s, m, h, d or w, from 1s to ${maxTimespanDays}d`;
  source.report('timespan', entry.value ?? entry.keyNode, message);
  return undefined;
}

function flagOf(source: RuleSource, entry: Entry | undefined): boolean {
  if (entry === undefined) return false;
  if (isScalar(entry.value) && typeof entry.value.value === 'boolean') return entry.value.value;
  source.report('wrong_type', entry.value ?? entry.keyNode, `'${entry.key}' must be true or false`);
  return false;
}

function aliasesOf(source: RuleSource, entry: Entry | undefined): Correlation['aliases'] {
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  if (entry === undefined) return aliases;
  const wrong = (node: YamlNode) =>
    source.report('wrong_type', node, 'aliases are a map: alias, then rule, then the field of its events');
  if (!isMap(entry.value)) wrong(entry.value ?? entry.keyNode);
  else
    for (const alias of source.entries(entry.value)) {
      if (!isMap(alias.value)) wrong(alias.value ?? alias.keyNode);
      else {
        const fields = source
          .entries(alias.value)
          .map((field) => [field.key, textOf(source, field)] as const);
        if (fields.some(([, field]) => field === '')) wrong(alias.value);
        aliases.set(alias.key, new Map(fields));
      }
    }
  return aliases;
}

interface TestInput {
  readonly source: RuleSource;
  readonly type: CorrelationType;
  readonly map: YAMLMap;
  readonly rules: Correlation['rules'];
  readonly entry: Entry | undefined;
}

function testOf(input: TestInput): CorrelationTest | undefined {
  const { source, type, map, rules, entry } = input;
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  const ordered = type === 'temporal_ordered';
  if (entry === undefined && isTemporal) {
    const of = rules.map(({ rule, at }) => ({ kind: 'search', at, name: rule }) as const);
    return { kind: 'condition', ordered, condition: { kind: 'and', at: source.at(map), of } };
  }
  if (isTemporal && isScalar(entry?.value) && typeof entry.value.value === 'string')
    return parseExpression(input, entry.value.value, entry.value, ordered);
  if (isMap(entry?.value)) return parseBounds(source, type, entry.value);
  const message = `the condition of ${type} is a map such as {gte: 10}${isTemporal ? ', or a text over rules' : ''}`;
  source.report(
    entry === undefined ? 'missing' : 'wrong_type',
    entry?.value ?? entry?.keyNode ?? map,
    message,
  );
  return undefined;
}

function parseExpression(
  { source, rules }: TestInput,
  text: string,
  node: YamlNode,
  ordered: boolean,
): CorrelationTest | undefined {
  const condition = parseCondition(text, {
    names: rules.map(({ rule }) => rule),
    at: (index) => source.within(node, index),
    report(code, index, message) {
      const place = source.within(node, index);
      if (code !== 'unknown_search') return source.report(code, place, message);
      source.report('unknown_rule', place, 'the condition may name only what stands in `rules`');
    },
  });
  return condition && { kind: 'condition', ordered, condition };
}

const comparisons: readonly BoundComparison[] = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'];
const isComparison = (key: string): key is BoundComparison => comparisons.some((known) => known === key);

function parseBounds(source: RuleSource, type: CorrelationType, map: YAMLMap): CorrelationTest | undefined {
  const hasField = type.startsWith('value_');
  const bounds: Bound[] = [];
  let fields: readonly string[] = [];
  let percentile: number | undefined;
  for (const entry of source.entries(map)) {
    if (isComparison(entry.key)) {
      const value = numberOf(source, entry, type);
      if (value !== undefined) bounds.push({ comparison: entry.key, value });
    } else if (entry.key === 'field' && hasField) fields = textsOf(source, entry);
    else if (entry.key === 'percentile' && type === 'value_percentile') percentile = percentOf(source, entry);
    else source.report('key', entry.keyNode, `the condition of ${type} has no part '${entry.key}'`);
  }
  if (bounds.length === 0)
    source.report('missing', map, `the condition needs one of ${comparisons.join(', ')}`);
  if (hasField && (fields.length === 0 || (fields.length > 1 && type !== 'value_count')))
    source.report('missing', map, `the condition of ${type} needs a field`);
  const [field = ''] = fields;
  switch (type) {
    case 'event_count':
      return { kind: 'events', bounds };
    case 'value_count':
      return { kind: 'values', fields, bounds };
    case 'value_sum':
      return { kind: 'numbers', by: 'sum', field, bounds };
    case 'value_avg':
      return { kind: 'numbers', by: 'average', field, bounds };
    case 'value_median':
      return { kind: 'numbers', by: 'median', field, bounds };
    case 'value_percentile':
      if (percentile !== undefined) return { kind: 'percentile', percentile, field, bounds };
      source.report('missing', map, 'the condition of value_percentile needs a percentile from 0 to 100');
      return undefined;
    case 'temporal':
    case 'temporal_ordered':
      return { kind: 'rules', ordered: type === 'temporal_ordered', bounds };
  }
}

/** Counts are whole numbers from 0; what is measured of values may be any number. */
function numberOf(source: RuleSource, entry: Entry, type: CorrelationType): number | undefined {
  const value = isScalar(entry.value) ? entry.value.value : undefined;
  const isCount = type === 'value_count' || !type.startsWith('value_');
  const fits =
    typeof value === 'number' &&
    (isCount ? Number.isSafeInteger(value) && value >= 0 : Number.isFinite(value));
  if (fits) return value;
  const wanted = isCount ? 'a whole number from 0' : 'a number';
  source.report('value', entry.value ?? entry.keyNode, `'${entry.key}' must be ${wanted}`);
  return undefined;
}

function percentOf(source: RuleSource, entry: Entry): number | undefined {
  const value = isScalar(entry.value) ? entry.value.value : undefined;
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  source.report('value', entry.value ?? entry.keyNode, 'a percentile is a number from 0 to 100');
  return undefined;
}
