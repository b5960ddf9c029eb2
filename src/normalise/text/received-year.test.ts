import { expect, test } from 'vitest';
import { readTime } from '../time.ts';

const rule = {
  field: 'at',
  formats: ['syslog', 'calendar', 'epoch_micros', 'audit_id'],
  offsetMinutes: 0,
  zoneKnown: false,
} as const;

function read(text: string, receivedAt: string, more: { zoneKnown?: boolean; offsetMinutes?: number } = {}) {
  const { micros, quality } = readTime([{ ...rule, ...more }], () => text, Date.parse(receivedAt));
  return [micros === null ? null : new Date(Number(micros / 1000n)).toISOString(), quality];
}

test.each([
  ['Mar  2 10:00:00', '2026-03-02T10:00:05Z', '2026-03-02T10:00:00.000Z'],
  ['Dec 31 23:59:59', '2026-01-01T00:00:01Z', '2025-12-31T23:59:59.000Z'],
  // The clock, or the zone, is ahead.
  ['Jan  1 02:00:00', '2025-12-31T23:00:00Z', '2026-01-01T02:00:00.000Z'],
  ['Mar  4 10:00:00', '2026-03-02T10:00:05Z', '2025-03-04T10:00:00.000Z'],
  ['Feb 29 10:00:00', '2026-03-02T10:00:05Z', '2024-02-29T10:00:00.000Z'],
])('%s, received at %s, was %s', (text, receivedAt, expected) => {
  expect(read(text, receivedAt)).toEqual([expected, 'year_assumed']);
});

test('a year that is written is taken, and then only the zone may be assumed', () => {
  expect(read('Mar  2 2020 10:00:00.25', '2026-03-02T10:00:05Z')).toEqual([
    '2020-03-02T10:00:00.250Z',
    'zone_assumed',
  ]);
  expect(read('Tue Sep 11 16:14:21 2018 UTC', '2026-03-02T10:00:05Z')).toEqual([
    '2018-09-11T16:14:21.000Z',
    'exact',
  ]);
  expect(read('Tue Sep 11 16:14:21 2018', '2026-03-02T10:00:05Z', { offsetMinutes: 60 })).toEqual([
    '2018-09-11T15:14:21.000Z',
    'zone_assumed',
  ]);
  expect(read('1773306001123456', '2026-03-02T10:00:05Z')).toEqual(['2026-03-12T09:00:01.123Z', 'exact']);
  expect(read('1773306001.101:4711', '2026-03-02T10:00:05Z')).toEqual(['2026-03-12T09:00:01.101Z', 'exact']);
});

test.each([
  'Feb 30 10:00:00',
  'Mar 32 10:00:00',
  'Mär  2 10:00:00',
  'Mar  2 24:00:00',
  'Tue Sep 31 16:14:21 2018',
])('%s is no time', (text) => expect(read(text, '2026-03-02T10:00:05Z')).toEqual([null, 'missing']));
