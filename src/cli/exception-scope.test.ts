import { describe, expect, test } from 'vitest';
import { conditionOf, conditionText, scopeOf } from './exception-scope.ts';

describe('a condition of the command line', () => {
  test.each([
    ['host is dc01', { kind: 'host', test: { kind: 'equals', values: ['dc01'] } }],
    ['user in a, b,c', { kind: 'user', test: { kind: 'equals', values: ['a', 'b', 'c'] } }],
    ['source is windows', { kind: 'source', test: { kind: 'equals', values: ['windows'] } }],
    [
      'field:CommandLine contains -File C:\\jobs, all of it',
      {
        ...{ kind: 'field', field: 'CommandLine' },
        test: { kind: 'contains', values: ['-File C:\\jobs, all of it'] },
      },
    ],
    [
      'address cidr 10.0.0.0/8,2001:db8::/32',
      { kind: 'address', test: { kind: 'cidr', values: ['10.0.0.0/8', '2001:db8::/32'] } },
    ],
  ])('%s is read', (text, wanted) => {
    expect(conditionOf(text)).toEqual(wanted);
    expect(conditionOf(conditionText(conditionOf(text)))).toEqual(wanted);
  });

  test.each(['', 'host', 'host is', 'host like x', 'planet is x', 'field: is x', 'address cidr 10.0.0.0/99'])(
    '%j is refused, and told how one looks',
    (text) => {
      expect(() => conditionOf(text)).toThrow(expect.objectContaining({ code: 'cli.exception' }));
    },
  );
});

test('a scope is of one rule, or of any', () => {
  expect(scopeOf('r1', ['host is a'])).toMatchObject({ rule: 'r1', conditions: [{ kind: 'host' }] });
  expect(scopeOf('any', ['host is a', 'host is b'])).toMatchObject({ rule: null, conditions: [{}, {}] });
});
