import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { applyFilters, compileRule, detectionId, logicHash, parseRules, type SigmaRule } from './index.ts';
import { event, ruleText } from './testing.suite.ts';

const id = '4d7f1f2e-0000-4000-8000-000000000001';

function filterText(filter: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  const logsource = { product: 'windows', category: 'process_creation' };
  return stringify({ title: 'Administrators', id: 'f-1', logsource, ...more, filter });
}

const administrators = (more: Readonly<Record<string, unknown>> = {}) => ({
  rules: [id],
  selection: { 'User|startswith': 'adm_' },
  condition: 'not selection',
  ...more,
});

/** The rules of a text with its filters in them. */
function applied(...texts: readonly string[]) {
  const { rules, filters, diagnostics } = parseRules(texts.join('---\n'), 'r.yml');
  const made = applyFilters(rules, filters);
  return { ...made, all: [...diagnostics, ...made.diagnostics], written: rules };
}

function hitBy(rule: SigmaRule | undefined, fields: Readonly<Record<string, unknown>>): boolean {
  if (rule === undefined) throw new Error('there is no rule');
  return compileRule(rule).match(event(fields)) !== undefined;
}

const whoami = ruleText({ selection: { Image: 'whoami' }, condition: 'selection' });

describe('a filter', () => {
  test('is written into the rule that it names: (condition) and filter', () => {
    const { rules, all } = applied(whoami, filterText(administrators()));
    expect(all).toEqual([]);
    const [rule] = rules;
    expect(hitBy(rule, { Image: 'whoami', User: 'bob' })).toBe(true);
    expect(hitBy(rule, { Image: 'whoami', User: 'adm_bob' })).toBe(false);
    expect(hitBy(rule, { Image: 'whoami' })).toBe(true);
    expect(hitBy(rule, { Image: 'cmd', User: 'bob' })).toBe(false);
  });

  test('says where it and each of its parts stood', () => {
    const { filters } = parseRules(filterText(administrators()), 'f.yml');
    expect(filters).toMatchObject([
      {
        ...{ kind: 'filter', file: 'f.yml', id: 'f-1', title: 'Administrators', at: { line: 1, column: 1 } },
        rules: [{ rule: id, at: { line: 8, column: 7 } }],
        logsource: { product: 'windows', category: 'process_creation' },
        detection: { conditions: [{ kind: 'not', at: { line: 11, column: 14 } }] },
      },
    ]);
  });

  test('binds each of several conditions, whatever is joined in them', () => {
    const detection = { a: { f: 'a' }, b: { f: 'b' }, condition: ['a or b', 'not a'] };
    const [rule] = applied(ruleText(detection), filterText(administrators())).rules;
    expect(hitBy(rule, { f: 'a', User: 'bob' })).toBe(true);
    for (const f of ['a', 'b', 'c']) expect(hitBy(rule, { f, User: 'adm_bob' })).toBe(false);
  });

  test('has searches of its own, whatever those of the rule are called', () => {
    const detection = { selection: { User: 'adm_*' }, filter: { f: 'x' }, condition: '1 of them' };
    const filter = administrators({ selection: { f: 'y' }, filter: { f: 'z' }, condition: 'not 1 of them' });
    const [rule] = applied(ruleText(detection), filterText(filter)).rules;
    expect(hitBy(rule, { User: 'adm_1', f: 'w' })).toBe(true);
    expect(hitBy(rule, { User: 'adm_1', f: 'y' })).toBe(false);
    expect(hitBy(rule, { User: 'adm_1', f: 'z' })).toBe(false);
  });

  test('names rules by id or name, or means any of its log source', () => {
    const named = ruleText({ s: { f: 'a' }, condition: 's' }, { id: 'other', name: 'other_rule' });
    const other = ruleText({ s: { f: 'a' }, condition: 's' }, { id: 'dns', logsource: { category: 'dns' } });
    const seen = { f: 'a', Image: 'whoami', User: 'adm_x' };
    const hits = (rules: unknown) =>
      applied(whoami, named, other, filterText(administrators({ rules }))).rules.map((rule) =>
        hitBy(rule, seen),
      );
    expect(hits(['other_rule'])).toEqual([true, false, true]);
    expect(hits(id)).toEqual([false, true, true]);
    expect(hits([id, 'other'])).toEqual([false, false, true]);
    expect(hits('any')).toEqual([false, false, true]);
  });

  test('is about rules whose log source is within its own', () => {
    const wide = filterText(administrators(), { logsource: { product: 'windows' } });
    const narrow = filterText(administrators(), { logsource: { product: 'windows', service: 'sysmon' } });
    expect(applied(whoami, wide).all).toEqual([]);
    const { rules, all, written } = applied(whoami, narrow);
    expect(rules[0]).toBe(written[0]);
    expect(all).toMatchObject([{ code: 'detect.filter_without_rule', severity: 'warning', file: 'r.yml' }]);
  });

  test('that names an unknown rule is a warning at that name, and its other rules are filtered', () => {
    const { rules, all, written } = applied(whoami, filterText(administrators({ rules: [id, 'nobody'] })));
    expect(all).toMatchObject([{ code: 'detect.filter_without_rule', line: 20, column: 7 }]);
    expect(all[0]?.message).toContain('nobody');
    expect(rules[0]).not.toBe(written[0]);
  });

  test('of a rule changes its logic, and so the ids of its detections', () => {
    const [plain] = applied(whoami).rules;
    const [filtered] = applied(whoami, filterText(administrators())).rules;
    if (plain === undefined || filtered === undefined) throw new Error('no rule');
    expect(logicHash(filtered)).not.toBe(logicHash(plain));
    expect(detectionId('t', logicHash(filtered), 'e')).not.toBe(detectionId('t', logicHash(plain), 'e'));
    expect(filtered.id).toBe(plain.id);
  });

  test('given twice or in another order makes the same logic', () => {
    const one = filterText(administrators());
    const two = filterText(administrators({ selection: { f: 'x' } }), { title: 'Two' });
    const hashes = [
      [one, two],
      [two, one],
      [one, two, one],
    ].map((filters) => applied(whoami, ...filters).rules.map(logicHash));
    expect(new Set(hashes.flat()).size).toBe(1);
  });

  test('of placeholders takes their values as rules do', () => {
    const text = filterText(administrators({ selection: { 'User|expand': '%admins%' } }));
    const placeholders = new Map([['admins', ['ann', 'bob']]]);
    const { filters, diagnostics } = parseRules(text, 'f.yml', { placeholders });
    expect(diagnostics).toEqual([]);
    const { rules } = applyFilters(parseRules(whoami, 'r.yml').rules, filters);
    expect(hitBy(rules[0], { Image: 'whoami', User: 'bob' })).toBe(false);
    expect(parseRules(text, 'f.yml').diagnostics).toMatchObject([{ code: 'detect.placeholder' }]);
  });
});

