import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRule } from './index.ts';
import { event, oneRule, ruleText } from './testing.suite.ts';

/** A condition as the test thinks of it, beside how Sigma writes it. */
type Tree =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Tree }
  | { readonly kind: 'and' | 'or'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'of'; readonly count: number | 'all' | 'any'; readonly pattern: string };

const names = ['sel_a', 'sel_b', 'filter_c', '_hidden', 'other'];
const patterns = ['them', 'sel*', 'sel_*', '*_*', 'filter*', '*', 'other'];

const namesOf = (pattern: string) => {
  if (pattern === 'them') return names.filter((name) => !name.startsWith('_'));
  return names.filter((name) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
};

const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record({ kind: fc.constant('name' as const), name: fc.constantFrom(...names) }),
    fc
      .record({
        kind: fc.constant('of' as const),
        count: fc.constantFrom('all' as const, 'any' as const, 1, 2),
        pattern: fc.constantFrom(...patterns),
      })
      .filter(({ count, pattern }) => count !== 2 || namesOf(pattern).length >= 2),
    fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      left: tie('tree'),
      right: tie('tree'),
    }),
  ),
})).tree;

const strength = { or: 0, and: 1, not: 2, of: 3, name: 3 } as const;

/** Written with only the brackets that precedence demands. */
function written(tree: Tree, least = 0): string {
  const text = (() => {
    switch (tree.kind) {
      case 'name':
        return tree.name;
      case 'of':
        return `${tree.count} of ${tree.pattern}`;
      case 'not':
        return `not ${written(tree.of, 2)}`;
      default:
        return `${written(tree.left, strength[tree.kind])} ${tree.kind} ${written(tree.right, strength[tree.kind] + 1)}`;
    }
  })();
  return strength[tree.kind] < least ? `(${text})` : text;
}

function truth(tree: Tree, holds: (name: string) => boolean): boolean {
  switch (tree.kind) {
    case 'name':
      return holds(tree.name);
    case 'not':
      return !truth(tree.of, holds);
    case 'and':
      return truth(tree.left, holds) && truth(tree.right, holds);
    case 'or':
      return truth(tree.left, holds) || truth(tree.right, holds);
    case 'of': {
      const all = namesOf(tree.pattern);
      const count = tree.count === 'all' ? all.length : tree.count === 'any' ? 1 : tree.count;
      return all.filter(holds).length >= count;
    }
  }
}

/** A search as the test thinks of it: fields and values that must be equal. */
const search = fc.array(
  fc.dictionary(fc.constantFrom('f', 'g'), fc.constantFrom('1', '2', null), { minKeys: 1 }),
  {
    minLength: 1,
    maxLength: 3,
  },
);
const fields = fc.dictionary(fc.constantFrom('f', 'g'), fc.constantFrom('1', '2', ''));

test('conditions, maps and lists mean what a second formulation of them says', () => {
  const searches = fc.record(Object.fromEntries(names.map((name) => [name, search])));
  fc.assert(
    fc.property(
      fc.array(trees, { minLength: 1, maxLength: 3 }),
      searches,
      fields,
      (conditions, made, values) => {
        const condition = conditions.map((tree) => written(tree));
        const rule = oneRule(
          ruleText({ ...made, condition: condition.length === 1 ? condition[0] : condition }),
        );
        const holds = (name: string) =>
          (made[name] ?? []).some((map) =>
            Object.entries(map).every(([field, value]) => (values[field] ?? null) === value),
          );
        const expected = conditions.some((tree) => truth(tree, holds));
        expect(compileRule(rule).match(event(values)) !== undefined, JSON.stringify(condition)).toBe(
          expected,
        );
      },
    ),
    { numRuns: 500 },
  );
});

/** Wildcards by the letter of the specification, one character at a time. */
function fits(pattern: string, text: readonly string[]): boolean {
  const [first = '', second = ''] = pattern;
  if (pattern === '') return text.length === 0;
  if (first === '\\' && '*?\\'.includes(second) && second !== '') {
    return text[0] === second && fits(pattern.slice(2), text.slice(1));
  }
  if (first === '*') return fits(pattern.slice(1), text) || (text.length > 0 && fits(pattern, text.slice(1)));
  return text.length > 0 && (first === '?' || first === text[0]) && fits(pattern.slice(1), text.slice(1));
}

test('wildcards and their escapes mean what the specification says', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?', '\\', '-'), { maxLength: 9 })
    .map((all) => all.join(''));
  const text = fc.array(fc.constantFrom('a', 'b', '*', '?', '\\', '-', '😀'), { maxLength: 9 });
  const places = fc.constantFrom('', 'contains', 'startswith', 'endswith');
  fc.assert(
    fc.property(pattern, text, places, (written, characters, place) => {
      const key = place === '' ? 'f' : `f|${place}`;
      const rule = oneRule(ruleText({ s: { [key]: written }, condition: 's' }));
      const before = place === 'contains' || place === 'endswith' ? '*' : '';
      const after = place === 'contains' || place === 'startswith' ? '*' : '';
      // A lone backslash at the end is one, whatever the place puts behind it.
      const whole =
        after === '' ? written : written.replace(/^((?:[^\\]|\\[*?\\]|\\(?![*?\\]|$))*)\\$/, '$1\\\\');
      const found = compileRule(rule).match(event({ f: characters.join('') })) !== undefined;
      expect(found).toBe(fits(before + whole + after, characters));
    }),
    { numRuns: 3_000 },
  );
});
