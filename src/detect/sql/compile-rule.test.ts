import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogue } from '../../normalise/index.ts';
import type { SigmaRule } from '../index.ts';
import { oneRule, ruleText } from '../testing.suite.ts';
import {
  differences,
  eventOf,
  interpreted,
  openStoredEvents,
  type StoredEvent,
} from './stored-events.suite.ts';

const catalogue = loadCatalogue();
let stored: Awaited<ReturnType<typeof openStoredEvents>>;
beforeAll(async () => {
  stored = await openStoredEvents(catalogue);
});
afterAll(async () => await stored.close());

type Fields = Readonly<Record<string, unknown>>;

const sysmon = { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Computer: 'pc' };

/** A process creation as a flat object; `undefined` takes a field away. */
const flat = (fields: Fields, text = (value: unknown) => JSON.stringify(value)) =>
  text({ ...sysmon, ...fields });

const beats = (fields: Fields) =>
  JSON.stringify({
    '@timestamp': '2024-05-01T00:00:00Z',
    winlog: { channel: sysmon.Channel, event_id: 1, computer_name: 'pc', event_data: fields },
  });

const xml = (fields: Readonly<Record<string, string>>) => {
  const data = Object.entries(fields).map(([name, value]) => `<Data Name="${name}">${value}</Data>`);
  return (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><EventID>1</EventID>' +
    `<Channel>${sysmon.Channel}</Channel><Computer>pc</Computer></System><EventData>${data.join('')}</EventData></Event>`
  );
};

function eventsOf(records: readonly string[]): readonly StoredEvent[] {
  return records.map((record) => {
    const event = eventOf(catalogue, record);
    if (event === undefined) throw new Error(`no event: ${record}`);
    return event;
  });
}

const ruleOf = (detection: Fields, logsource?: Fields): SigmaRule =>
  oneRule(ruleText(detection, logsource === undefined ? {} : { logsource }));
const searching = (search: unknown): SigmaRule => ruleOf({ s: search, condition: 's' });

/** A rule, records that it hits, and records that it doesn't. */
interface Case {
  readonly rule: SigmaRule;
  readonly hit: readonly string[];
  readonly miss: readonly string[];
  /** Rows that SQL leaves to the interpreter. */
  readonly judged?: number;
}

