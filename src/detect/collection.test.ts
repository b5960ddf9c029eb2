import { describe, expect, test } from 'vitest';
import { compileRule, parseRules } from './index.ts';
import { event } from './testing.suite.ts';

const global = `action: global
title: Service installed
level: high
detection:
  condition: selection
`;
const system = `logsource: { product: windows, service: system }
detection:
  selection: { EventID: 7045 }
`;
const security = `logsource: { product: windows, service: security }
detection:
  selection: { EventID: 4697 }
`;
const joined = (...documents: readonly string[]) => documents.join('---\n');
const parsed = (...documents: readonly string[]) => parseRules(joined(...documents), 'old.yml');
const serviceOf = (rule: { readonly logsource: { readonly service: string | undefined } }) =>
  rule.logsource.service;

describe('a collection of the old kind', () => {
  test('has what its global part says in each rule', () => {
    const { rules, diagnostics } = parsed(global, system, security);
    expect(diagnostics.map(({ code }) => code)).toEqual(['detect.no_id', 'detect.no_id']);
    expect(rules.map(({ title, level }) => [title, level])).toEqual(
      Array(2).fill(['Service installed', 'high']),
    );
    const [first, second] = rules.map((rule) => compileRule(rule));
    expect(first?.match(event({ EventID: 7045 }))).toBeDefined();
    expect(second?.match(event({ EventID: 7045 }))).toBeUndefined();
    expect(second?.match(event({ EventID: 4697 }))).toBeDefined();
  });

  test('repeats the rule before with changes', () => {
    const { rules } = parsed(global, system, 'action: repeat\nlogsource: { service: security }\n');
    expect(rules.map(serviceOf)).toEqual(['system', 'security']);
    expect(rules.map(({ detection }) => [...detection.searches.keys()])).toEqual([
      ['selection'],
      ['selection'],
    ]);
  });

  test('forgets its global part at a reset', () => {
    const { rules, diagnostics } = parsed(global, system, 'action: reset\n', security);
    expect(rules.map(serviceOf)).toEqual(['system']);
    expect(diagnostics.map(({ code }) => code)).toContain('detect.missing');
  });

  test('keeps the places of its parts, and anchors of its global part', () => {
    const anchored = 'action: global\ntitle: t\nid: a\nlevel: low\nlogsource: &l { product: windows }\n';
    const { rules } = parsed(anchored, 'detection: { s: { f: 1 }, condition: s }\n');
    expect(rules).toMatchObject([
      { at: { line: 7 }, logsource: { at: { line: 5 } }, detection: { at: { line: 7, column: 12 } } },
    ]);
  });

  test('of an unknown kind, or without a rule, is told', () => {
    expect(parsed('action: merge\ntitle: t\n').diagnostics).toMatchObject([
      { code: 'detect.action', line: 1, column: 9 },
    ]);
    expect(parsed('action: repeat\ntitle: t\n').diagnostics).toMatchObject([{ code: 'detect.action' }]);
    expect(parsed(global).diagnostics).toMatchObject([{ code: 'detect.not_a_rule' }]);
  });
});
