import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRule, parseRules } from './index.ts';
import { event, hits, oneRule, ruleText } from './testing.suite.ts';

/** Expressions over few characters, in the part that this engine and JavaScript's share. */
const expressions = fc.letrec<{ some: string }>((tie) => ({
  some: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      'a',
      'b',
      'B',
      '_',
      ' ',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '\\.',
      '[ab]',
      '[^a]',
      '[a-c1]',
      '[^\\w]',
      '[\\d_-]',
      '\\x41',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B'),
    fc.tuple(tie('some'), tie('some')).map((parts) => parts.join('')),
    fc.tuple(tie('some'), tie('some')).map((parts) => `(?:${parts.join('|')})`),
    fc
      .tuple(tie('some'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '+?'))
      .map(([part, count]) => `(${part})${count}`),
  ),
})).some;
const texts = fc
  .array(fc.constantFrom('a', 'A', 'b', 'B', 'c', '1', '_', ' ', '.', '\n', 'é'), { maxLength: 12 })
  .map((all) => all.join(''));

test('expressions match where those of JavaScript do', () => {
  const flags = fc.subarray(['i', 'm', 's']);
  fc.assert(
    fc.property(
      expressions,
      flags,
      fc.array(texts, { minLength: 3, maxLength: 3 }),
      (source, chosen, values) => {
        const rule = compileRule(
          oneRule(ruleText({ s: { [['f|re', ...chosen].join('|')]: source }, condition: 's' })),
        );
        const expected = new RegExp(source, chosen.join(''));
        for (const value of values) {
          expect([source, chosen, value, rule.match(event({ f: value })) !== undefined]).toEqual([
            source,
            chosen,
            value,
            expected.test(value),
          ]);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('flags stand behind the modifier, at the start or within groups', () => {
  expect(hits({ 'f|re': 'ABC' }, { f: 'xabcx' })).toBe(false);
  expect(hits({ 'f|re|i': 'ABC' }, { f: 'xabcx' })).toBe(true);
  expect(hits({ 'f|re': '(?i)ABC' }, { f: 'xabcx' })).toBe(true);
  expect(hits({ 'f|re': 'a(?i:B)c' }, { f: 'abc' })).toBe(true);
  expect(hits({ 'f|re': 'a(?i:B)c' }, { f: 'abC' })).toBe(false);
  expect(hits({ 'f|re': '(a(?i)B)c' }, { f: 'abC' })).toBe(false);
  expect(hits({ 'f|re': '(?-i)A', 'g|re|i': '(?-i)A' }, { f: 'A', g: 'a' })).toBe(false);
  expect(hits({ 'f|re|m': '^b$' }, { f: 'a\nb\nc' })).toBe(true);
  expect(hits({ 'f|re': '^b$' }, { f: 'a\nb\nc' })).toBe(false);
  expect(hits({ 'f|re|s': 'a.b' }, { f: 'a\nb' })).toBe(true);
  expect(hits({ 'f|re': 'a.b' }, { f: 'a\nb' })).toBe(false);
});

test('characters beyond ASCII, classes by name, odd brackets and names of groups are understood', () => {
  expect(hits({ 'f|re': '^.$' }, { f: '😀' })).toBe(true);
  expect(hits({ 'f|re|i': '^äÖ$' }, { f: 'Äö' })).toBe(true);
  expect(hits({ 'f|re|i': '^[à-ü]$' }, { f: 'Ö' })).toBe(true);
  expect(hits({ 'f|re': '^[[:alpha:]]+$' }, { f: 'abC' })).toBe(true);
  expect(hits({ 'f|re': 'clipboard]::' }, { f: 'x clipboard]:: y' })).toBe(true);
  expect(hits({ 'f|re': '^[]a]+$' }, { f: 'a]' })).toBe(true);
  expect(hits({ 'f|re': '^(?<drive>[a-z]):\\\\(?P<rest>.+)$' }, { f: 'c:\\x' })).toBe(true);
  expect(hits({ 'f|re': '^a{,2}$' }, { f: 'a{,2}' })).toBe(true);
  expect(hits({ 'f|re': '^\\x{1F600}\\x41$' }, { f: '😀A' })).toBe(true);
  expect(hits({ 'f|re': '%(?:[Ll]ocal)?[Aa]pp[Dd]ata%' }, { f: 'x%LocalAppdata%' })).toBe(true);
});

test('expressions that hang backtracking engines end, on texts of a mebibyte', () => {
  const text = `${'a'.repeat(1_000_000)}!`;
  for (const source of [
    '^(a+)+$',
    '(a|aa)+$',
    '(a*)*b',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(.*)(.*)(.*)(.*)x$',
    '(?i)(A|a)+$',
  ]) {
    expect(hits({ 'f|re': source }, { f: text })).toBe(false);
  }
});

test('a text that needs ever new states is matched on without them', () => {
  let random = 1;
  const next = () => {
    random = (random * 48_271) % 2_147_483_647;
    return random % 2 === 0 ? 'a' : 'b';
  };
  const text = Array.from({ length: 30_000 }, next).join('');
  const search = { 'f|re': 'a.{299}b.{299}c' };
  const before = text.at(-600);
  const middle = text.at(-300);
  expect(hits(search, { f: text })).toBe(false);
  expect(hits(search, { f: `${text}c` })).toBe(before === 'a' && middle === 'b');
  expect(hits(search, { f: `${text}a${'😀'.repeat(299)}b${'x'.repeat(299)}cd` })).toBe(true);
  expect(hits({ 'f|re': 'a.{299}b.{299}c$' }, { f: `${text}a${'x'.repeat(299)}b${'x'.repeat(299)}cd` })).toBe(
    false,
  );
  expect(hits({ 'f|re': 'a.{299}b.{299}c$' }, { f: `${text}a${'x'.repeat(299)}b${'x'.repeat(299)}c` })).toBe(
    true,
  );
});

test('what cannot be matched in linear time is refused with its place', () => {
  const refused = [
    'a(?=b)',
    'a(?!b)',
    '(?<=a)b',
    '(?<!a)b',
    '(a)\\1',
    '(?>a+)b',
    'a++b',
    'a*+b',
    '\\p{L}',
    '(?R)',
    '\\Ka',
    '(?x)a',
  ];
  for (const source of refused) {
    const { rules, diagnostics } = parseRules(ruleText({ s: { 'f|re': source }, condition: 's' }), 'r.yml');
    expect([source, rules, diagnostics]).toMatchObject([
      source,
      [],
      [{ code: 'detect.regex_unsupported', line: 9 }],
    ]);
  }
  for (const source of ['a**', '*a', '(a', 'a)', '[a', 'a\\', '[b-a]', 'a{3,2}', '\\xzz']) {
    const { diagnostics } = parseRules(ruleText({ s: { 'f|re': source }, condition: 's' }), 'r.yml');
    expect([source, diagnostics.map(({ code }) => code)]).toEqual([source, ['detect.regex']]);
  }
});