const cases: Readonly<Record<string, Case>> = {
  'a filter field that is absent, null or empty under not leaves a hit': {
    rule: ruleOf({ s: { Image: 'a.exe' }, f: { Special: 'x' }, condition: 's and not f' }),
    hit: [
      flat({ Image: 'a.exe' }),
      flat({ Image: 'A.EXE', Special: null }),
      beats({ Image: 'a.exe', Special: '' }),
    ],
    miss: [
      flat({ Image: 'a.exe', Special: 'X' }),
      beats({ Image: 'a.exe', Special: 'x' }),
      flat({ Image: 'b' }),
    ],
    judged: 0,
  },
  'null is absent or null, and not an empty text': {
    rule: searching({ Image: 'a', Special: null }),
    hit: [flat({ Image: 'a' }), flat({ Image: 'a', Special: null }), beats({ Image: 'a' })],
    miss: [
      flat({ Image: 'a', Special: '' }),
      flat({ Image: 'a', Special: 0 }),
      beats({ Image: 'a', Special: '-' }),
    ],
    judged: 0,
  },
  'an empty text is neither null nor absent': {
    rule: searching({ Image: 'a', CommandLine: '' }),
    hit: [flat({ Image: 'a', CommandLine: '' })],
    miss: [
      flat({ Image: 'a', CommandLine: null }),
      flat({ Image: 'a' }),
      flat({ Image: 'a', CommandLine: '-' }),
    ],
    judged: 0,
  },
  'what a mapping takes for blank is the text that was written': {
    rule: searching({ CommandLine: '-' }),
    hit: [flat({ CommandLine: '-' })],
    miss: [flat({ CommandLine: '' }), flat({}), flat({ CommandLine: null })],
    judged: 0,
  },
  'exists asks whether the field is there': {
    rule: searching({ 'Special|exists': true, 'CommandLine|exists': false }),
    hit: [flat({ Special: null }), flat({ Special: '' }), flat({ Special: false })],
    miss: [flat({}), flat({ Special: 1, CommandLine: '' }), flat({ Special: 1, CommandLine: 'x' })],
    judged: 0,
  },
  'a field is found under its name with blanks': {
    rule: ruleOf({ s: { ThreatName: 'eicar' }, condition: 's' }),
    hit: [flat({ 'Threat Name': 'EICAR' }), beats({ 'Threat Name': 'eicar' }), flat({ ThreatName: 'eicar' })],
    miss: [flat({ 'Threat Names': 'eicar' }), flat({ 'Threat Name': 'x' })],
  },
  'wildcards stand within starts and ends': {
    rule: searching({ 'CommandLine|startswith': '1?', 'Image|endswith': 'a*b?' }),
    hit: [flat({ CommandLine: '12', Image: 'xa--bz' }), flat({ CommandLine: '1😀3', Image: 'ab😀' })],
    miss: [flat({ CommandLine: '1', Image: 'abz' }), flat({ CommandLine: '12', Image: 'ab' })],
    judged: 0,
  },
  'windash is any of five dashes': {
    rule: searching({ 'CommandLine|windash|contains': ' -enc ' }),
    hit: ['-', '/', '\u2013', '\u2014', '\u2015'].map((dash) => flat({ CommandLine: `p ${dash}ENC x` })),
    miss: [flat({ CommandLine: 'p +enc x' }), flat({ CommandLine: 'p -enc' })],
    judged: 0,
  },
  'backslashes and escaped wildcards are themselves': {
    rule: searching({ CommandLine: '\\\\\\\\\\*\\\\IPC$' }),
    hit: [flat({ CommandLine: '\\\\*\\IPC$' })],
    miss: [flat({ CommandLine: '\\\\x\\IPC$' }), flat({ CommandLine: '\\*\\IPC$' })],
    judged: 0,
  },
  'each element of an array is a text': {
    rule: searching({ Data: 'b', 'Image|endswith': '.exe' }),
    hit: [flat({ Image: 'a.exe', Data: ['a', 'B'] }), flat({ Image: 'a.exe', Data: 'b' })],
    miss: [flat({ Image: 'a.exe', Data: ['ab'] }), flat({ Image: 'a', Data: ['b'] })],
  },
  'a text that looks like an array is one text': {
    rule: searching({ 'CommandLine|startswith': '[b' }),
    hit: [flat({ CommandLine: '[B]' })],
    miss: [flat({ CommandLine: ['[', 'b'] })],
  },
  'numbers, booleans and texts are compared as texts': {
    rule: ruleOf({ a: { A: 10 }, b: { B: 'true' }, c: { C: '1.5' }, condition: 'all of them' }),
    hit: [flat({ A: '10', B: true, C: 1.5 }), flat({ A: 10, B: 'TRUE', C: '1.5' })],
    miss: [
      flat({ A: '010', B: true, C: 1.5 }),
      flat({ A: 10, B: 1, C: 1.5 }),
      flat({ A: 10, B: true, C: '1.50' }),
    ],
    judged: 0,
  },
  'nothing is trimmed': {
    rule: searching({ CommandLine: 'NtLmSsp' }),
    hit: [flat({ CommandLine: 'ntlmssp' })],
    miss: [flat({ CommandLine: 'NtLmSsp ' }), flat({ CommandLine: ' NtLmSsp' })],
    judged: 0,
  },
  'case is folded one to one': {
    rule: searching({ 'CommandLine|contains': ['İx', 'ΑΣ', 'straße'] }),
    hit: [flat({ CommandLine: 'ix' }), flat({ CommandLine: 'ας ασ' }), flat({ CommandLine: 'STRAẞE' })],
    miss: [flat({ CommandLine: 'ıx' }), flat({ CommandLine: 'STRASSE' }), flat({ CommandLine: 'ας' })],
    judged: 0,
  },
  'cased tells cases apart': {
    rule: searching({ 'CommandLine|contains|cased': 'aB' }),
    hit: [flat({ CommandLine: 'xaBx' })],
    miss: [flat({ CommandLine: 'xABx' })],
    judged: 0,
  },
  'integers beyond 2^53 keep their digits': {
    rule: searching({ A: '12345678901234567891', 'B|gt': '9007199254740992' }),
    hit: [
      '{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"A":12345678901234567891,"B":9007199254740993}',
    ],
    miss: [
      '{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"A":12345678901234567890,"B":9007199254740993}',
    ],
    judged: 0,
  },
  'numbers are compared by value, texts that are none never': {
    rule: searching({ 'A|lt': 5, 'B|gte': 1.5 }),
    hit: [flat({ A: '-7', B: 2 }), flat({ A: 4.75, B: '12345678901234567890' })],
    miss: [flat({ A: 5, B: 2 }), flat({ A: 'x', B: 2 }), flat({ A: 1, B: '' }), flat({ A: 1, B: 1.25 })],
    judged: 0,
  },
  'parts of a time are those that are written': {
    rule: ruleOf({ a: { 'T|hour': 7, 'T|week': 1 }, condition: 'a' }),
    hit: [flat({ T: '2024-12-30T07:59:00+05:00' }), flat({ T: '2025-01-01 07:00' })],
    miss: [flat({ T: '2024-12-29T07:00:00' }), flat({ T: '2025-01-01' }), flat({ T: '07:00' })],
    judged: 0,
  },
  'networks hold the addresses of both versions': {
    rule: ruleOf({ s: { 'Ip|cidr': ['10.0.0.0/8', 'fe80::/10'] }, condition: 's' }),
    hit: [
      flat({ Ip: '10.1.2.3' }),
      flat({ Ip: '::ffff:10.1.2.3' }),
      flat({ Ip: 'FE80::1' }),
      flat({ Ip: 'fe80:0::1' }),
    ],
    miss: [
      flat({ Ip: '11.1.2.3' }),
      flat({ Ip: '10.1.2.03' }),
      flat({ Ip: '10.1.2.3:80' }),
      flat({ Ip: '::1' }),
    ],
  },
  'a field is compared with another': {
    rule: searching({ 'Image|fieldref|endswith': 'Special' }),
    hit: [
      flat({ Image: 'xAb', Special: 'aB' }),
      flat({ Image: '', Special: '' }),
      flat({ Image: 'x', Special: '' }),
    ],
    miss: [flat({ Image: 'x' }), flat({ Special: 'x' }), flat({}), flat({ Image: 'a', Special: 'b' })],
    judged: 0,
  },
  'regular expressions mean what they mean to the interpreter': {
    rule: searching({ 'CommandLine|re|i': '^(?:k|İ)[^a-c]\\b.{2,3}$' }),
    hit: [flat({ CommandLine: '\u212ad--' }), flat({ CommandLine: 'iD \u{1f600}' })],
    miss: [flat({ CommandLine: 'ka--' }), flat({ CommandLine: 'kd-' })],
    judged: 0,
  },
  'records in XML are judged': {
    rule: searching({ 'Image|endswith': '.exe', Special: 'x' }),
    hit: [xml({ Image: 'a.EXE', Special: 'x' })],
    miss: [xml({ Image: 'a.dll', Special: 'x' }), xml({ Image: 'a.exe', Special: 'y' })],
    judged: 2,
  },
  'keywords are looked for in all values': {
    rule: ruleOf({ k: ['a\\b"c', 'mimi*katz'], condition: 'k' }),
    hit: [flat({ Any: 'xA\\B"Cx' }), flat({ Any: { deep: ['x mimi  KATZ'] } })],
    miss: [flat({ Any: 'ab' }), flat({ Any: ['mimi', 'katz'] })],
    judged: 3,
  },
  "a Channel in the data of an event does not replace the system's": {
    rule: searching({ Channel: 'x' }),
    hit: [],
    miss: [beats({ Channel: 'x' })],
    judged: 0,
  },
  'what is written twice as deep is found at the first place that is filled': {
    rule: searching({ Image: 'a' }),
    hit: [
      JSON.stringify({
        '@timestamp': 'x',
        winlog: {
          channel: sysmon.Channel,
          event_id: 1,
          event_data: { Image: '' },
          user_data: { Image: 'a' },
        },
      }),
      JSON.stringify({ '@timestamp': 'x', Image: 'a', winlog: { channel: sysmon.Channel, event_id: 1 } }),
      JSON.stringify({
        winlog: { channel: sysmon.Channel, event_id: 1, event_data: { Image: 'a' } },
        'winlog/event_data/Image': 'b',
      }),
    ],
    miss: [
      JSON.stringify({
        Image: 'a',
        winlog: { channel: sysmon.Channel, event_id: 1, event_data: { Image: 'b' } },
      }),
    ],
  },
};

describe('SQL and the interpreter agree:', () => {
  test.each(Object.entries(cases))('%s', async (_, { rule, hit, miss, judged }) => {
    const events = eventsOf([...hit, ...miss]);
    await stored.put(events);
    expect([...interpreted(rule, events)]).toEqual(hit.map((_, number) => number));
    for (const [found] of [await stored.single([rule]), await stored.together([rule])]) {
      if (found === undefined) throw new Error('no answer');
      expect(differences(rule, found, events)).toEqual([]);
      if (judged !== undefined) expect(found.where.size - found.sure.size).toBe(judged);
    }
  });
});
