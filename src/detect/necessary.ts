import type { ConditionNode, FieldNode, KeywordsNode, SearchNode, SigmaRule, ValueTest } from './ast.ts';

/** How what a rule needs of an event is put together from what its parts need; undefined: nothing is needed. */
export interface Needs<T> {
  /** What a part that tests values needs in order to hold. */
  leaf(node: FieldNode | KeywordsNode): T | undefined;
  /** All parts hold: what any one of them needs is needed. */
  each(parts: readonly (T | undefined)[]): T | undefined;
  /** Some part holds; undefined as soon as one part needs nothing. */
  either(parts: readonly (T | undefined)[]): T | undefined;
}

/** What an event must have to be a hit of the rule. Parts under `not` need nothing: they hold where things are absent. */
export function neededBy<T>({ detection }: SigmaRule, needs: Needs<T>): T | undefined {
  const searches = new Map([...detection.searches].map(([name, search]) => [name, ofSearch(search, needs)]));
  return needs.either(detection.conditions.map((condition) => ofCondition(condition, searches, needs)));
}

function ofCondition<T>(
  node: ConditionNode,
  searches: ReadonlyMap<string, T | undefined>,
  needs: Needs<T>,
): T | undefined {
  switch (node.kind) {
    case 'and':
      return needs.each(node.of.map((inner) => ofCondition(inner, searches, needs)));
    case 'or':
      return needs.either(node.of.map((inner) => ofCondition(inner, searches, needs)));
    case 'not':
      return undefined;
    case 'search':
      return searches.get(node.name);
    case 'quantified': {
      const needed = node.names.map((name) => searches.get(name));
      return node.count >= needed.length ? needs.each(needed) : needs.either(needed);
    }
  }
}

function ofSearch<T>(node: SearchNode, needs: Needs<T>): T | undefined {
  switch (node.kind) {
    case 'all-of':
      return needs.each(node.of.map((inner) => ofSearch(inner, needs)));
    case 'any-of':
      return needs.either(node.of.map((inner) => ofSearch(inner, needs)));
    case 'field':
    case 'keywords':
      return node.negated ? undefined : needs.leaf(node);
  }
}

/**
 * The values of a field that an event must hold one of to be a hit of the rule; undefined when it need not. Whole numbers only:
 * they have one spelling, whatever the case.
 */
export function neededNumbers(rule: SigmaRule, field: string): ReadonlySet<string> | undefined {
  return neededBy<ReadonlySet<string>>(rule, {
    leaf: (node) => (node.kind === 'field' && node.field === field ? numbersOf(node) : undefined),
    ...{ each: smallest, either: union },
  });
}

function numbersOf({ link, tests }: FieldNode): ReadonlySet<string> | undefined {
  const numbers = tests.map(numberOf);
  return link === 'all' ? smallest(numbers) : union(numbers);
}

const wholeNumber = /^(?:0|[1-9]\d*)$/;

function numberOf(test: ValueTest): ReadonlySet<string> | undefined {
  if (test.kind === 'any') return union(test.of.map(numberOf));
  if (test.kind !== 'text' || test.pattern.length !== 1) return undefined;
  const [piece] = test.pattern;
  return piece?.kind === 'literal' && wholeNumber.test(piece.text) ? new Set([piece.text]) : undefined;
}

/** Not their intersection: a field may hold several values. */
function smallest(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  return sets.reduce((least, set) => {
    if (set === undefined || least === undefined) return set ?? least;
    return set.size < least.size ? set : least;
  }, undefined);
}

function union(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  const all = new Set<string>();
  for (const set of sets) {
    if (set === undefined) return undefined;
    for (const value of set) all.add(value);
  }
  return all;
}
