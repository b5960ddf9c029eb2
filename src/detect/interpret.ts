import type { ConditionNode, FieldNode, KeywordsNode, SearchNode, SigmaRule } from './ast.ts';
import { EventView, FieldNumbers, type FieldTexts, type NativeFields } from './event-view.ts';
import { compileTest, type RunTest } from './interpret-test.ts';

/** A field that a rule matched, by the rule's name for it, and the value that did. The field of a keyword is `*`. */
export interface MatchedField {
  readonly field: string;
  readonly value: string;
}

/** Other names of fields, tried in order instead of the rule's own. */
export type FieldAliases = ReadonlyMap<string, readonly string[]>;

export interface CompiledRule {
  readonly rule: SigmaRule;
  /** What the rule matched; undefined when it is no hit. The log source is not looked at. */
  match(fields: NativeFields): readonly MatchedField[] | undefined;
}

/** Makes a rule ready to judge single events. Never throws for a rule that `parseRules` gave. */
export function compileRule(rule: SigmaRule, aliases: FieldAliases = new Map()): CompiledRule {
  const numbers = new FieldNumbers();
  const judge = compileJudge(rule, numbers, aliases);
  return { rule, match: (fields) => judge(new EventView(fields, numbers)) };
}

/** What a rule matched in an event; undefined when it is no hit. */
export type Judge = (view: EventView) => readonly MatchedField[] | undefined;

/** Compiles a rule; rules that share `numbers` share what is read of an event. */
export function compileJudge(rule: SigmaRule, numbers: FieldNumbers, aliases: FieldAliases): Judge {
  const compiler: Compiler = { numberOf: (field) => numbers.of(aliases.get(field) ?? [field]) };
  const searches = new Map(
    [...rule.detection.searches].map(([name, search]) => [name, compileSearch(search, compiler)] as const),
  );
  const conditions = rule.detection.conditions.map((condition) => compileCondition(condition, searches));
  return (view) => {
    const met = conditions.find((condition) => condition.holds(view));
    if (met === undefined) return undefined;
    const matched: MatchedField[] = [];
    met.gather(view, matched);
    return withoutRepeats(matched);
  };
}

interface Compiler {
  readonly numberOf: (field: string) => number;
}

/** A part of a rule, ready to run. `gather` tells what made it hold and is called only then. */
interface Part {
  holds(view: EventView): boolean;
  gather(view: EventView, matched: MatchedField[]): void;
}

function compileCondition(node: ConditionNode, searches: ReadonlyMap<string, Part>): Part {
  switch (node.kind) {
    case 'and':
      return atLeast(
        node.of.length,
        node.of.map((inner) => compileCondition(inner, searches)),
      );
    case 'or':
      return atLeast(
        1,
        node.of.map((inner) => compileCondition(inner, searches)),
      );
    case 'not': {
      const inner = compileCondition(node.of, searches);
      return { holds: (view) => !inner.holds(view), gather: () => undefined };
    }
    case 'search':
      return searches.get(node.name) ?? never;
    case 'quantified':
      return atLeast(
        node.count,
        node.names.map((name) => searches.get(name) ?? never),
      );
  }
}

const never: Part = { holds: () => false, gather: () => undefined };

/** Holds when that many of the parts do; tells of all that do. */
function atLeast(count: number, parts: readonly Part[]): Part {
  const gather = (view: EventView, matched: MatchedField[]) => {
    for (const part of parts) if (part.holds(view)) part.gather(view, matched);
  };
  const holds = (view: EventView) => {
    let held = 0;
    for (let index = 0; index < parts.length; index++) {
      if (parts[index]?.holds(view) === true) held += 1;
      if (held >= count) return true;
      if (held + parts.length - index - 1 < count) return false;
    }
    return false;
  };
  return { holds, gather };
}

function compileSearch(node: SearchNode, compiler: Compiler): Part {
  switch (node.kind) {
    case 'all-of':
      return atLeast(
        node.of.length,
        node.of.map((inner) => compileSearch(inner, compiler)),
      );
    case 'any-of':
      return atLeast(
        1,
        node.of.map((inner) => compileSearch(inner, compiler)),
      );
    case 'field': {
      const number = compiler.numberOf(node.field);
      return valuePart(node, compiler, node.field, (view) => view.field(number));
    }
    case 'keywords':
      return valuePart(node, compiler, anyField, (view) => view.values);
  }
}

/** What a keyword was found in. */
const anyField = '*';

function valuePart(
  node: FieldNode | KeywordsNode,
  compiler: Compiler,
  field: string,
  read: (view: EventView) => FieldTexts,
): Part {
  const tests = node.tests.map((test) => compileTest(test, compiler.numberOf));
  const all = node.link === 'all';
  return {
    holds(view) {
      const value = read(view);
      return passes(tests, all, value, view) !== node.negated;
    },
    gather(view, matched) {
      if (node.negated) return;
      const value = read(view);
      const found = (text: string) => matched.push({ field, value: text });
      for (const run of tests) if (run(value, view, found) && !all) return;
    },
  };
}

/** A loop, as this is run for each rule and event. */
function passes(tests: readonly RunTest[], all: boolean, value: FieldTexts, view: EventView): boolean {
  for (const run of tests) if (run(value, view) !== all) return !all;
  return all;
}

function withoutRepeats(matched: readonly MatchedField[]): readonly MatchedField[] {
  const seen = new Map(matched.map((item) => [`${item.field}\n${item.value}`, item]));
  return [...seen.values()];
}
