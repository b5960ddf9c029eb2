import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseRules, resolveCorrelations, sourcesOf } from './index.ts';
import { oneRule, ruleText } from './testing.suite.ts';

const base = (name: string, more: object = {}) =>
  ruleText(
    { s: { Which: name }, condition: 's' },
    { title: `rule ${name}`, id: `id-${name}`, name, ...more },
  );

const body = {
  type: 'event_count',
  rules: ['a'],
  'group-by': ['User'],
  timespan: '5m',
  condition: { gte: 10 },
};
const text = (correlation: unknown, more: object = {}) =>
  stringify({ title: 'many', id: 'many', level: 'high', correlation, ...more });

function resolved(...documents: readonly string[]) {
  const parsed = parseRules(documents.join('---\n'), 'rules.yml');
  const { correlations, diagnostics } = resolveCorrelations(parsed.rules, parsed.correlations);
  const codes = [...parsed.diagnostics, ...diagnostics].map(({ code }) => code);
  return { correlations, codes, diagnostics: [...parsed.diagnostics, ...diagnostics] };
}

test('a correlation is a tree with positions', () => {
  const { correlations } = parseRules(
    [
      'title: many',
      'id: many',
      'level: high',
      'correlation:',
      '  type: event_count',
      '  rules: [a, b]',
      '  group-by: User',
      '  timespan: 90m',
      '  condition: { gt: 1, lte: 20 }',
      '  aliases: { who: { a: User } }',
      '  generate: true',
    ].join('\n'),
    'many.yml',
  );
  expect(correlations).toMatchObject([
    {
      ...{ kind: 'correlation', at: { line: 1, column: 1 }, file: 'many.yml', id: 'many', level: 'high' },
      correlation: {
        at: { line: 5, column: 3 },
        rules: [
          { rule: 'a', at: { line: 6, column: 11 } },
          { rule: 'b', at: { line: 6, column: 14 } },
        ],
        groupBy: ['User'],
        timespanSeconds: 5_400,
        generate: true,
        test: {
          kind: 'events',
          bounds: [
            { comparison: 'gt', value: 1 },
            { comparison: 'lte', value: 20 },
          ],
        },
      },
    },
  ]);
  expect(correlations[0]?.correlation.aliases).toEqual(new Map([['who', new Map([['a', 'User']])]]));
});

test.each([
  [
    { ...body, type: 'value_count', condition: { field: 'Host', gte: 2 } },
    { kind: 'values', fields: ['Host'] },
  ],
  [
    { ...body, type: 'value_count', condition: { field: ['Host', 'Port'], gte: 2 } },
    { fields: ['Host', 'Port'] },
  ],
  [
    { ...body, type: 'value_sum', condition: { field: 'Bytes', gt: 1.5 } },
    { kind: 'numbers', by: 'sum' },
  ],
  [
    { ...body, type: 'value_avg', condition: { field: 'Bytes', lt: -2 } },
    { kind: 'numbers', by: 'average' },
  ],
  [
    { ...body, type: 'value_median', condition: { field: 'Bytes', neq: 0 } },
    { kind: 'numbers', by: 'median' },
  ],
  [
    { ...body, type: 'value_percentile', condition: { field: 'Bytes', percentile: 95, gte: 1 } },
    { kind: 'percentile', percentile: 95 },
  ],
  [
    { ...body, type: 'temporal', rules: ['a', 'b'], condition: { gte: 2 } },
    { kind: 'rules', ordered: false },
  ],
  [
    { ...body, type: 'temporal_ordered', rules: ['a', 'b'], condition: 'a and b' },
    { kind: 'condition', ordered: true },
  ],
])('%o', (correlation, expected) => {
  const { correlations } = parseRules(text(correlation), 'many.yml');
  expect(correlations[0]?.correlation.test).toMatchObject(expected);
});

test('temporal without a condition wants all of its rules', () => {
  const { condition: _, ...rest } = body;
  const { correlations } = parseRules(text({ ...rest, type: 'temporal', rules: ['a', 'b'] }), 'many.yml');
  expect(correlations[0]?.correlation.test).toMatchObject({
    ...{ kind: 'condition', ordered: false },
    condition: { kind: 'and', of: [{ name: 'a' }, { name: 'b' }] },
  });
});

test.each([
  ['1s', 1],
  ['30m', 1_800],
  ['24h', 86_400],
  ['7d', 604_800],
  ['1w', 604_800],
])('a timespan of %s', (timespan, seconds) => {
  const { correlations } = parseRules(text({ ...body, timespan }), 'many.yml');
  expect(correlations[0]?.correlation.timespanSeconds).toBe(seconds);
});

