import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadCatalogue } from '../../normalise/index.ts';
import { parseRules, type SigmaRule } from '../index.ts';
import { ruleText } from '../testing.suite.ts';
import { differences, eventOf, openStoredEvents } from './stored-events.suite.ts';

const catalogue = loadCatalogue();
let stored: Awaited<ReturnType<typeof openStoredEvents>>;
beforeAll(async () => {
  stored = await openStoredEvents(catalogue);
});
afterAll(async () => await stored.close());

/** With and without a column of their own, named with blanks and with dots. */
const fields = [
  'Image',
  'CommandLine',
  'ParentImage',
  'Special',
  'ThreatName',
  'a.b',
  'NewProcessName',
  'LogonId',
];

const characters = [
  'a',
  'A',
  'b',
  'k',
  '\u212a',
  'i',
  '\u0130',
  'ß',
  'ẞ',
  'Σ',
  'σ',
  'ς',
  '\\',
  '/',
  '-',
  '\u2013',
  ' ',
  '"',
  '\n',
  '.',
  '😀',
  '1',
  '0',
  '*',
  '?',
];
const text = fc.array(fc.constantFrom(...characters), { maxLength: 5 }).map((all) => all.join(''));
const scalar = fc.oneof(
  { weight: 8, arbitrary: text },
  fc.constantFrom(
    '',
    '-',
    '[a',
    '{',
    '10.1.2.3',
    '::ffff:10.0.0.1',
    'fe80::1%x',
    '2024-05-01T10:30:00',
    '-0',
    '1e3',
    '007',
  ),
  fc.constantFrom(null, true, false, 0, 1, -0, 1.5, 1e21, 1e-7, 10, 9_007_199_254_740_991),
);
const value = fc.oneof(
  { weight: 8, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.constantFrom({ b: 'a' }, { b: ['a', { c: 1 }] }, [{ b: 'a' }]),
);

const heads = [
  { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1 },
  { Channel: 'Security', EventID: 4688 },
  { Channel: 'Security', EventID: '4624' },
];

type Data = Readonly<Record<string, unknown>>;
type Head = (typeof heads)[number];

const escaped = (written: string) => written.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The shapes in which one event may come. */
const shapes: readonly ((head: Head, data: Data) => unknown)[] = [
  (head, data) => ({ ...head, ...data }),
  (head, data) => ({ winlog: { channel: head.Channel, event_id: head.EventID, event_data: data } }),
  ({ Channel, EventID }, { Special, ...data }) => ({
    winlog: { channel: Channel, event_id: EventID, event_data: data, user_data: { Special, Image: 'a' } },
    CommandLine: 'root',
  }),
  (head, data) => ({ log_name: head.Channel, event_id: head.EventID, computer_name: 'pc', event_data: data }),
  (head, data) => ({ TimeGenerated: '2024-05-01T00:00:00Z', ...head, ...data }),
  ({ Channel, EventID }, data) => ({
    _raw:
      `<Event><System><EventID>${EventID}</EventID><Channel>${Channel}</Channel></System><EventData>` +
      Object.entries(data)
        .map(([name, held]) => `<Data Name="${name}">${escaped(String(held)).replace(/\n/g, ' ')}</Data>`)
        .join('') +
      '</EventData></Event>',
  }),
];

const names = [...fields, 'Threat Name', 'a'];
const record = fc
  .tuple(
    fc.constantFrom(...shapes),
    fc.constantFrom(...heads),
    fc.dictionary(fc.constantFrom(...names), value),
  )
  .map(([shape, head, data]) => JSON.stringify(shape(head, data)));

const modifiers = [
  '',
  '|contains',
  '|startswith',
  '|endswith',
  '|contains|all',
  '|windash|contains',
  '|cased',
  '|contains|cased',
  '|neq',
  '|re',
  '|re|i',
  '|re|m',
  '|exists',
  '|cidr',
  '|lt',
  '|gte',
  '|hour',
  '|week',
  '|fieldref',
  '|fieldref|contains',
];
const regexes = ['a', '^a', 'i$', '[^a]{2,3}', '\\bk', 'ß|σ', '\\w+\\\\', '^.$', 'b\\B', '(?:a|b)*-', '^$'];

function valuesFor(modifier: string): fc.Arbitrary<unknown> {
  const list = (one: fc.Arbitrary<unknown>) => fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 6 }));
  if (modifier.includes('re')) return list(fc.constantFrom(...regexes));
  if (modifier.includes('exists')) return fc.boolean();
  if (modifier.includes('cidr')) return list(fc.constantFrom('10.0.0.0/8', 'fe80::/10', '0.0.0.0/0', '::/0'));
  if (modifier.includes('fieldref')) return fc.constantFrom(...fields);
  if (['|lt', '|gte', '|hour', '|week'].includes(modifier)) return fc.constantFrom(1, 10, 18, 1.5, 0);
  if (modifier === '|contains|all') return fc.array(text, { minLength: 2, maxLength: 3 });
  return list(
    fc.oneof({ weight: 5, arbitrary: text }, fc.constantFrom('1', '', 'true', 'a*', '*b?', 1, true, null)),
  );
}

const item = fc
  .tuple(fc.constantFrom(...fields, 'EventID', 'Channel'), fc.constantFrom(...modifiers))
  .chain(([field, modifier]) =>
    valuesFor(modifier).map((values) => [`${field}${modifier}`, values] as const),
  );
const map = fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => Object.fromEntries(items));
const search = fc.oneof(
  { weight: 6, arbitrary: map },
  fc.array(map, { minLength: 1, maxLength: 2 }),
  fc.array(
    text.filter((word) => word.trim() !== ''),
    { minLength: 1, maxLength: 2 },
  ),
);
const conditions = [
  's1',
  's1 and not s2',
  'not s1',
  '1 of s* and not s3',
  'all of s*',
  '2 of s*',
  'not (s1 or not s2) or s3',
];
const logsources = [
  { product: 'windows' },
  { product: 'windows', category: 'process_creation' },
  { product: 'windows', service: 'security' },
];

const rule = fc
  .tuple(
    fc.record({ s1: search, s2: search, s3: search }),
    fc.constantFrom(...conditions),
    fc.constantFrom(...logsources),
  )
  .map(([searches, condition, logsource]) => {
    const written = ruleText({ ...searches, condition }, { logsource });
    return parseRules(written, written).rules[0];
  })
  .filter((parsed): parsed is SigmaRule => parsed !== undefined);

test('SQL gives the pairs of rule and event that the interpreter gives, and is sure of no other', async () => {
  const sets = fc.tuple(
    fc.array(record, { minLength: 20, maxLength: 40 }),
    fc.array(rule, { minLength: 8, maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(sets, async ([records, rules]) => {
      const events = records.map((one) => eventOf(catalogue, one)).filter((event) => event !== undefined);
      await stored.put(events);
      const [single, together] = [await stored.single(rules), await stored.together(rules)];
      for (const found of [single, together]) {
        expect(rules.flatMap((one, index) => differences(one, found[index] ?? nothing, events))).toEqual([]);
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
}, 240_000);

const nothing = { candidates: new Set<number>(), where: new Set<number>(), sure: new Set<number>() };
