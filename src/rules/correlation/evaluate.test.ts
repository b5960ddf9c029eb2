import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { correlationCases } from './cases.suite.ts';
import { evaluateCorrelation } from './evaluate.ts';
import { correlationOf, hitsOf, textOf } from './rig.suite.ts';

const tenant = 'red';

describe('hits make the episodes that were worked out by hand', () => {
  test.each(correlationCases)('$name', ({ correlation, more, hits, episodes }) => {
    const found = evaluateCorrelation({
      tenant,
      correlation: correlationOf(correlation, more),
      hits: hitsOf(hits),
    });
    expect(found.episodes.map(textOf)).toEqual(episodes);
    expect(found.exceeded).toEqual([]);
  });

  test('there are sixty or more of them', () => expect(correlationCases.length).toBeGreaterThanOrEqual(60));
});

test('the same hits in any order, also twice, make the same episodes', () => {
  const cases = correlationCases.map(({ correlation, more, hits }) => ({
    correlation: correlationOf(correlation, more),
    hits: hitsOf(hits),
  }));
  const shuffled = fc
    .constantFrom(...cases)
    .chain(({ correlation, hits }) =>
      fc
        .tuple(fc.shuffledSubarray([...hits, ...hits], { minLength: hits.length * 2 }))
        .map(([mixed]) => ({ correlation, hits, mixed })),
    );
  fc.assert(
    fc.property(shuffled, ({ correlation, hits, mixed }) => {
      const once = evaluateCorrelation({ tenant, correlation, hits });
      expect(evaluateCorrelation({ tenant, correlation, hits: mixed })).toEqual(once);
    }),
  );
});

describe('the id of an episode', () => {
  const rule = {
    type: 'event_count',
    rules: ['a'],
    'group-by': ['user'],
    timespan: '10s',
    condition: { gte: 2 },
  };
  const hits = hitsOf(['0 a bob', '1 a bob']);
  const idOf = (changed: object, of = tenant) =>
    evaluateCorrelation({ tenant: of, correlation: correlationOf({ ...rule, ...changed }), hits }).episodes[0]
      ?.id;

  test('is that of tenant, logic, group and first event', () => {
    expect(idOf({})).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf({ generate: true })).toBe(idOf({}));
    expect(idOf({ rules: ['id-a'] })).toBe(idOf({}));
    expect(idOf({}, 'blue')).not.toBe(idOf({}));
    expect(idOf({ timespan: '11s' })).not.toBe(idOf({}));
    expect(idOf({ condition: { gt: 1 } })).not.toBe(idOf({}));
    expect(idOf({ rules: ['a', 'b'] })).not.toBe(idOf({}));
  });

  test('does not change when events come later', () => {
    const correlation = correlationOf(rule);
    const more = [...hits, ...hitsOf(['0 b x', '0 b x', '2 a bob', '3 a bob'])];
    expect(evaluateCorrelation({ tenant, correlation, hits: more }).episodes[0]?.id).toBe(idOf({}));
  });
});

describe('past a bound', () => {
  test('groups that are left out are told', () => {
    const correlation = correlationOf({
      ...{ type: 'event_count', rules: ['a'], 'group-by': ['user'], timespan: '10s', condition: { gte: 1 } },
    });
    const hits = hitsOf(['0 a bob', '1 a eve', '2 a tom', '3 a bob']);
    const found = evaluateCorrelation({ tenant, correlation, hits, limits: { groups: 2 } });
    expect(found.episodes.map(textOf)).toEqual(['bob e1 0-3 n2', 'eve e2 1-1 n1']);
    expect(found.exceeded).toEqual([{ rule: 'top', bound: 'groups', limit: 2 }]);
  });

  test('numbers are taken of the newest hits of a window, and that is told', () => {
    const correlation = correlationOf({
      ...{ type: 'value_median', rules: ['a'], timespan: '1h', condition: { field: 'size', gte: 0 } },
    });
    const hits = Array.from({ length: 10_002 }, (_, place) => ({
      ...{ rule: 'id-a', eventId: `e${place}`, time: place < 5_000 ? 0 : 1, fields: { size: '1' } },
    }));
    const found = evaluateCorrelation({ tenant, correlation, hits });
    expect(found.exceeded).toEqual([{ rule: 'top', bound: 'window', limit: 10_000 }]);
    expect(found.episodes).toHaveLength(1);
  });
});
