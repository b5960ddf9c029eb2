/** Hits and the episodes that they make, worked out by hand. How they are written: `rig.suite.ts`. */

export interface CorrelationCase {
  readonly name: string;
  readonly correlation: Readonly<Record<string, unknown>>;
  readonly more?: readonly Readonly<Record<string, unknown>>[];
  readonly hits: readonly string[];
  readonly episodes: readonly string[];
}

const count = (condition: object, timespan = '10s', more: object = {}) => ({
  ...{ type: 'event_count', rules: ['a'], 'group-by': ['user'], timespan, condition },
  ...more,
});
const values = (condition: object, more: object = {}) => ({
  ...{ type: 'value_count', rules: ['a'], 'group-by': ['user'], timespan: '10s', condition },
  ...more,
});
const numbers = (type: string, condition: object, more: object = {}) => ({
  ...{
    type,
    rules: ['a'],
    'group-by': ['user'],
    timespan: '10s',
    condition: { field: 'size', ...condition },
  },
  ...more,
});
const temporal = (rules: readonly string[], more: object = {}) => ({
  ...{ type: 'temporal', rules, 'group-by': ['user'], timespan: '10s' },
  ...more,
});
const ordered = (rules: readonly string[], more: object = {}) => ({
  ...temporal(rules, more),
  type: 'temporal_ordered',
});

