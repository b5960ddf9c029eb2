import { expect, test } from 'vitest';
import { DetectedBy } from '../contracts/index.ts';
import { detectedBy, detectionId, logicHash } from './index.ts';
import { oneRule, ruleText } from './testing.suite.ts';

const logicOf = (detection: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  logicHash(oneRule(ruleText(detection, more)));

test("a rule's logic is the same whatever its prose, its order and its unused parts", () => {
  const one = logicOf({ s: { f: ['a', 'b'], 'g|contains': 'x' }, t: { h: 1 }, condition: 's and not t' });
  const other = {
    t: { h: '1' },
    s: { 'g|contains': 'x', f: ['b', 'a'] },
    unused: { z: 1 },
    condition: 's and not t',
  };
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(logicOf(other, { title: 'other', level: 'low', id: 'other', tags: ['x'] })).toBe(one);
  expect(
    logicOf(other, { logsource: { product: 'windows', category: 'process_creation', definition: 'x' } }),
  ).toBe(one);
});

test('it changes with anything that changes hits', () => {
  const base = { s: { f: 'a' }, condition: 's' };
  const others = [
    { s: { f: 'b' }, condition: 's' },
    { s: { g: 'a' }, condition: 's' },
    { s: { 'f|cased': 'a' }, condition: 's' },
    { s: { 'f|contains': 'a' }, condition: 's' },
    { s: { 'f|neq': 'a' }, condition: 's' },
    { s: { f: 'a*' }, condition: 's' },
    { s: { f: 'a\\*' }, condition: 's' },
    { s: { 'f|re': 'a' }, condition: 's' },
    { s: { 'f|re|i': 'a' }, condition: 's' },
    { s: { f: 'a' }, condition: 'not s' },
    { s: ['a'], condition: 's' },
    { s: { f: 'a', g: 'a' }, condition: 's' },
    { s: [{ f: 'a' }, { g: 'a' }], condition: 's' },
    { s: { f: null }, condition: 's' },
    { s: { f: '' }, condition: 's' },
  ];
  const hashes = [base, ...others].map((detection) => logicOf(detection));
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(logicOf(base, { logsource: { product: 'linux', category: 'process_creation' } })).not.toBe(
    hashes[0],
  );
});

test('a detection has the same id each time it is made, and another for each tenant, rule and event', () => {
  const id = detectionId('t', 'a'.repeat(64), 'e');
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(detectionId('t', 'a'.repeat(64), 'e')).toBe(id);
  const others = [
    detectionId('u', 'a'.repeat(64), 'e'),
    detectionId('t', 'b'.repeat(64), 'e'),
    detectionId('t', 'a'.repeat(64), 'f'),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});

test('what goes with a detection fits its contract, however long the rule says it', () => {
  const more = {
    title: 'x'.repeat(999),
    author: 'y'.repeat(999),
    id: 'z'.repeat(999),
    tags: Array(99).fill('t'.repeat(200)),
  };
  const rule = oneRule(ruleText({ s: { f: 'a' }, condition: 's' }, more));
  const made = DetectedBy.parse(detectedBy(rule, logicHash(rule), { name: 'own', license: 'Apache-2.0' }));
  expect(made).toMatchObject({ pack: 'own', license: 'Apache-2.0', logic: logicHash(rule), level: 'high' });
  const licensed = oneRule(ruleText({ s: { f: 'a' }, condition: 's' }, { license: 'DRL-1.1' }));
  expect(detectedBy(licensed, logicHash(licensed), { name: 'own', license: 'Apache-2.0' }).license).toBe(
    'DRL-1.1',
  );
});
