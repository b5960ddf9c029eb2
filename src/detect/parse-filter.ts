import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { ConditionNode, SigmaFilter } from './ast.ts';
import { parseSearches } from './parse-detection.ts';
import { parseLogSource, textOf } from './parse-head.ts';
import type { Placeholders } from './placeholders.ts';
import type { Entry, RuleSource } from './rule-source.ts';

/** Keys of a filter that are no searches. */
const filterKeys: ReadonlySet<string> = new Set(['rules', 'condition']);

/** Reads a filter document (Sigma filters specification); undefined, with diagnostics, when there is nothing to apply. */
export function parseFilter(
  source: RuleSource,
  root: YAMLMap,
  entries: ReadonlyMap<string, Entry>,
  placeholders: Placeholders,
): SigmaFilter | undefined {
  const entry = entries.get('filter');
  const title = textOf(source, entries.get('title'));
  if (title === '') source.report('missing', entries.get('title')?.keyNode ?? root, 'a filter needs a title');
  const logsource = parseLogSource(source, root, entries.get('logsource'));
  if (!isMap(entry?.value)) {
    const place = entry?.value ?? entry?.keyNode ?? root;
    source.report('filter', place, 'a filter is a map with rules, searches and a condition');
    return undefined;
  }
  const rules = rulesOf(source, entry.value);
  const detection = parseSearches(source, entry.value, placeholders, filterKeys);
  if (detection.conditions.length > 0 && !detection.conditions.some(hasNot)) {
    source.report('filter_keeps', entry.keyNode, 'the rules will hit only what this filter describes');
  }
  if (logsource === undefined || rules === undefined) return undefined;
  const id = textOf(source, entries.get('id'));
  return { kind: 'filter', at: source.at(root), file: source.file, id, title, logsource, rules, detection };
}

function rulesOf(source: RuleSource, filter: YAMLMap): SigmaFilter['rules'] | undefined {
  const entry = source.entries(filter).find(({ key }) => key === 'rules');
  const written = isSeq(entry?.value) ? source.elements(entry.value) : [entry?.value];
  if (isScalar(entry?.value) && String(entry.value.value).toLowerCase() === 'any') return 'any';
  const found: Exclude<SigmaFilter['rules'], 'any'>[number][] = [];
  for (const node of written) {
    const rule = isScalar(node) && node.value !== null ? String(node.source ?? node.value) : '';
    if (rule !== '') found.push({ rule, at: source.at(node) });
    else {
      const place = node ?? entry?.keyNode ?? filter;
      source.report('filter', place, 'a filter needs `rules`: any, or the ids or names of rules');
    }
  }
  if (entry !== undefined && written.length === 0)
    source.report('filter', entry.value, 'the list of rules is empty; write `rules: any` for all');
  return found.length === 0 ? undefined : found;
}

function hasNot(node: ConditionNode): boolean {
  switch (node.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return node.of.some(hasNot);
    case 'search':
    case 'quantified':
      return false;
  }
}