const counts: readonly CorrelationCase[] = [
  { name: 'none, no hits', correlation: count({ gte: 1 }), hits: [], episodes: [] },
  {
    name: 'one hit is enough for one',
    correlation: count({ gte: 1 }),
    hits: ['5 a bob'],
    episodes: ['bob e1 5-5 n1'],
  },
  { name: 'one too few', correlation: count({ gte: 3 }), hits: ['0 a bob', '1 a bob'], episodes: [] },
  {
    name: 'the third opens, with the window before it',
    correlation: count({ gte: 3 }),
    hits: ['0 a bob', '4 a bob', '8 a bob'],
    episodes: ['bob e3 8-8 n3'],
  },
  {
    name: 'both ends of the timespan are in the window',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '10 a bob'],
    episodes: ['bob e2 10-10 n2'],
  },
  {
    name: 'a microsecond longer is out of it',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '10.000001 a bob'],
    episodes: [],
  },
  {
    name: 'an attack over the boundary of a full ten seconds',
    correlation: count({ gte: 4 }),
    hits: ['8 a bob', '9 a bob', '10 a bob', '11 a bob'],
    episodes: ['bob e4 11-11 n4'],
  },
  {
    name: 'goes on while it is met again within a timespan',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '2 a bob', '12 a bob', '20 a bob'],
    episodes: ['bob e2 2-20 n4'],
  },
  {
    name: 'met again after exactly a timespan is the same episode',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '1 a bob', '11 a bob'],
    episodes: ['bob e2 1-11 n3'],
  },
  {
    name: 'closes after a timespan without',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '1 a bob', '20 a bob', '21 a bob'],
    episodes: ['bob e2 1-1 n2', 'bob e4 21-21 n2'],
  },
  {
    name: 'a hit that does not meet it does not hold it open',
    correlation: count({ gte: 3 }),
    hits: ['0 a bob', '1 a bob', '2 a bob', '12 a bob', '20 a bob', '21 a bob'],
    // At 12 the window holds 2 and 12, at 21 it holds 12, 20 and 21.
    episodes: ['bob e3 2-2 n3', 'bob e6 21-21 n3'],
  },
  {
    name: 'groups are apart',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob', '1 a eve', '2 a bob', '3 a eve', '4 a tom'],
    episodes: ['bob e3 2-2 n2', 'eve e4 3-3 n2'],
  },
  {
    name: 'names of groups are compared without case',
    correlation: count({ gte: 2 }),
    hits: ['0 a Bob', '1 a BOB'],
    episodes: ['BOB e2 1-1 n2'],
  },
  {
    name: 'a hit without the field of the group is in no group',
    correlation: count({ gte: 2 }),
    hits: ['0 a -', '1 a -', '2 a bob'],
    episodes: [],
  },
  {
    name: 'without group-by all hits are one group',
    correlation: count({ gte: 3 }, '10s', { 'group-by': [] }),
    hits: ['0 a bob', '1 a eve', '2 a -'],
    episodes: ['* e3 2-2 n3'],
  },
  {
    name: 'two fields make a group together',
    correlation: count({ gte: 2 }, '10s', { 'group-by': ['user', 'host'] }),
    hits: ['0 a bob host=x', '1 a bob host=y', '2 a bob host=x'],
    episodes: ['x/bob e3 2-2 n2'],
  },
  {
    name: 'hits that come out of order',
    correlation: count({ gte: 3 }),
    hits: ['8 a bob', '0 a bob', '4 a bob'],
    episodes: ['bob e1 8-8 n3'],
  },
  {
    name: 'a hit that comes twice is one',
    correlation: count({ gte: 2 }),
    hits: ['0 a bob #x', '0 a bob #x', '0 a bob #x'],
    episodes: [],
  },
  {
    name: 'an event that two rules hit is one event',
    correlation: count({ gte: 2 }, '10s', { rules: ['a', 'b'] }),
    hits: ['0 a+b bob', '1 b bob'],
    episodes: ['bob e2 1-1 n2'],
  },
  {
    name: 'events of several rules are counted together',
    correlation: count({ gte: 3 }, '10s', { rules: ['a', 'b'] }),
    hits: ['0 a bob', '1 b bob', '2 c bob', '3 a bob'],
    episodes: ['bob e4 3-3 n3'],
  },
  {
    name: 'events of one moment are all in the window of each; the smallest id opens',
    correlation: count({ gte: 3 }),
    hits: ['5 a bob #z', '5 a bob #y', '5 a bob #x'],
    episodes: ['bob x 5-5 n3'],
  },
  {
    name: 'more than',
    correlation: count({ gt: 2 }),
    hits: ['0 a bob', '1 a bob', '2 a bob'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'fewer than holds from the first hit on',
    correlation: count({ lt: 2 }),
    hits: ['0 a bob', '1 a bob'],
    episodes: ['bob e1 0-0 n1'],
  },
  {
    name: 'at most',
    correlation: count({ lte: 2 }),
    hits: ['0 a bob', '1 a bob', '2 a bob'],
    episodes: ['bob e1 0-1 n2'],
  },
  {
    name: 'exactly',
    correlation: count({ eq: 2 }),
    hits: ['0 a bob', '1 a bob', '2 a bob'],
    episodes: ['bob e2 1-1 n2'],
  },
  {
    name: 'any number but',
    correlation: count({ neq: 1 }),
    hits: ['0 a bob', '3 a bob', '30 a bob'],
    episodes: ['bob e2 3-3 n2'],
  },
  {
    name: 'a range',
    correlation: count({ gt: 1, lte: 2 }),
    hits: ['0 a bob', '1 a bob', '2 a bob', '3 a bob'],
    episodes: ['bob e2 1-1 n2'],
  },
  {
    name: 'a timespan of minutes',
    correlation: count({ gte: 2 }, '2m'),
    hits: ['0 a bob', '120 a bob', '241 a bob'],
    episodes: ['bob e2 120-120 n2'],
  },
  {
    name: 'a timespan of a day',
    correlation: count({ gte: 2 }, '1d'),
    hits: ['0 a bob', '86400 a bob'],
    episodes: ['bob e2 86400-86400 n2'],
  },
];