describe('what cannot be used is told, with its place', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['no map', text('event_count'), 'detect.wrong_type'],
    ['no type', text({ ...body, type: undefined }), 'detect.missing'],
    ['a strange type', text({ ...body, type: 'near' }), 'detect.correlation_type'],
    ['no rules', text({ ...body, rules: undefined }), 'detect.missing'],
    ['an empty list of rules', text({ ...body, rules: [] }), 'detect.wrong_type'],
    ['a rule twice', text({ ...body, rules: ['a', 'a'] }), 'detect.wrong_type'],
    ['a map as a rule', text({ ...body, rules: [{ a: 1 }] }), 'detect.wrong_type'],
    [
      'too many rules',
      text({ ...body, rules: Array.from({ length: 65 }, (_, n) => `r${n}`) }),
      'detect.too_large',
    ],
    ['no timespan', text({ ...body, timespan: undefined }), 'detect.missing'],
    ['a timespan without a unit', text({ ...body, timespan: 10 }), 'detect.timespan'],
    ['a timespan of months', text({ ...body, timespan: '2M' }), 'detect.timespan'],
    ['none at all', text({ ...body, timespan: '0s' }), 'detect.timespan'],
    ['a year of days', text({ ...body, timespan: '365d' }), 'detect.timespan'],
    ['no condition', text({ ...body, condition: undefined }), 'detect.missing'],
    ['an empty condition', text({ ...body, condition: {} }), 'detect.missing'],
    ['a text where a number is counted', text({ ...body, condition: 'a' }), 'detect.wrong_type'],
    ['half an event', text({ ...body, condition: { gte: 1.5 } }), 'detect.value'],
    ['a count as text', text({ ...body, condition: { gte: '10' } }), 'detect.value'],
    ['a field that is not looked at', text({ ...body, condition: { gte: 1, field: 'x' } }), 'detect.key'],
    ['values of no field', text({ ...body, type: 'value_count' }), 'detect.missing'],
    [
      'a sum of two fields',
      text({ ...body, type: 'value_sum', condition: { gte: 1, field: ['a', 'b'] } }),
      'detect.missing',
    ],
    [
      'no percentile',
      text({ ...body, type: 'value_percentile', condition: { gte: 1, field: 'a' } }),
      'detect.missing',
    ],
    [
      'the 101st',
      text({ ...body, type: 'value_percentile', condition: { gte: 1, field: 'a', percentile: 101 } }),
      'detect.value',
    ],
    ['an unknown part', text({ ...body, window: 5 }), 'detect.key'],
    ['aliases as a list', text({ ...body, aliases: ['a'] }), 'detect.wrong_type'],
    ['an alias of nothing', text({ ...body, aliases: { who: { a: '' } } }), 'detect.wrong_type'],
    ['generate maybe', text({ ...body, generate: 'maybe' }), 'detect.wrong_type'],
    [
      'a condition over other rules',
      text({ ...body, type: 'temporal', condition: 'a and z' }),
      'detect.unknown_rule',
    ],
    ['half a condition', text({ ...body, type: 'temporal', condition: 'a and' }), 'detect.condition'],
  ];
  test.each(cases)('%s', (_, written, code) => {
    const { correlations, diagnostics } = parseRules(written, 'many.yml');
    expect(correlations).toEqual([]);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    for (const { line, column, file } of diagnostics) {
      expect([file, line > 0, column > 0]).toEqual(['many.yml', true, true]);
    }
  });

  test('whatever stands in a correlation, parsing never throws', () => {
    const part = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('a', '5m', 'temporal', 'a and b', { gte: 1 }),
    );
    const correlation = fc.record(
      {
        type: part,
        rules: part,
        'group-by': part,
        timespan: part,
        condition: part,
        aliases: part,
        generate: part,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(correlation, (written) => {
        const { correlations, diagnostics } = parseRules(text(written), 'any.yml');
        expect(correlations.length + diagnostics.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('what a correlation refers to', () => {
  test('is found by id and by name, in any order of documents', () => {
    const { correlations, codes } = resolved(text({ ...body, rules: ['a', 'id-b'] }), base('a'), base('b'));
    expect(codes).toEqual([]);
    expect(correlations[0]?.members.map(({ of }) => of.kind === 'rule' && of.rule.id)).toEqual([
      'id-a',
      'id-b',
    ]);
  });

  test('may be other correlations, which come first', () => {
    const outer = text({ ...body, rules: ['many'] }, { id: 'outer' });
    const { correlations } = resolved(outer, text(body, { name: 'many' }), base('a'));
    expect(correlations.map(({ rule, chain }) => [rule.id, chain])).toEqual([
      ['many', 1],
      ['outer', 2],
    ]);
  });

  test('and is not there is told where it is named', () => {
    const { correlations, diagnostics } = resolved(text({ ...body, rules: ['a', 'nope'] }), base('a'));
    expect(correlations).toEqual([]);
    expect(diagnostics).toMatchObject([
      { code: 'detect.unknown_rule', file: 'rules.yml', line: 8, column: 7 },
    ]);
  });

  test('must not lead back to it', () => {
    const one = text({ ...body, rules: ['two'] }, { id: 'one', name: 'one' });
    const two = text({ ...body, rules: ['one'] }, { id: 'two', name: 'two' });
    const above = text({ ...body, rules: ['one', 'a'] }, { id: 'above' });
    const { correlations, codes } = resolved(one, two, above, base('a'));
    expect(correlations).toEqual([]);
    expect(codes).toEqual(['detect.correlation_cycle', 'detect.unknown_rule', 'detect.unknown_rule']);
    expect(resolved(text({ ...body, rules: ['many'] })).codes).toEqual(['detect.correlation_cycle']);
  });

  test('must be one rule', () => {
    const { codes } = resolved(text(body), base('a'), base('a', { id: 'other' }));
    expect(codes).toEqual(['detect.ambiguous_rule']);
  });

  test('is all that aliases may name', () => {
    expect(resolved(text({ ...body, aliases: { who: { b: 'x' } } }), base('a'), base('b')).codes).toEqual([
      'detect.unknown_rule',
    ]);
    expect(resolved(text({ ...body, aliases: { who: { 'id-a': 'x' } } }), base('a')).codes).toEqual([]);
  });

  test('a chain has an end', () => {
    const chain = Array.from({ length: 17 }, (_, place) =>
      text({ ...body, rules: [place === 0 ? 'a' : `c${place - 1}`] }, { id: `c${place}`, name: `c${place}` }),
    );
    const { correlations, codes } = resolved(base('a'), ...chain);
    expect([correlations.length, codes]).toEqual([16, ['detect.too_large']]);
  });

  test('a condition that holds in too many ways is told', () => {
    const rules = Array.from({ length: 24 }, (_, place) => `r${place}`);
    const wide = text({ ...body, type: 'temporal', rules, condition: '12 of them' });
    expect(resolved(wide, ...rules.map((name) => base(name))).codes).toEqual(['detect.too_large']);
  });
});

describe('the logic of a correlation', () => {
  const logicOf = (correlation: object, more: object = {}, of: object = {}) =>
    resolved(text({ ...body, ...correlation }, more), base('a', of), base('b')).correlations.at(-1)?.logic;

  test('is neither prose nor names', () => {
    const logic = logicOf({});
    expect(logic).toMatch(/^[0-9a-f]{64}$/);
    expect(logicOf({}, { title: 'other', id: 'other', level: 'low', description: 'x' })).toBe(logic);
    expect(logicOf({ rules: ['id-a'] })).toBe(logic);
    expect(logicOf({}, {}, { title: 'other', level: 'low' })).toBe(logic);
    expect(logicOf({ generate: true })).toBe(logic);
    expect(logicOf({ 'group-by': ['x', 'y'] })).toBe(logicOf({ 'group-by': ['y', 'x'] }));
  });

  test('is what it looks for, and what its rules look for', () => {
    const others = [
      logicOf({}),
      logicOf({ timespan: '6m' }),
      logicOf({ condition: { gt: 10 } }),
      logicOf({ 'group-by': ['Host'] }),
      logicOf({ rules: ['b'] }),
      logicOf({ rules: ['a', 'b'] }),
      logicOf({ aliases: { User: { a: 'Account' } } }),
      logicOf({ type: 'value_count', condition: { field: 'Host', gte: 10 } }),
      logicOf({}, {}, { logsource: { product: 'linux' } }),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  test('has the order of rules where order counts, and only there', () => {
    const both = (type: string, rules: readonly string[]) => logicOf({ type, rules, condition: { gte: 2 } });
    expect(both('temporal', ['a', 'b'])).toBe(both('temporal', ['b', 'a']));
    expect(both('temporal_ordered', ['a', 'b'])).not.toBe(both('temporal_ordered', ['b', 'a']));
  });
});

test('the sources that a rule names are those of its log source', () => {
  const of = (logsource: object) =>
    sourcesOf(oneRule(ruleText({ s: { f: 'x' }, condition: 's' }, { logsource })).logsource);
  expect(of({ product: 'windows', service: 'security' })).toEqual(new Set(['windows']));
  expect(of({ category: 'dns' })).toEqual(new Set(['zeek', 'suricata']));
});
