import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPathTree, extractLeaves } from './extraction.ts';
import { JsonFault, JsonScanner, maxDepth } from './json-scanner.ts';

function accepts(text: string): boolean {
  const scanner = new JsonScanner(text);
  try {
    scanner.skip(1);
    scanner.end();
    return true;
  } catch (fault) {
    if (fault instanceof JsonFault) return false;
    throw fault;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function leavesOf(text: string, ...paths: string[][]) {
  const extraction = extractLeaves(text, buildPathTree(paths), paths.length);
  return extraction.kind === 'leaves' ? extraction.leaves.texts : extraction.kind;
}

test('accepts exactly what JSON.parse accepts', () => {
  const damaged = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', '"', '\\', '{', '}', ',', ':', '0', '-', '.', 'e', 'u', '\u0000', ' ', '\u00a0'),
  );
  fc.assert(
    fc.property(damaged, ([json, at, part]) => {
      const cut = at % (json.length + 1);
      const text = json.slice(0, cut) + part + json.slice(cut + 1);
      expect(accepts(text)).toBe(parses(text));
    }),
    { numRuns: 3_000 },
  );
});

test('reads a string as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(leavesOf(`{"a":${JSON.stringify(text)}}`, ['a'])).toEqual([text]);
    }),
  );
});

test('keeps every digit of an integer', () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      expect(leavesOf(`{"a":${value}}`, ['a'])).toEqual([String(value)]);
    }),
  );
});

test('takes the first of equal keys that holds anything', () => {
  expect(leavesOf('{"a":1,"a":2}', ['a'])).toEqual(['1']);
  expect(leavesOf('{"a":null,"a":2}', ['a'])).toEqual(['2']);
  expect(leavesOf('{"o":{},"o":{"a":3},"o":{"a":4}}', ['o', 'a'])).toEqual(['3']);
});

test('an object or array as a value is read as compact JSON', () => {
  expect(leavesOf('{"a": { "k" : [ 1.50, "/\\u00e9\\n", null ] } }', ['a'])).toEqual([
    '{"k":[1.5,"/é\\n",null]}',
  ]);
});

test('nesting ends at the bound with a fault, not with the stack', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(leavesOf(nested(maxDepth - 1), ['z'])).toEqual(['']);
  expect(leavesOf(nested(maxDepth), ['z'])).toBe('fault');
  expect(leavesOf(nested(200_000), ['a'])).toBe('fault');
});

test('a path that runs through another is refused', () => {
  expect(() => buildPathTree([['a'], ['a', 'b']])).toThrow('a/b');
});
