import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordGroup } from '../../contracts/index.ts';
import { frameRequest } from '../index.ts';
import type { Sources } from '../recognise.ts';
import { EventWindow, type HeldRecord } from './event-window.ts';
import { recordsOf } from './records-of.fixture.ts';

/** Lines `<event> <text>`; `end` ends an event. */
const sources: Sources = {
  recognise: () => undefined,
  recogniseText: (line) => (/^\w+ /.test(line) ? { source: 'events', form: 'lines' } : undefined),
  recogniseHeader: () => undefined,
  formsOf: () => [],
  form: (source, form) => ({
    ...{ source, form, mappingVersion: 1, probes: [], sql: undefined, readsLines: true },
    joins: {
      eventOf: (line) => (line.startsWith('alone') ? undefined : line.split(' ')[0]),
      endsEvent: (line) => line.endsWith(' end'),
    },
  }),
};

function framed(lines: readonly string[]): readonly RecordGroup[] {
  const body = Buffer.from(lines.join('\n'));
  const request = { body, source: 'auto', tenant: 't', stream: 's', traceparent: '', receivedAt: 0 };
  return frameRequest({ ...request, idempotencyKey: '', sources }).groups;
}

const textsOf = (groups: readonly RecordGroup[]) =>
  groups.flatMap((group) => recordsOf(group).map((record) => record.toString()));

test('the records of an event stand behind each other, with the ordinals of their places', () => {
  const [group] = framed(['a 1', 'b 1', 'a 2', 'alone 1', 'b end', 'a end', 'c 1']);
  expect(group && textsOf([group])).toEqual(['alone 1', 'b 1', 'b end', 'a 1', 'a 2', 'a end', 'c 1']);
  expect([...(group?.ordinals ?? [])]).toEqual([3, 1, 4, 0, 2, 5, 6]);
});

test('however events are mixed, no record is lost, and an event of one request is in one group', () => {
  const line = fc
    .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'alone'), fc.constantFrom('x', 'y', 'z'.repeat(300)))
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const groups = framed(lines);
      expect(textsOf(groups).toSorted()).toEqual(lines.toSorted());
      const order = textsOf(groups).map((text) => text.split(' ')[0]);
      for (const event of ['a', 'b', 'c', 'd']) {
        const count = order.filter((name) => name === event).length;
        expect(count === 0 || order.lastIndexOf(event) - order.indexOf(event) === count - 1).toBe(true);
      }
    }),
  );
});

test('an event is cut by no group, though groups are cut between', () => {
  const lines = Array.from({ length: 3_000 }, (_, number) =>
    [0, 1, 2].map((part) => `e${number} ${part}`),
  ).flat();
  const groups = framed(lines);
  expect(groups.length).toBeGreaterThan(1);
  for (const group of groups) expect(group.count % 3).toBe(0);
  expect(textsOf(groups)).toEqual(lines);
});

test('what waits is bounded: by events, by records between, and by bytes', () => {
  const kind = { source: 'events', form: 'lines' };
  const record = (text: string): HeldRecord => ({ bytes: Buffer.from(text), kind, seed: '', ordinal: 0 });
  const out: string[] = [];
  const window = new EventWindow((records) => out.push(records.map(({ bytes }) => bytes.length).join('+')));
  for (let event = 0; event < 300; event += 1) window.add(`e${event}`, record('x'), false);
  expect(out.length).toBe(300 - 256);
  for (let number = 0; number < 1_100; number += 1) window.add('late', record('y'), false);
  expect(out.slice(300 - 256).filter((sizes) => sizes === '1').length).toBe(256);
  const large = 'z'.repeat(400_000);
  for (let number = 0; number < 3; number += 1) window.add('large', record(large), false);
  expect(out).toContain('400000+400000');
  window.flush();
  expect(out.at(-1)).toBe('400000');
});
