import { describe, expect, it } from 'vitest';
import { planQuestion } from '../deterministic.ts';

/** A Thursday. */
const now = new Date('2024-03-14T12:00:00Z');
const old = new Date('2021-06-20T18:30:15.250Z');

type Asked = { readonly text: string; readonly since?: string; readonly until?: string };

function windowOf(asked: Asked | string, newestEvent: Date | null = now) {
  const question = typeof asked === 'string' ? { text: asked } : asked;
  const outcome = planQuestion(question, { now, newestEvent });
  if (outcome.kind !== 'plan') return outcome.message;
  const { from, to, anchor } = outcome.plan.window;
  return `${from} ${to} ${anchor}`;
}

describe('a window that was not named', () => {
  it('is the last 24 hours by the clock', () => {
    expect(windowOf('failed logons')).toBe('2024-03-13T12:00:00.000Z 2024-03-14T12:00:00.000Z default');
    expect(windowOf('failed logons', null)).toBe('2024-03-13T12:00:00.000Z 2024-03-14T12:00:00.000Z default');
  });

  it('ends at the newest event when the last 24 hours hold none', () => {
    expect(windowOf('failed logons', old)).toBe(
      '2021-06-19T18:30:15.251Z 2021-06-20T18:30:15.251Z newest_event',
    );
    const edge = new Date('2024-03-13T12:00:00Z');
    expect(windowOf('failed logons', edge)).toContain('default');
    expect(windowOf('failed logons', new Date(edge.getTime() - 1))).toContain('newest_event');
  });
});

describe('a window that was named', () => {
  it('moves to the newest event only where it is counted back from now', () => {
    expect(windowOf('failed logons in the last hour', old)).toBe(
      '2021-06-20T17:30:15.251Z 2021-06-20T18:30:15.251Z newest_event',
    );
    expect(windowOf('failed logons in the last hour')).toBe(
      '2024-03-14T11:00:00.000Z 2024-03-14T12:00:00.000Z stated',
    );
    for (const named of ['yesterday', 'today', 'on 2024-03-12', 'since Monday', 'last night', 'this week']) {
      expect(windowOf(`failed logons ${named}`, old)).toMatch(/ stated$/);
    }
  });

  it('takes times of day on the day of the newest event when no day is named and today holds none', () => {
    expect(windowOf('events between 10:00 and 11:30', old)).toBe(
      '2021-06-20T10:00:00.000Z 2021-06-20T11:30:00.000Z newest_event',
    );
    expect(windowOf('events between 10:00 and 11:30')).toBe(
      '2024-03-14T10:00:00.000Z 2024-03-14T11:30:00.000Z stated',
    );
    expect(windowOf('events between 22:00 and 23:00')).toBe(
      '2024-03-13T22:00:00.000Z 2024-03-13T23:00:00.000Z stated',
    );
  });

  it('takes a date without a year from the recording when that is long past', () => {
    expect(windowOf('logons on 12 March', old)).toBe(
      '2021-03-12T00:00:00.000Z 2021-03-13T00:00:00.000Z stated',
    );
    expect(windowOf('logons on 12 March')).toBe('2024-03-12T00:00:00.000Z 2024-03-13T00:00:00.000Z stated');
    expect(windowOf('logons on 24 December')).toBe(
      '2023-12-24T00:00:00.000Z 2023-12-25T00:00:00.000Z stated',
    );
  });

  it.each([
    ['past 90 minutes', '2024-03-14T10:30 2024-03-14T12:00'],
    ['in the past day', '2024-03-13T12:00 2024-03-14T12:00'],
    ['in the last 24h', '2024-03-13T12:00 2024-03-14T12:00'],
    ['over the last couple of hours', '2024-03-14T10:00 2024-03-14T12:00'],
    ['in the last half an hour', '2024-03-14T11:30 2024-03-14T12:00'],
    ['3 hours ago', '2024-03-14T09:00 2024-03-14T10:00'],
    ['two days ago', '2024-03-12T00:00 2024-03-13T00:00'],
    ['this morning', '2024-03-14T00:00 2024-03-14T12:00'],
    ['yesterday evening', '2024-03-13T18:00 2024-03-14T00:00'],
    ['Monday morning', '2024-03-11T00:00 2024-03-11T12:00'],
    ['on 12 March 2024', '2024-03-12T00:00 2024-03-13T00:00'],
    ['on March 12th, 2024', '2024-03-12T00:00 2024-03-13T00:00'],
    ['on 2024-03-12', '2024-03-12T00:00 2024-03-13T00:00'],
    ['on 2024/03/12', '2024-03-12T00:00 2024-03-13T00:00'],
    ['on 12.03.2024', '2024-03-12T00:00 2024-03-13T00:00'],
    ['since 2024-03-12T10:00:00+02:00', '2024-03-12T08:00 2024-03-14T12:00'],
    ['since yesterday 18:00', '2024-03-13T18:00 2024-03-14T12:00'],
    ['since yesterday at 6 pm', '2024-03-13T18:00 2024-03-14T12:00'],
    ['between 2024-03-12 10:00 and 2024-03-12 11:30', '2024-03-12T10:00 2024-03-12T11:30'],
    ['between 10 and 11 yesterday', '2024-03-13T10:00 2024-03-13T11:00'],
    ['from 10:00 to 11:30 yesterday', '2024-03-13T10:00 2024-03-13T11:30'],
    ['yesterday from 10:00 to 11:30', '2024-03-13T10:00 2024-03-13T11:30'],
    ['10:00-11:30 yesterday', '2024-03-13T10:00 2024-03-13T11:30'],
    ['between 10:00 CET and 11:30 CET yesterday', '2024-03-13T09:00 2024-03-13T10:30'],
    ['between 23:00 yesterday and 01:00 today', '2024-03-13T23:00 2024-03-14T01:00'],
    ['from Monday to Wednesday', '2024-03-11T00:00 2024-03-14T00:00'],
    ['2024-03-01..2024-03-05', '2024-03-01T00:00 2024-03-06T00:00'],
    ['before 2024-03-12', '1970-01-01T00:00 2024-03-12T00:00'],
    ['before 10:00 today', '1970-01-01T00:00 2024-03-14T10:00'],
    ['after 2024-03-12', '2024-03-13T00:00 2024-03-14T12:00'],
    ['until 10:00', '2024-03-14T00:00 2024-03-14T10:00'],
    ['in February 2024', '2024-02-01T00:00 2024-03-01T00:00'],
    ['in 2023', '2023-01-01T00:00 2024-01-01T00:00'],
    ['ever', '1970-01-01T00:00 2262-01-01T00:00'],
  ])('reads: %s', (named, expected) => {
    const shown = windowOf(`failed logons ${named}`).replaceAll(':00.000Z', '');
    expect(shown).toBe(`${expected} stated`);
  });

  it('refuses a time to come and a window that ends before it starts', () => {
    expect(windowOf('failed logons tomorrow')).toContain('has happened');
    expect(windowOf('failed logons after 2024-03-12 before 2024-03-01')).toContain('no window');
  });
});

