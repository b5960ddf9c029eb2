import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { diagnosticCodes, parseRules } from './index.ts';
import { oneRule, ruleText } from './testing.suite.ts';

const codesOf = (text: string) => parseRules(text, 'r.yml').diagnostics.map(({ code }) => code);

test('a rule becomes a tree that says where each part stood', () => {
  const text = `title: Suspicious thing
id: 8f0f5a3c-0000-4000-8000-000000000001
status: test
description: what it is
author: A, B
date: 2024-05-01
references: [https://example.org]
tags:
  - attack.t1059
level: High
license: MIT
logsource:
  product: Windows
  service: security
  definition: prose
detection:
  selection:
    EventID: 4624
    Image|endswith:
      - '\\a.exe'
  filter: {User: null}
  condition: selection and not filter
falsepositives: none
`;
  const rule = oneRule(text);
  expect(rule).toMatchObject({
    ...{
      kind: 'rule',
      at: { line: 1, column: 1 },
      file: 'rule.yml',
      title: 'Suspicious thing',
      level: 'high',
    },
    ...{ status: 'test', description: 'what it is', author: 'A, B', date: '2024-05-01', license: 'MIT' },
    ...{ tags: ['attack.t1059'], references: ['https://example.org'], falsepositives: ['none'] },
    logsource: { product: 'windows', category: undefined, service: 'security', at: { line: 13, column: 3 } },
  });
  const { searches, conditions } = rule.detection;
  expect(searches.get('selection')).toMatchObject({
    kind: 'all-of',
    of: [
      { kind: 'field', field: 'EventID', at: { line: 18, column: 5 } },
      { kind: 'field', field: 'Image', at: { line: 19, column: 5 }, tests: [{ kind: 'text', cased: false }] },
    ],
  });
  expect(conditions).toMatchObject([
    {
      kind: 'and',
      at: { line: 22, column: 14 },
      of: [
        { kind: 'search', name: 'selection' },
        { kind: 'not', at: { line: 22, column: 28 }, of: { kind: 'search', name: 'filter' } },
      ],
    },
  ]);
});

test('each document of a file is a rule of its own; a bad one does not take the others with it', () => {
  const good = ruleText({ s: { f: 'a' }, condition: 's' });
  const bad = ruleText({ s: { 'f|nonsense': 'a' }, condition: 's' });
  const { rules, diagnostics } = parseRules([good, bad, good].join('---\n'), 'many.yml');
  expect(rules).toHaveLength(2);
  expect(diagnostics).toMatchObject([
    { code: 'detect.unknown_modifier', file: 'many.yml', line: 20, severity: 'error' },
  ]);
});

describe('what cannot be used is told, with what to do', () => {
  const selection = (search: unknown, condition: unknown = 's') => ruleText({ s: search, condition });
  const cases: readonly (readonly [string, string, string])[] = [
    ['no YAML', 'a: [', 'detect.yaml'],
    ['equal keys', 'a: 1\na: 2', 'detect.yaml'],
    ['an alias of nothing', selection({ f: 'x' }).replace('f: x', 'f: *nope'), 'detect.yaml'],
    ['an empty file', '# nothing\n', 'detect.not_a_rule'],
    ['a list', '- 1', 'detect.not_a_rule'],
    ['a correlation', 'title: c\ncorrelation: {type: near}', 'detect.correlation_type'],
    ['a filter', 'title: c\nfilter: {rules: []}', 'detect.filter'],
    ['no title', ruleText({ s: { f: 'a' }, condition: 's' }, { title: '' }), 'detect.missing'],
    ['no log source', ruleText({ s: { f: 'a' }, condition: 's' }, { logsource: {} }), 'detect.missing'],
    ['no detection', 'title: x\nid: a\nlevel: low\nlogsource: {product: windows}', 'detect.missing'],
    ['no condition', ruleText({ s: { f: 'a' } }), 'detect.missing'],
    ['a strange level', ruleText({ s: { f: 'a' }, condition: 's' }, { level: 'huge' }), 'detect.level'],
    ['a list as title', ruleText({ s: { f: 'a' }, condition: 's' }, { title: ['a'] }), 'detect.wrong_type'],
    ['a number as key', selection({ f: 'x' }).replace('f: x', '1: x'), 'detect.key'],
    ['an unknown search', selection({ f: 'a' }, 's or t'), 'detect.unknown_search'],
    ['a pattern of none', selection({ f: 'a' }, '1 of t*'), 'detect.unknown_search'],
    ['half a condition', selection({ f: 'a' }, 's and'), 'detect.condition'],
    ['two searches in a row', selection({ f: 'a' }, 's s'), 'detect.condition'],
    ['an open bracket', selection({ f: 'a' }, '(s'), 'detect.condition'],
    ['more than there are', selection({ f: 'a' }, '2 of s*'), 'detect.condition'],
    ['deep brackets', selection({ f: 'a' }, `${'('.repeat(99)}s${')'.repeat(99)}`), 'detect.condition'],
    ['a count', selection({ f: 'a' }, 's | count() > 5'), 'detect.aggregation'],
    ['an unknown modifier', selection({ 'f|constructor': 'a' }), 'detect.unknown_modifier'],
    ['a modifier twice', selection({ 'f|contains|contains': 'a' }), 'detect.modifier_combination'],
    ['re that contains', selection({ 'f|re|contains': 'a' }), 'detect.modifier_combination'],
    ['i without re', selection({ 'f|i': 'a' }), 'detect.modifier_combination'],
    ['all that exists', selection({ 'f|all|exists': true }), 'detect.modifier_combination'],
    ['a map as value', selection({ f: { g: 1 } }), 'detect.value'],
    ['an empty list', selection({ f: [] }), 'detect.value'],
    ['an empty search', selection({}), 'detect.value'],
    ['an empty keyword', selection(['']), 'detect.value'],
    ['a contained null', selection({ 'f|contains': null }), 'detect.value'],
    ['exists maybe', selection({ 'f|exists': 'maybe' }), 'detect.value'],
    ['a text above', selection({ 'f|gt': 'a' }), 'detect.value'],
    ['a broken network', selection({ 'f|cidr': '10.0.0.0/33' }), 'detect.value'],
    ['an encoded wildcard', selection({ 'f|base64': 'a*' }), 'detect.value'],
    ['an unknown placeholder', selection({ 'f|expand': '%nobody%' }), 'detect.placeholder'],
    ['a broken expression', selection({ 'f|re': '(a' }), 'detect.regex'],
    ['a look-ahead', selection({ 'f|re': 'a(?=b)' }), 'detect.regex_unsupported'],
    ['a back-reference', selection({ 'f|re': '(a)\\1' }), 'detect.regex_unsupported'],
    ['counts of counts', selection({ 'f|re': '((a{1,500}){1,500}){1,500}' }), 'detect.regex_unsupported'],
  ];
  test.each(cases)('%s', (_, text, code) => {
    const { rules, diagnostics } = parseRules(text, 'r.yml');
    expect(rules).toEqual([]);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    for (const { line, column, message } of diagnostics) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toBe('');
    }
  });

  test('what only looks odd is a warning, and the rule is kept', () => {
    const text = ruleText(
      { s: { 'f|all': ['a'] }, t: { f: 'a' }, timeframe: '5m', condition: 's' },
      { id: '', level: '' },
    );
    const { rules, diagnostics } = parseRules(text, 'r.yml');
    expect(rules).toMatchObject([{ id: expect.stringMatching(/^logic-[0-9a-f]{16}$/), level: 'medium' }]);
    expect(diagnostics.map(({ code }) => code).sort()).toEqual([
      'detect.no_id',
      'detect.no_level',
      'detect.single_all',
      'detect.timeframe',
      'detect.unused_search',
    ]);
  });
});

