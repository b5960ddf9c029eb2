import { day, hour, minute, second, week } from './calendar.ts';

/** Length of a unit in milliseconds. A month is 30 days and a year 365: `last month` is the 30 days before now. */
export const unitLength: ReadonlyMap<string, number> = new Map(
  (
    [
      [second, ['second', 'seconds', 'sec', 'secs']],
      [minute, ['minute', 'minutes', 'min', 'mins']],
      [hour, ['hour', 'hours', 'hr', 'hrs', 'h']],
      [day, ['day', 'days', 'd']],
      [week, ['week', 'weeks', 'wk', 'wks', 'w']],
      [14 * day, ['fortnight', 'fortnights']],
      [30 * day, ['month', 'months']],
      [91 * day, ['quarter', 'quarters']],
      [365 * day, ['year', 'years', 'yr', 'yrs']],
    ] as const
  ).flatMap(([length, names]) => names.map((name): [string, number] => [name, length])),
);

/** Units of `24h`, `90m`, `7d`. */
export const compactUnit: ReadonlyMap<string, number> = new Map(
  Object.entries({
    s: second,
    sec: second,
    secs: second,
    m: minute,
    min: minute,
    mins: minute,
    h: hour,
    hr: hour,
    hrs: hour,
    d: day,
    w: week,
    mo: 30 * day,
    y: 365 * day,
  }),
);

export const numberWords: ReadonlyMap<string, number> = new Map(
  [
    ['zero'],
    ['one', 'a', 'an'],
    ['two', 'couple'],
    ['three', 'few'],
    ['four'],
    ['five'],
    ['six'],
    ['seven'],
    ['eight'],
    ['nine'],
    ['ten'],
    ['eleven'],
    ['twelve', 'dozen'],
    ['thirteen'],
    ['fourteen'],
    ['fifteen'],
    ['sixteen'],
    ['seventeen'],
    ['eighteen'],
    ['nineteen'],
    ['twenty'],
  ]
    .flatMap((names, value) => names.map((name): [string, number] => [name, value]))
    .concat([
      ['thirty', 30],
      ['forty', 40],
      ['fifty', 50],
      ['sixty', 60],
      ['ninety', 90],
      ['hundred', 100],
      ['thousand', 1_000],
    ]),
);

const numbered = (names: readonly (readonly string[])[]): ReadonlyMap<string, number> =>
  new Map(names.flatMap((alike, index) => alike.map((name): [string, number] => [name, index])));

/** 0 is Sunday. */
export const weekdays = numbered([
  ['sunday', 'sundays', 'sun'],
  ['monday', 'mondays', 'mon'],
  ['tuesday', 'tuesdays', 'tue', 'tues'],
  ['wednesday', 'wednesdays', 'wed'],
  ['thursday', 'thursdays', 'thu', 'thur', 'thurs'],
  ['friday', 'fridays', 'fri'],
  ['saturday', 'saturdays', 'sat'],
]);

/** 0 is January. */
export const months = numbered([
  ['january', 'jan'],
  ['february', 'feb'],
  ['march', 'mar'],
  ['april', 'apr'],
  ['may'],
  ['june', 'jun'],
  ['july', 'jul'],
  ['august', 'aug'],
  ['september', 'sep', 'sept'],
  ['october', 'oct'],
  ['november', 'nov'],
  ['december', 'dec'],
]);

/** Parts of a day as milliseconds from its midnight; a night runs into the next day. */
export const dayParts: ReadonlyMap<string, readonly [number, number]> = new Map(
  Object.entries<readonly [number, number]>({
    morning: [0, 12 * hour],
    noon: [12 * hour, 13 * hour],
    lunchtime: [11 * hour, 14 * hour],
    afternoon: [12 * hour, 18 * hour],
    evening: [18 * hour, 24 * hour],
    night: [18 * hour, 30 * hour],
  }),
);

/** Hours east of UTC. */
export const zones: ReadonlyMap<string, number> = new Map(
  Object.entries({
    utc: 0,
    gmt: 0,
    z: 0,
    zulu: 0,
    bst: 1,
    cet: 1,
    cest: 2,
    eet: 2,
    eest: 3,
    ist: 5.5,
    jst: 9,
    est: -5,
    edt: -4,
    cst: -6,
    cdt: -5,
    mst: -7,
    mdt: -6,
    pst: -8,
    pdt: -7,
  }),
);

/** All words of times that are long enough to be misspelt. */
export const timeWords: readonly string[] = [
  ...unitLength.keys(),
  ...weekdays.keys(),
  ...months.keys(),
  ...dayParts.keys(),
  'today',
  'yesterday',
  'tonight',
  'overnight',
  'midnight',
  'previous',
  'past',
  'between',
  'since',
  'before',
  'after',
  'until',
  'during',
  'around',
  'starting',
  'last',
  'this',
];
