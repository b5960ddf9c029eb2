import type { ConditionNode, FieldNode, SearchNode, SigmaRule, ValueTest } from './ast.ts';

/** Texts of which a field holds one in every event that a rule hits; undefined when the rule asks for none. */
type Needed = ReadonlySet<string> | undefined;

/**
 * The values of a field that an event must hold one of to be a hit of the rule; undefined when it need not. Whole numbers only:
 * they have one spelling, whatever the case.
 */
export function neededNumbers(rule: SigmaRule, field: string): Needed {
  const { searches, conditions } = rule.detection;
  const ofSearch = new Map(
    [...searches].map(([name, search]) => [name, neededBySearch(search, field)] as const),
  );
  return either(conditions.map((condition) => neededByCondition(condition, ofSearch)));
}

function neededByCondition(node: ConditionNode, searches: ReadonlyMap<string, Needed>): Needed {
  switch (node.kind) {
    case 'and':
      return each(node.of.map((inner) => neededByCondition(inner, searches)));
    case 'or':
      return either(node.of.map((inner) => neededByCondition(inner, searches)));
    case 'not':
      return undefined;
    case 'search':
      return searches.get(node.name);
    case 'quantified': {
      const needed = node.names.map((name) => searches.get(name));
      return node.count >= needed.length ? each(needed) : either(needed);
    }
  }
}

function neededBySearch(node: SearchNode, field: string): Needed {
  switch (node.kind) {
    case 'all-of':
      return each(node.of.map((inner) => neededBySearch(inner, field)));
    case 'any-of':
      return either(node.of.map((inner) => neededBySearch(inner, field)));
    case 'field':
      return node.field === field ? neededByField(node) : undefined;
    case 'keywords':
      return undefined;
  }
}

function neededByField({ negated, link, tests }: FieldNode): Needed {
  if (negated) return undefined;
  const needed = tests.map(numberOf);
  return link === 'all' ? each(needed) : either(needed);
}

const wholeNumber = /^(?:0|[1-9]\d*)$/;

function numberOf(test: ValueTest): Needed {
  if (test.kind === 'any') return either(test.of.map(numberOf));
  if (test.kind !== 'text' || test.pattern.length !== 1) return undefined;
  const [piece] = test.pattern;
  return piece?.kind === 'literal' && wholeNumber.test(piece.text) ? new Set([piece.text]) : undefined;
}

/** All hold: any one's values are needed; the fewest tell most. A field may hold several values, so sets are not cut. */
function each(needed: readonly Needed[]): Needed {
  return needed
    .filter((one) => one !== undefined)
    .reduce<Needed>((least, one) => (least === undefined || one.size < least.size ? one : least), undefined);
}

function either(needed: readonly Needed[]): Needed {
  const all = new Set<string>();
  for (const one of needed) {
    if (one === undefined) return undefined;
    for (const value of one) all.add(value);
  }
  return all;
}