describe('a window beside the text', () => {
  it('wins over the text', () => {
    const asked = { text: 'failed logons yesterday', since: '2024-03-01', until: '2024-03-02T10:00:00Z' };
    expect(windowOf(asked)).toBe('2024-03-01T00:00:00.000Z 2024-03-02T10:00:00.000Z stated');
  });

  it('takes lengths, counted back from its end', () => {
    expect(windowOf({ text: 'failed logons', since: '90m' })).toBe(
      '2024-03-14T10:30:00.000Z 2024-03-14T12:00:00.000Z stated',
    );
    expect(windowOf({ text: 'failed logons', since: '7d', until: '2024-03-10T00:00:00Z' })).toBe(
      '2024-03-03T00:00:00.000Z 2024-03-10T00:00:00.000Z stated',
    );
    expect(windowOf({ text: 'failed logons', until: '2024-03-10T00:00:00Z' })).toBe(
      '2024-03-09T00:00:00.000Z 2024-03-10T00:00:00.000Z stated',
    );
  });

  it('moves a bare length to the newest event when it holds none, and nothing else', () => {
    expect(windowOf({ text: 'failed logons', since: '24h' }, old)).toBe(
      '2021-06-19T18:30:15.251Z 2021-06-20T18:30:15.251Z newest_event',
    );
    expect(windowOf({ text: 'failed logons', since: '2024-03-01' }, old)).toContain('stated');
  });

  it('is refused when it is no time, or ends before it starts', () => {
    expect(windowOf({ text: 'failed logons', since: 'soon' })).toContain("'since' is 'soon'");
    expect(windowOf({ text: 'failed logons', since: '2024-03-02', until: '2024-03-01' })).toContain(
      'not before',
    );
  });
});
