import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDetector, type DetectRecord, parseRules, type RoutedEvent } from '../index.ts';
import { event, interpreted, oneRule, record, ruleText } from '../testing.suite.ts';

const routed: RoutedEvent = {
  source: 'windows',
  metadata_log_name: 'Microsoft-Windows-Sysmon/Operational',
  metadata_event_code: '1',
  class_uid: 1007n,
};

/** Words that meet in rules and events: parts of one another, with capitals, escapes, digits, and letters that fold oddly. */
const words = [
  ...['powershell.exe', 'shell', 'PowerShell', 'hell', '.exe', 'C:\\Windows\\System32\\', '\\cmd.exe', 'a"b'],
  ...[
    'İstanbul',
    'istanbul',
    'STRASSE',
    'straße',
    'Kelvin',
    '\u212aelvin',
    'ſoft',
    'soft',
    '1e3',
    '1000',
    '0x1000',
  ],
  ...[
    'tab\there',
    'http://host/x',
    'null',
    'true',
    '',
    '-enc',
    '–enc',
    '/enc',
    'x',
    '😀 smile',
    '{"k":"v"}',
    '[1,2,30]',
    ':[1,2,30],',
    'on":true',
  ],
];
const word = fc.constantFrom(...words);
const text = fc
  .array(fc.oneof(word, fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
const names = ['f', 'g', 'Data'];

const value = fc.oneof(text, fc.integer({ min: -2, max: 2_000 }), fc.boolean(), fc.constant(null));
const fields = fc.dictionary(
  fc.constantFrom(...names),
  fc.oneof(
    { weight: 5, arbitrary: value },
    fc.array(value, { maxLength: 3 }),
    fc.record({ k: text, list: fc.constantFrom([1, 2, 30], [true], []), on: fc.boolean() }),
  ),
);

const modifiers = fc.constantFrom(
  ...[
    '',
    '|contains',
    '|startswith',
    '|endswith',
    '|contains|all',
    '|cased',
    '|contains|cased',
    '|windash|contains',
  ],
  ...[
    '|re',
    '|re|i',
    '|exists',
    '|neq',
    '|gt',
    '|cidr',
    '|fieldref',
    '|base64offset|contains',
    '|wide|base64|contains',
  ],
);
const expressions = [
  'shell',
  '(?:power|x)shell\\.exe',
  'so?ft',
  '^C:.*cmd',
  '[kK]elvin',
  'a{2,}|-enc',
  's[o0]ft',
];

const item = fc
  .tuple(fc.constantFrom(...names), modifiers, fc.array(text, { minLength: 1, maxLength: 3 }), fc.nat(6))
  .map(([name, modifier, texts, pick]): [string, unknown] => {
    const key = `${name}${modifier}`;
    if (modifier.startsWith('|re')) return [key, expressions[pick]];
    if (modifier === '|exists') return [key, pick % 2 === 0];
    if (modifier === '|gt') return [key, pick];
    if (modifier === '|cidr') return [key, '10.0.0.0/8'];
    if (modifier === '|fieldref') return [key, names[pick % names.length]];
    const usable = texts.map((one) => (modifier.includes('contains') && one === '' ? 'x' : one));
    return [key, modifier === '' && pick === 0 ? null : usable];
  });
const search = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => Object.fromEntries(items)),
  },
  fc.array(
    text.filter((one) => one !== ''),
    { minLength: 1, maxLength: 2 },
  ),
);
const condition = fc.constantFrom(
  'a',
  'a and b',
  'a or b',
  'a and not b',
  'not a',
  '1 of them',
  'all of them',
  '2 of *',
);

const rule = fc.record({ a: search, b: search, condition }).map((detection) => ruleText(detection));

/** Written with the escapes that JSON allows for any character. */
const escaped = (json: string) =>
  json.replaceAll(/[a-z/]/g, (sign) => (sign === '/' ? '\\/' : `\\u00${sign.charCodeAt(0).toString(16)}`));

test('the matcher hits what the interpreter hits, from the bytes as from the fields', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 6 }),
      fc.array(fields, { minLength: 1, maxLength: 8 }),
      (texts, events) => {
        // What does not parse (an encoded wildcard) is no rule.
        const rules = texts.flatMap((yaml) => parseRules(yaml, 'rule.yml').rules);
        const detector = createDetector(rules);
        const oracle = interpreted(rules);
        for (const of of [...events, ...events]) {
          const expected = oracle(routed, event(of));
          const { json } = record(of);
          const hidden = Buffer.from(
            `{${Object.entries(of)
              .map(
                ([key, held]) =>
                  `"${key}":${typeof held === 'string' ? escaped(JSON.stringify(held)) : JSON.stringify(held)}`,
              )
              .join(' , ')}}`,
          );
          const spread = Buffer.from(JSON.stringify(of, undefined, 1));
          const ways: readonly DetectRecord['json'][] = [undefined, json, hidden, spread];
          for (const bytes of ways)
            expect(
              detector.detect(routed, { json: bytes, fields: () => event(of) }),
              bytes?.toString(),
            ).toEqual(expected);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('what many events have is not looked for when something rarer will do, and nothing is missed by it', () => {
  const rules = Array.from({ length: 50 }, (_, index) =>
    oneRule(ruleText({ s: { 'f|contains|all': ['everywhere', `seldom-${index}-`] }, condition: 's' })),
  );
  const detector = createDetector(rules);
  for (let index = 0; index < 1_200; index += 1) {
    const found = detector.detect(routed, record({ f: `everywhere seldom-${index}-`, g: 'seldom-7-' }));
    expect(found.map((hit) => hit.rule)).toEqual(index < 50 ? [rules[index]] : []);
  }
});

test('a record whose bytes hold none of what rules need is not parsed', () => {
  const detector = createDetector([
    oneRule(ruleText({ s: { 'f|endswith': '\\procdump.exe' }, condition: 's' })),
  ]);
  const fail = () => {
    throw new Error('the fields were asked for');
  };
  const json = (of: unknown) => Buffer.from(JSON.stringify(of));
  expect(detector.detect(routed, { json: json({ f: 'C:\\tools\\other.exe' }), fields: fail })).toEqual([]);
  expect(() => detector.detect(routed, { json: json({ g: 'PROCDUMP.exe' }), fields: fail })).toThrow(
    'asked for',
  );
  expect(detector.detect(routed, { json: json({ f: 'procdump.exe' }), fields: () => undefined })).toEqual([]);
});

test('an expression that makes others backtrack for ever is matched in time', () => {
  const detector = createDetector([oneRule(ruleText({ s: { 'f|re': '^(a+)+$' }, condition: 's' }))]);
  expect(detector.detect(routed, record({ f: `${'a'.repeat(200_000)}b` }))).toEqual([]);
  expect(detector.detect(routed, record({ f: 'a'.repeat(200_000) }))).toHaveLength(1);
});

test('the text of an object is found however its JSON is laid out', () => {
  const detector = createDetector([oneRule(ruleText({ s: { 'f|contains': '[1,2,30]' }, condition: 's' }))]);
  const of = { f: { list: [1, 2, 30] } };
  for (const indent of [undefined, 1])
    expect(
      detector.detect(routed, {
        json: Buffer.from(JSON.stringify(of, undefined, indent)),
        fields: () => event(of),
      }),
    ).toHaveLength(1);
});
