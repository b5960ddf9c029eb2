import { expect, test } from 'vitest';
import { parseMapping } from './mapping-file.ts';

const sound = `source: lab
version: 1
title: Lab
forms:
  plain:
    recognise: [{ has: a }]
classify:
  by: a
  default: { class: 0 }
  kinds: {}
attributes:
  message: a
`;

test('a sound mapping is read', () => {
  const mapping = parseMapping(sound, 'm.yaml');
  expect(mapping.groups[0]?.attributes.get('message')?.expression).toEqual({ kind: 'field', name: 'a' });
});

test.each([
  ['message: a', 'mesage: a', "m.yaml:12:11: there is no attribute 'mesage'"],
  ['message: a', 'message: { basenam: a }', 'm.yaml:12:12: an expression has one of the keys'],
  ['message: a', 'message: { after: a }', "m.yaml:12:12: 'after' needs 'separator'"],
  ['message: a', 'message: { lower: a, with: b }', "'lower' has no 'with'"],
  [
    'message: a',
    'message: [a, { lower: 7 }]',
    'm.yaml:12:25: an expression is a field name, a list or an object',
  ],
  ['version: 1', 'version: one', 'm.yaml:2:10: '],
  ['has: a', 'hass: a', 'm.yaml:6:'],
  ['default: { class: 0 }', 'default: { class: 0, group: g }', "m.yaml:9:31: there is no group 'g'"],
  ['title: Lab', 'title: [Lab', 'm.yaml:'],
  ['source: lab', 'source: lab\nextra: 1', 'm.yaml:'],
  ['title: Lab', 'title: Lab\ntitle: Lab', 'm.yaml:4:1: Map keys must be unique'],
  ['message: a', 'message: *nowhere', 'm.yaml: Unresolved alias'],
])('%s → %s is refused with its place', (from, to, fault) => {
  expect(() => parseMapping(sound.replace(from, to), 'm.yaml')).toThrow(fault);
});

test.each([
  [
    'that blow up',
    `${Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`).join('\n')}\n`,
  ],
  ['in great number', `list: [${Array(2_000).fill('*a0').join(', ')}]\n`],
])('aliases %s are refused like any other fault', (_, more) => {
  const text = `a0: &a0 [x]\n${more}${sound}`;
  expect(() => parseMapping(text, 'm.yaml')).toThrow(
    expect.objectContaining({ code: 'normalise.mapping_invalid' }),
  );
});

test('of many faults the first are told, and how many more there are', () => {
  const rules = Array.from({ length: 150 }, (_, index) => `  no_${index}: a\n`).join('');
  const refused = () => parseMapping(`${sound}${rules}`, 'm.yaml');
  expect(refused).toThrow(/^m\.yaml:13:/);
  expect(refused).toThrow(/\n… and 50 more faults$/);
});