const distinct: readonly CorrelationCase[] = [
  {
    name: 'different values, each once',
    correlation: values({ field: 'host', gte: 2 }),
    hits: ['0 a bob host=x', '1 a bob host=x', '2 a bob host=y'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'values are compared without case',
    correlation: values({ field: 'host', gte: 2 }),
    hits: ['0 a bob host=x', '1 a bob host=X'],
    episodes: [],
  },
  {
    name: 'an event without the value adds none',
    correlation: values({ field: 'host', gte: 2 }),
    hits: ['0 a bob host=x', '1 a bob', '2 a bob'],
    episodes: [],
  },
  {
    name: 'a value that left the window counts no more',
    correlation: values({ field: 'host', gte: 2 }),
    hits: ['0 a bob host=x', '11 a bob host=y'],
    episodes: [],
  },
  {
    name: 'a value that one of two events holds stays until both have left',
    correlation: values({ field: 'host', gte: 2 }),
    hits: ['0 a bob host=x', '5 a bob host=x', '12 a bob host=y'],
    episodes: ['bob e3 12-12 n2'],
  },
  {
    name: 'several fields count as one value together',
    correlation: values({ field: ['host', 'port'], gte: 3 }),
    hits: [
      '0 a bob host=x port=1',
      '1 a bob host=x port=2',
      '2 a bob host=y port=1',
      '3 a bob host=x port=1',
    ],
    episodes: ['bob e3 2-3 n4'],
  },
  {
    name: 'one password against many accounts',
    correlation: values({ field: 'user', gte: 3 }, { 'group-by': ['src'] }),
    hits: ['0 a bob src=1', '1 a eve src=1', '2 a tom src=2', '3 a tom src=1'],
    episodes: ['1 e4 3-3 n3'],
  },
];

const metrics: readonly CorrelationCase[] = [
  {
    name: 'a sum',
    correlation: numbers('value_sum', { gt: 10 }),
    hits: ['0 a bob size=4', '1 a bob size=6', '2 a bob size=1'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'a sum of what is in the window alone',
    correlation: numbers('value_sum', { gte: 10 }),
    hits: ['0 a bob size=6', '11 a bob size=6'],
    episodes: [],
  },
  {
    name: 'negative numbers and fractions',
    correlation: numbers('value_sum', { eq: 0.5 }),
    hits: ['0 a bob size=2', '1 a bob size=-1.5'],
    episodes: ['bob e2 1-1 n2'],
  },
  {
    name: 'texts that are no number are left out',
    correlation: numbers('value_sum', { gte: 0 }),
    hits: ['0 a bob size=many', '1 a bob'],
    episodes: [],
  },
  {
    name: 'an average',
    correlation: numbers('value_avg', { gte: 5 }),
    hits: ['0 a bob size=1', '1 a bob size=8', '2 a bob size=6'],
    // 1, 4.5, 5.
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'a median of an odd number of values',
    correlation: numbers('value_median', { eq: 5 }),
    hits: ['0 a bob size=1', '1 a bob size=100', '2 a bob size=5'],
    // 1, 50.5, 5.
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'a median of an even number is the mean of the middle two',
    correlation: numbers('value_median', { eq: 3 }),
    hits: ['0 a bob size=1', '1 a bob size=9', '2 a bob size=4', '3 a bob size=2'],
    // 1, 5, 4, 3.
    episodes: ['bob e4 3-3 n4'],
  },
  {
    name: 'numbers are sorted as numbers',
    correlation: numbers('value_median', { eq: 9 }),
    hits: ['0 a bob size=10', '1 a bob size=9', '2 a bob size=1'],
    // 10, 9.5, 9.
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'a percentile is by nearest rank: of four the 50th is the second',
    correlation: numbers('value_percentile', { eq: 20, percentile: 50 }),
    hits: ['0 a bob size=40', '1 a bob size=30', '2 a bob size=20', '3 a bob size=10'],
    // 40, 30, 30, 20.
    episodes: ['bob e4 3-3 n4'],
  },
  {
    name: 'of five the 50th is the third',
    correlation: numbers('value_percentile', { eq: 30, percentile: 50 }),
    hits: ['0 a bob size=50', '1 a bob size=10', '2 a bob size=40', '3 a bob size=20', '4 a bob size=30'],
    // 50, 10, 40, 20, 30.
    episodes: ['bob e5 4-4 n5'],
  },
  {
    name: 'the 95th of a few is the largest, the 0th the smallest',
    correlation: numbers('value_percentile', { gt: 8, percentile: 95 }),
    hits: ['0 a bob size=3', '1 a bob size=9', '2 a bob size=1'],
    episodes: ['bob e2 1-2 n3'],
  },
  {
    name: 'the 0th percentile is the smallest',
    correlation: numbers('value_percentile', { lt: 2, percentile: 0 }),
    hits: ['0 a bob size=3', '1 a bob size=9', '2 a bob size=1'],
    episodes: ['bob e3 2-2 n3'],
  },
];

const together: readonly CorrelationCase[] = [
  {
    name: 'all rules, in any order',
    correlation: temporal(['a', 'b']),
    hits: ['0 b bob', '3 a bob'],
    episodes: ['bob e2 3-3 n2'],
  },
  { name: 'one is not all', correlation: temporal(['a', 'b']), hits: ['0 a bob', '1 a bob'], episodes: [] },
  {
    name: 'not within the timespan',
    correlation: temporal(['a', 'b']),
    hits: ['0 a bob', '11 b bob'],
    episodes: [],
  },
  { name: 'not of one user', correlation: temporal(['a', 'b']), hits: ['0 a bob', '1 b eve'], episodes: [] },
  {
    name: 'one event may be hit by both',
    correlation: temporal(['a', 'b']),
    hits: ['0 a+b bob'],
    episodes: ['bob e1 0-0 n1'],
  },
  {
    name: 'a number of different rules',
    correlation: temporal(['a', 'b', 'c'], { condition: { gte: 2 } }),
    hits: ['0 a bob', '1 a bob', '2 c bob'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'either of two with a third',
    correlation: temporal(['a', 'b', 'c'], { condition: 'c and (a or b)' }),
    hits: ['0 a bob', '1 b bob', '2 c bob'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'one without another',
    correlation: temporal(['a', 'b'], { condition: 'a and not b' }),
    hits: ['0 b bob', '1 a bob', '12 a bob'],
    // At 1 the window holds b; at 12 it holds neither.
    episodes: ['bob e3 12-12 n1'],
  },
  {
    name: 'some of them',
    correlation: temporal(['a', 'b', 'c'], { condition: '2 of them' }),
    hits: ['0 c bob', '1 c bob', '2 b bob'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'goes on while both are in the window',
    correlation: temporal(['a', 'b']),
    hits: ['0 a bob', '2 b bob', '9 b bob', '13 b bob'],
    // At 13 a has left.
    episodes: ['bob e2 2-9 n3'],
  },
];

const inOrder: readonly CorrelationCase[] = [
  {
    name: 'one after the other',
    correlation: ordered(['a', 'b']),
    hits: ['0 a bob', '5 b bob'],
    episodes: ['bob e2 5-5 n2'],
  },
  {
    name: 'the wrong way round',
    correlation: ordered(['a', 'b']),
    hits: ['0 b bob', '5 a bob'],
    episodes: [],
  },
  {
    name: 'at one moment either order is taken',
    correlation: ordered(['a', 'b']),
    hits: ['5 b bob #x', '5 a bob #y'],
    episodes: ['bob x 5-5 n2'],
  },
  {
    name: 'one event does not follow itself',
    correlation: ordered(['a', 'b']),
    hits: ['5 a+b bob'],
    episodes: [],
  },
  {
    name: 'repeats of the first between do no harm',
    correlation: ordered(['a', 'b', 'c']),
    hits: ['0 a bob', '1 b bob', '2 a bob', '3 a bob', '4 c bob'],
    episodes: ['bob e5 4-4 n5'],
  },
  {
    name: 'the last before the middle, then again',
    correlation: ordered(['a', 'b', 'c']),
    hits: ['0 a bob', '1 c bob', '2 b bob', '3 c bob'],
    episodes: ['bob e4 3-3 n4'],
  },
  {
    name: 'a first one that left the window is no first one',
    correlation: ordered(['a', 'b']),
    hits: ['0 a bob', '11 b bob', '12 a bob', '13 b bob'],
    episodes: ['bob e4 13-13 n3'],
  },
  {
    name: 'a number of rules in order',
    correlation: ordered(['a', 'b', 'c'], { condition: { gte: 2 } }),
    hits: ['0 c bob', '1 b bob', '2 c bob'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'a condition in order',
    correlation: ordered(['a', 'b', 'c'], { condition: 'a and (b or c)' }),
    hits: ['0 b bob', '1 a bob', '2 c bob'],
    episodes: ['bob e3 2-2 n3'],
  },
];

const chained: readonly CorrelationCase[] = [
  {
    name: 'many failures, then a success',
    correlation: ordered(['many', 'b'], { timespan: '60s' }),
    more: [{ title: 'many', name: 'many', id: 'm', level: 'low', correlation: count({ gte: 3 }) }],
    hits: ['0 a bob', '1 a bob', '2 a bob', '40 b bob'],
    // The third failure is the hit of the correlation below.
    episodes: ['bob e4 40-40 n2'],
  },
  {
    name: 'a success before them is none',
    correlation: ordered(['many', 'b'], { timespan: '60s' }),
    more: [{ title: 'many', name: 'many', id: 'm', level: 'low', correlation: count({ gte: 3 }) }],
    hits: ['0 b bob', '1 a bob', '2 a bob', '3 a bob'],
    episodes: [],
  },
  {
    name: 'a success long after the first, but soon after the last failure',
    correlation: ordered(['many', 'b'], { timespan: '15s' }),
    more: [{ title: 'many', name: 'many', id: 'm', level: 'low', correlation: count({ gte: 2 }) }],
    hits: ['0 a bob', '5 a bob', '10 a bob', '15 a bob', '20 a bob', '25 a bob', '35 b bob'],
    // Below it is met at 5, 10, 15, 20 and 25; the window from 20 holds 20, 25 and 35.
    episodes: ['bob e7 35-35 n3'],
  },
  {
    name: 'episodes are counted, not the hits within them',
    correlation: {
      type: 'event_count',
      rules: ['many'],
      'group-by': ['user'],
      timespan: '60s',
      condition: { gte: 2 },
    },
    more: [{ title: 'many', name: 'many', id: 'm', level: 'low', correlation: count({ gte: 2 }) }],
    hits: ['0 a bob', '1 a bob', '2 a bob', '30 a bob', '31 a bob'],
    // Below: one from 1 to 2, one at 31.
    episodes: ['bob e5 31-31 n3'],
  },
  {
    name: 'the correlation above groups by its own field',
    correlation: temporal(['many', 'b'], { 'group-by': ['user'], timespan: '60s' }),
    more: [
      {
        title: 'many',
        name: 'many',
        id: 'm',
        level: 'low',
        correlation: count({ gte: 2 }, '10s', { 'group-by': ['host'] }),
      },
    ],
    hits: ['0 a eve host=x', '1 a bob host=x', '5 b bob host=y'],
    episodes: ['bob e3 5-5 n2'],
  },
  {
    name: 'three deep',
    correlation: { type: 'event_count', rules: ['twice'], timespan: '100s', condition: { gte: 2 } },
    more: [
      { title: 'many', name: 'many', id: 'm', level: 'low', correlation: count({ gte: 2 }) },
      {
        title: 'twice',
        name: 'twice',
        id: 't',
        level: 'low',
        correlation: temporal(['many', 'b'], { timespan: '20s' }),
      },
    ],
    hits: ['0 a bob', '1 a bob', '2 b bob', '50 a eve', '51 a eve', '52 b eve'],
    episodes: ['* e6 52-52 n2'],
  },
];

const aliased: readonly CorrelationCase[] = [
  {
    name: 'a field by another name in each rule',
    correlation: temporal(['a', 'b'], { 'group-by': ['ip'], aliases: { ip: { a: 'dst', b: 'src' } } }),
    hits: ['0 a - dst=10.0.0.1 src=10.0.0.9', '1 b - src=10.0.0.1', '2 b - src=10.0.0.9'],
    episodes: ['10.0.0.1 e2 1-1 n2'],
  },
  {
    name: 'two of them crosswise',
    correlation: temporal(['a', 'b'], {
      'group-by': ['inner', 'outer'],
      aliases: { inner: { a: 'dst', b: 'src' }, outer: { a: 'src', b: 'dst' } },
    }),
    hits: ['0 a - dst=i src=o', '1 b - src=o dst=i', '2 b - src=i dst=o'],
    episodes: ['i/o e3 2-2 n2'],
  },
  {
    name: 'counted values by an alias',
    correlation: values(
      { field: 'peer', gte: 2 },
      { rules: ['a', 'b'], aliases: { peer: { a: 'dst', b: 'src' } } },
    ),
    hits: ['0 a bob dst=x', '1 b bob src=x', '2 b bob src=y'],
    episodes: ['bob e3 2-2 n3'],
  },
  {
    name: 'an alias of the correlation below is a field of its hits',
    correlation: temporal(['pair', 'c'], {
      'group-by': ['who'],
      aliases: { who: { pair: 'ip', c: 'user' } },
    }),
    more: [
      {
        ...{ title: 'pair', name: 'pair', id: 'p', level: 'low' },
        correlation: temporal(['a', 'b'], { 'group-by': ['ip'], aliases: { ip: { a: 'dst', b: 'src' } } }),
      },
    ],
    hits: ['0 a - dst=bob', '1 b - src=bob', '2 c bob'],
    episodes: ['bob e3 2-2 n2'],
  },
];

export const correlationCases: readonly CorrelationCase[] = [
  ...counts,
  ...distinct,
  ...metrics,
  ...together,
  ...inOrder,
  ...chained,
  ...aliased,
];