describe('a filter that cannot be used is told', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['no rules', filterText({ ...administrators(), rules: undefined }), 'detect.filter'],
    ['an empty list of rules', filterText(administrators({ rules: [] })), 'detect.filter'],
    ['a map as rule', filterText(administrators({ rules: [{ id: 1 }] })), 'detect.filter'],
    ['a text', filterText('selection'), 'detect.filter'],
    ['no condition', filterText({ rules: 'any', selection: { f: 1 } }), 'detect.missing'],
    ['no title', filterText(administrators(), { title: '' }), 'detect.missing'],
    ['no log source', filterText(administrators(), { logsource: {} }), 'detect.missing'],
    ['an unknown search', filterText(administrators({ condition: 'not selected' })), 'detect.unknown_search'],
    ['a broken search', filterText(administrators({ selection: { 'f|x': 1 } })), 'detect.unknown_modifier'],
  ];
  test.each(cases)('%s', (_, text, code) => {
    const { filters, diagnostics } = parseRules(text, 'f.yml');
    expect(filters).toEqual([]);
    expect(diagnostics.map((one) => one.code)).toContain(code);
  });

  test('one that says `not` nowhere, as it keeps what it describes', () => {
    const text = filterText(administrators({ condition: 'selection' }));
    const { filters, diagnostics } = parseRules(text, 'f.yml');
    expect([filters.length, diagnostics.map(({ code }) => code)]).toEqual([1, ['detect.filter_keeps']]);
  });
});

test('a filtered rule hits what the rule hits and the filter lets through, nothing else', () => {
  const value = fc.constantFrom('a', 'b', 'c');
  const search = fc
    .record({ f: value, g: value }, { requiredKeys: [] })
    .filter((map) => Object.keys(map).length > 0);
  const condition = fc.constantFrom('s', 'not s', 's or t', 's and not t', '1 of them', 'not all of them');
  const detection = fc.record({ s: search, t: search, condition });
  const fields = fc.record({ f: value, g: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(detection, detection, fields, (rule, filter, seen) => {
      const both = applied(ruleText(rule), filterText({ rules: 'any', ...filter })).rules[0];
      const [alone] = applied(ruleText(rule)).rules;
      const [asRule] = applied(ruleText(filter)).rules;
      expect(hitBy(both, seen)).toBe(hitBy(alone, seen) && hitBy(asRule, seen));
    }),
  );
});