test('aliases that blow up end at a bound', () => {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
  );
  const text = `a0: &a0 [x]\n${levels.join('\n')}\ntitle: t\nlogsource: {product: windows}\ndetection: {s: {f: *a9}, condition: s}`;
  expect(parseRules(text, 'bomb.yml').rules).toEqual([]);
  expect(codesOf(`title: ${'x'.repeat(2_000_000)}`)).toEqual(['detect.too_large']);
});

test('of a file with more faults than are told the last one says so', () => {
  const { diagnostics } = parseRules('a: 1\n---\n'.repeat(2_000), 'many.yml');
  expect([diagnostics.length, diagnostics.at(-1)?.code]).toEqual([1_000, 'detect.too_large']);
});

test('an alias stands for the last anchor of its name before it', () => {
  const text = ruleText({ s: { f: 'x' }, condition: 's' }).replace('f: x', 'f: [&v a, *v, &v b, *v]');
  const { searches } = oneRule(text).detection;
  const once = oneRule(text.replace('[&v a, *v, &v b, *v]', '[a, a, b, b]')).detection.searches;
  const bare = (tree: unknown) => JSON.stringify([tree], (key, value) => (key === 'at' ? undefined : value));
  expect(bare([...searches])).toBe(bare([...once]));
});

test('whatever a file holds, parsing never throws and only known codes come out', () => {
  const words = fc.constantFrom(
    's',
    'and',
    'or',
    'not',
    '(',
    ')',
    '1 of',
    'all of',
    'them',
    's*',
    '|',
    '2',
    '*',
  );
  const modifiers = fc.constantFrom(
    're',
    'contains',
    'all',
    'cidr',
    'base64offset',
    'windash',
    'exists',
    'expand',
    'gt',
    'i',
    'neq',
    'x',
  );
  const key = fc
    .tuple(fc.constantFrom('f', '', 'a b'), fc.array(modifiers, { maxLength: 3 }))
    .map(([field, more]) => [field, ...more].join('|'));
  const search = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue({ maxDepth: 1 })));
  const rule = fc.record({
    detection: fc.oneof(
      fc.record({ s: search, condition: fc.array(words).map((parts) => parts.join(' ')) }),
      fc.jsonValue(),
    ),
    title: fc.jsonValue({ maxDepth: 1 }),
    logsource: fc.oneof(fc.constant({ product: 'windows' }), fc.jsonValue()),
  });
  const texts = fc.oneof(
    rule.map((made) => stringify(made)),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (written) => {
      const { rules, diagnostics } = parseRules(written, 'any.yml');
      expect(rules.length + diagnostics.length).toBeGreaterThan(0);
      for (const { code } of diagnostics) expect(Object.keys(diagnosticCodes)).toContain(code);
    }),
    { numRuns: 400 },
  );
});
