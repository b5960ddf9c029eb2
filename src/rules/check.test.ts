import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diagnosticCodes } from '../detect/index.ts';
import { checkRules, loadPack } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-check-'));
afterAll(() => rmSync(root, { recursive: true }));

const rule = (id: string, more = 'logon: { TargetUserName: bob }', service = 'security') => `title: Rule ${id}
id: ${id}
level: low
logsource: { product: windows, service: ${service} }
detection: { ${more}, condition: logon }
`;
const filter = (names: string) => `title: Filter
logsource: { product: windows }
filter: { rules: [${names}], selection: { f: 1 }, condition: not selection }
`;

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

test('a check names each fault with place and what to do, in order, and sums up', () => {
  const path = folder('faults', {
    'b.yml': rule('b', 'logon: { f|nonsense: 1 }'),
    'a.yml': [rule('a'), rule('c', 'logon: { f: 1 }, other: { f: 2 }'), filter('a, nobody')].join('---\n'),
    'd.yml': rule('d', 'logon: { f: 1 }', 'nowhere'),
  });
  const { diagnostics, ...sums } = checkRules([path]);
  expect(sums).toEqual({ rules: 3, filters: 1, correlations: 0, errors: 1, warnings: 3, unroutable: 1 });
  expect(diagnostics).toMatchObject([
    { file: join(path, 'a.yml'), line: 11, column: 31, severity: 'warning', code: 'detect.unused_search' },
    {
      file: join(path, 'a.yml'),
      line: 15,
      column: 22,
      severity: 'warning',
      code: 'detect.filter_without_rule',
    },
    { file: join(path, 'b.yml'), line: 5, column: 23, severity: 'error', code: 'detect.unknown_modifier' },
    { file: join(path, 'd.yml'), line: 4, column: 12, severity: 'warning', code: 'detect.unroutable' },
  ]);
  for (const { mend, message } of diagnostics) {
    expect(mend).not.toBe('');
    expect(message).not.toBe('');
  }
});

test('filters and correlations are looked at with the rules of all paths', () => {
  const rules = folder('rules', { 'a.yml': rule('e') });
  const filters = folder('filters', { 'f.yml': filter('e') });
  expect(checkRules([filters]).diagnostics).toHaveLength(1);
  expect(checkRules([filters, rules]).diagnostics).toEqual([]);
});

test('two rules with one id are told at the one that is left out', () => {
  const path = folder('twice', { 'a.yml': rule('x'), 'b.yml': rule('x', 'logon: { f: 2 }') });
  expect(checkRules([path]).diagnostics).toMatchObject([
    {
      code: 'detect.same_id',
      file: join(path, 'a.yml'),
      line: 1,
      message: expect.stringContaining('b.yml:1'),
    },
  ]);
});

test('a single file is checked with the placeholders of its folder', () => {
  const text = rule('p', "logon: { TargetUserName|expand: '%admins%' }");
  const path = folder('placeholders', { 'a.yml': text });
  expect(checkRules([join(path, 'a.yml')]).diagnostics).toMatchObject([{ code: 'detect.placeholder' }]);
  writeFileSync(join(path, 'placeholders.yml'), 'admins: [root, 7]\n');
  expect(checkRules([join(path, 'a.yml')])).toMatchObject({ rules: 1, diagnostics: [] });
  expect(loadPack(path).rules[0]?.detection.searches.get('logon')).toMatchObject({
    tests: [{ kind: 'any', of: [{ kind: 'text' }, { kind: 'text' }] }],
  });
});

test.each([
  ['a list', '- admins'],
  ['a map within', 'admins: { a: 1 }'],
  ['an empty list', 'admins: []'],
  ['percent signs', '"%admins%": [a]'],
])('placeholders that cannot be read are an error of the folder: %s', (name, text) => {
  const path = folder(name.replaceAll(' ', '-'), { 'a.yml': rule('q'), 'placeholders.yml': text });
  expect(() => checkRules([path])).toThrow(/placeholders\.yml/);
});

test('every code says what it means and what to do', () => {
  for (const [code, { meaning, mend }] of Object.entries(diagnosticCodes))
    expect([code, meaning.length > 10, mend.endsWith('.')]).toEqual([code, true, true]);
});
