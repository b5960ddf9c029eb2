import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { ConditionNode, RuleDetection, SearchNode } from './ast.ts';
import { parseCondition } from './parse-condition.ts';
import { parseItem, parseKeywords } from './parse-item.ts';
import type { Placeholders } from './placeholders.ts';
import type { Entry, RuleSource, YamlNode } from './rule-source.ts';

/** Reads the searches and the condition of a rule; undefined, with diagnostics, when there is nothing to run. */
export function parseDetection(
  source: RuleSource,
  root: YAMLMap,
  entry: Entry | undefined,
  placeholders: Placeholders,
): RuleDetection | undefined {
  if (isMap(entry?.value)) return parseSearches(source, entry.value, placeholders, ruleKeys);
  source.report(
    entry === undefined ? 'missing' : 'wrong_type',
    entry?.value ?? entry?.keyNode ?? root,
    'a rule needs a detection: a map of searches and a condition',
  );
  return undefined;
}

/** Keys of a detection that are no searches. */
const ruleKeys: ReadonlySet<string> = new Set(['condition', 'timeframe']);

/** Reads a map of searches and a condition; the other keys, which are no searches, are the caller's. */
export function parseSearches(
  source: RuleSource,
  map: YAMLMap,
  placeholders: Placeholders,
  others: ReadonlySet<string>,
): RuleDetection {
  const searches = new Map<string, SearchNode>();
  const entries = source.entries(map);
  const written = entries.filter(({ key }) => !others.has(key));
  for (const { key, keyNode, value } of written) {
    const search = parseSearch(source, value, keyNode, placeholders);
    if (search !== undefined) searches.set(key, search);
  }
  const timeframe = others.has('timeframe') && entries.find(({ key }) => key === 'timeframe');
  if (timeframe)
    source.report('timeframe', timeframe.keyNode, 'take `timeframe` out: each event is judged alone');
  const condition = entries.find(({ key }) => key === 'condition');
  const names = written.map(({ key }) => key);
  const conditions = parseConditions(source, map, condition, names);
  reportUnused(source, written, conditions);
  return { kind: 'detection', at: source.at(map), searches, conditions };
}

function parseConditions(
  source: RuleSource,
  detection: YAMLMap,
  entry: Entry | undefined,
  names: readonly string[],
): readonly ConditionNode[] {
  const nodes = isSeq(entry?.value) ? source.elements(entry.value) : [entry?.value];
  if (entry === undefined || nodes.length === 0) {
    source.report('missing', entry?.keyNode ?? detection, 'a detection needs a condition');
    return [];
  }
  return nodes.flatMap((node) => {
    if (isScalar(node) && typeof node.value === 'string') {
      const condition = parseCondition(node.value, {
        names,
        at: (index) => source.within(node, index),
        report: (code, index, message) => source.report(code, source.within(node, index), message),
      });
      return condition === undefined ? [] : [condition];
    }
    source.report('wrong_type', node ?? entry.keyNode, 'a condition is a text, or a list of texts');
    return [];
  });
}

function parseSearch(
  source: RuleSource,
  node: YamlNode,
  place: YamlNode,
  placeholders: Placeholders,
): SearchNode | undefined {
  if (isMap(node)) return parseMap(source, node, placeholders);
  const elements = isSeq(node) ? source.elements(node) : [node];
  const of: SearchNode[] = [];
  const words: YamlNode[] = [];
  for (const element of elements) {
    if (isScalar(element)) words.push(element);
    else if (isMap(element)) {
      const inner = parseMap(source, element, placeholders);
      if (inner !== undefined) of.push(inner);
    } else
      source.report('value', element ?? place, 'a search is a map, a list of maps or a list of keywords');
  }
  if (words.length > 0) {
    const keywords = parseKeywords(source, words, placeholders);
    if (keywords !== undefined) of.push(keywords);
  }
  if (elements.length === 0) source.report('value', node ?? place, 'the search is empty');
  return of.length === 1 ? of[0] : { kind: 'any-of', at: source.at(node ?? place), of };
}

function parseMap(source: RuleSource, map: YAMLMap, placeholders: Placeholders): SearchNode | undefined {
  const entries = source.entries(map);
  if (entries.length === 0) source.report('value', map, 'the search is empty');
  const of = entries
    .map((entry) => parseItem(source, entry, placeholders))
    .filter((item) => item !== undefined);
  return of.length === 1 ? of[0] : { kind: 'all-of', at: source.at(map), of };
}

function reportUnused(
  source: RuleSource,
  written: readonly Entry[],
  conditions: readonly ConditionNode[],
): void {
  if (conditions.length === 0) return;
  const used = new Set(conditions.flatMap(namesIn));
  for (const { key, keyNode } of written) {
    if (!used.has(key))
      source.report('unused_search', keyNode, `the condition never names '${key}'; name it or take it out`);
  }
}

/** The searches that a condition reads. */
export function namesIn(condition: ConditionNode): readonly string[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(namesIn);
    case 'not':
      return namesIn(condition.of);
    case 'search':
      return [condition.name];
    case 'quantified':
      return condition.names;
  }
}
