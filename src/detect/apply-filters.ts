import type { ConditionNode, LogSource, SearchNode, SigmaFilter, SigmaRule } from './ast.ts';
import type { Diagnostic, Position } from './diagnostic.ts';
import { logicHash } from './logic-hash.ts';
import { renameSearches } from './rename-searches.ts';

interface FilteredRules {
  /** In the order given; rules that no filter is about are the same objects. */
  readonly rules: readonly SigmaRule[];
  /** `detect.filter_without_rule`: what filters name that is not there, or does not fit. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Writes filters into the rules that they name (Sigma filters specification): the rule's condition becomes `(condition) and
 * filter`, its searches are joined by the filter's. What comes out are plain rules, with a logic of their own. The order in which filters are
 * given, and a filter that is given twice, change nothing.
 */
export function applyFilters(rules: readonly SigmaRule[], filters: readonly SigmaFilter[]): FilteredRules {
  if (filters.length === 0) return { rules, diagnostics: [] };
  const known = new Map<string, SigmaRule[]>();
  for (const rule of rules)
    for (const name of new Set([rule.id, rule.name])) if (name !== '') addTo(known, name, rule);
  const ofRule = new Map<SigmaRule, Map<string, SigmaFilter>>();
  const diagnostics: Diagnostic[] = [];
  for (const filter of filters) {
    const { concerned, faults } = concernedBy(filter, rules, known);
    diagnostics.push(...faults);
    const hash = logicHash(filter);
    for (const rule of concerned) {
      const mine = ofRule.get(rule) ?? new Map<string, SigmaFilter>();
      ofRule.set(rule, mine.set(hash, filter));
    }
  }
  return { rules: rules.map((rule) => filtered(rule, ofRule.get(rule))), diagnostics };
}

function concernedBy(
  filter: SigmaFilter,
  rules: readonly SigmaRule[],
  known: ReadonlyMap<string, readonly SigmaRule[]>,
): { readonly concerned: readonly SigmaRule[]; readonly faults: readonly Diagnostic[] } {
  const fits = (rule: SigmaRule) => isWithin(rule.logsource, filter.logsource);
  const fault = (at: Position, why: string): Diagnostic => {
    const { line, column } = at;
    const message = `the filter '${filter.title}' ${why}`;
    return {
      ...{ line, column, message, file: filter.file },
      ...{ code: 'detect.filter_without_rule', severity: 'warning' },
    };
  };
  if (filter.rules === 'any') {
    const concerned = rules.filter(fits);
    const none = fault(filter.logsource.at, 'finds no loaded rule of its log source');
    return { concerned, faults: concerned.length === 0 ? [none] : [] };
  }
  const faults: Diagnostic[] = [];
  const concerned = filter.rules.flatMap(({ rule: name, at }) => {
    const named = known.get(name) ?? [];
    const fitting = named.filter(fits);
    if (named.length === 0) faults.push(fault(at, `names '${name}', and no loaded rule has that id or name`));
    else if (fitting.length === 0) faults.push(fault(at, `is of another log source than the rule '${name}'`));
    return fitting;
  });
  return { concerned, faults };
}

/** A rule is within a log source that says no more than its own. */
function isWithin(rule: LogSource, filter: LogSource): boolean {
  return (['product', 'category', 'service'] as const).every(
    (part) => filter[part] === undefined || filter[part] === rule[part],
  );
}

/** `filters` by hash of their logic. */
function filtered(rule: SigmaRule, filters: ReadonlyMap<string, SigmaFilter> | undefined): SigmaRule {
  if (filters === undefined) return rule;
  const searches = new Map(rule.detection.searches);
  const added: ConditionNode[] = [];
  for (const [hash, { detection }] of [...filters].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const names = addSearches(searches, detection.searches, hash);
    const conditions = detection.conditions.map((condition) => renameSearches(condition, names));
    const [first] = conditions;
    if (first === undefined) continue;
    added.push(conditions.length === 1 ? first : { kind: 'or', at: detection.at, of: conditions });
  }
  const conditions = rule.detection.conditions.map(
    (condition): ConditionNode => ({ kind: 'and', at: condition.at, of: [condition, ...added] }),
  );
  return { ...rule, detection: { ...rule.detection, searches, conditions } };
}

/** Takes searches in under names that follow from the filter's logic, so that the logic of what comes out follows from the logic of what goes in. */
function addSearches(
  searches: Map<string, SearchNode>,
  more: ReadonlyMap<string, SearchNode>,
  hash: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, search] of more) {
    let unique = `filter ${hash.slice(0, 16)} ${name}`;
    while (searches.has(unique)) unique = `_${unique}`;
    searches.set(unique, search);
    names.set(name, unique);
  }
  return names;
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
