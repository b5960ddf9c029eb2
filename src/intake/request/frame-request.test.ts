import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxRecordBytes } from '../../contracts/index.ts';
import { recordsOf } from '../frame/records-of.fixture.ts';
import { type FramedRequest, frameRequest } from '../index.ts';
import type { Sources } from '../recognise.ts';

const sources: Sources = {
  recognise: (native, within) =>
    'EventID' in native && (within ?? 'windows') === 'windows'
      ? { source: 'windows', form: 'flat' }
      : undefined,
  formsOf: () => [],
  recogniseText: () => undefined,
  recogniseHeader: () => undefined,
  form: () => undefined,
};

function frame(
  body: string | Buffer,
  more: { source?: string; idempotencyKey?: string } = {},
): FramedRequest {
  return frameRequest({
    body: Buffer.from(body),
    source: more.source ?? 'auto',
    tenant: 't',
    stream: 'key:host',
    traceparent: '',
    receivedAt: 1_700_000_000_000,
    idempotencyKey: more.idempotencyKey ?? '',
    sources,
  });
}

const textsOf = (framed: FramedRequest): string[] =>
  framed.groups.flatMap((group) => recordsOf(group).map((record) => record.toString()));

describe('a request', () => {
  it('may be NDJSON, an array, one object, pretty or not, or a wrapper', () => {
    const layouts = [
      '{"a":1}\n{"b":2}\n',
      '[{"a":1},{"b":2}]',
      '{"Records":[{"a":1},{"b":2}]}',
      '\ufeff{"a":1}\r\n{"b":2}',
      '{"a":1}{"b":2}',
    ];
    for (const body of layouts) {
      const framed = frame(body);
      expect(textsOf(framed)).toEqual(['{"a":1}', '{"b":2}']);
      expect(framed).toMatchObject({ accepted: 2, refused: [], refusedTotal: 0 });
    }
    expect(textsOf(frame('{\n "a": 1\n}'))).toEqual(['{\n "a": 1\n}']);
    expect(frame('')).toMatchObject({ accepted: 0, refusedTotal: 0, groups: [] });
  });

  it('is refused by index and code where it cannot be framed, and accepted all around', () => {
    const framed = frame(`{"a":1}\n{"b":\n3\n{"c":"${'x'.repeat(maxRecordBytes)}"}\n[]\n{"d":4}`);
    expect(framed.refused.map(({ index, code }) => [index, code])).toEqual([
      [1, 'intake.not_json'],
      [2, 'intake.not_an_object'],
      [3, 'intake.too_large'],
    ]);
    expect(textsOf(framed)).toEqual(['{"a":1}', '{"d":4}']);
    expect(framed.groups.flatMap((group) => [...group.ordinals])).toEqual([0, 4]);
  });

  it('of an array that breaks off is accepted up to the break', () => {
    for (const body of ['[{"a":1},{"b":', '[{"a":1},', '[{"a":1}']) {
      const framed = frame(body);
      expect(framed.accepted).toBe(1);
      expect(framed.refused.map(({ index, code }) => [index, code])).toEqual([[1, 'intake.broken_array']]);
    }
  });

  it('lists the first 100 refusals and counts all', () => {
    const framed = frame('x\n'.repeat(250));
    expect(framed.refused.length).toBe(100);
    expect(framed).toMatchObject({ accepted: 0, refusedTotal: 250 });
  });

  it('has the identity of its bytes, unless its Idempotency-Key differs', () => {
    const seeds = (body: string, idempotencyKey = '') =>
      frame(body, { idempotencyKey }).groups.map((g) => g.seed);
    expect(seeds('{"a":1}')).toEqual(seeds('{"a":1}'));
    expect(seeds('{"a":1}')).not.toEqual(seeds('{"a":1} '));
    expect(seeds('{"a":1}', 'k1')).toEqual(seeds('{"a":1}', 'k1'));
    expect(seeds('{"a":1}', 'k1')).not.toEqual(seeds('{"a":1}', 'k2'));
  });

  it('to auto is recognised record by record, others go to json', () => {
    const framed = frame('{"EventID":1}\n{"x":1}\n{"EventID":2}');
    expect(framed.groups.map(({ source, form, count }) => [source, form, count])).toEqual([
      ['json', '', 1],
      ['windows', 'flat', 2],
    ]);
  });

  it('to a named source stays there, with the form as a hint', () => {
    const framed = frame('{"EventID":1}\n{"x":1}', { source: 'windows' });
    expect(framed.groups.map(({ source, form }) => [source, form]).sort()).toEqual([
      ['windows', ''],
      ['windows', 'flat'],
    ]);
    expect(frame('{"EventID":1}', { source: 'other' }).groups[0]).toMatchObject({
      source: 'other',
      form: '',
    });
  });

  it('accounts for every record of any input', () => {
    const line = fc.oneof(fc.json(), fc.string(), fc.constant('{"a":1}'));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const framed = frame(lines.join('\n'));
        expect(framed.groups.reduce((sum, group) => sum + group.count, 0)).toBe(framed.accepted);
        expect(framed.refused.length).toBe(framed.refusedTotal);
      }),
    );
  });
});
