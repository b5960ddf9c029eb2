import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Engine } from '../engine.suite.ts';
import { catalogueOfYaml, compare, recordOf } from '../lab.suite.ts';
import { normalise } from '../normalise.ts';

const engine = new Engine();
afterAll(() => engine[Symbol.dispose]());

const catalogue = catalogueOfYaml(`
source: flows
version: 1
title: Flows
blanks: ['-']
forms:
  fixed:
    decode: { delimited: '', separator: ' ', columns: [v, src, port, at, verdict] }
    recognise: [{ is: v, values: ['2'] }]
  headed:
    decode: { delimited: '', separator: ' ', header: [v, src, port, at, verdict, note] }
    recognise: []
required: [verdict]
time: [{ field: at, formats: [epoch_seconds, iso] }]
natural_key: [src, port]
classify: { by: verdict, default: { class: 4001 }, kinds: { ACCEPT: { class: 4001, activity: 6 } } }
attributes: { src_ip: src, src_port: port, message: { join: [v, note], with: / } }
`);

const value = fc.oneof(
  fc.constantFrom(
    '2',
    '-',
    '',
    'ACCEPT',
    '192.0.2.1',
    '::1',
    '443',
    '1773306000',
    '{',
    '[',
    '"',
    '<',
    '\u0000',
    '\ufeff',
  ),
  fc.string({ maxLength: 6 }),
);
const at = fc.constantFrom('1773306000', '1773306000.5', '2026-03-12T09:00:00Z', '', 'now');
const flow = fc
  .tuple(fc.constantFrom('2', '2', '3'), value, value, at, value, fc.option(value))
  .map(([note, src, port, time, verdict, more]) => [
    note,
    src,
    port,
    time,
    verdict,
    ...(more === null ? [] : [more]),
  ]);

test('of lines of values SQL and function make the same rows', async () => {
  const lines = fc.oneof(
    { weight: 4, arbitrary: flow.map((values) => values.join(' ')) },
    { weight: 1, arbitrary: fc.array(value, { maxLength: 6 }).map((values) => values.join(' ')) },
  );
  for (const form of ['fixed', 'headed v src port at verdict']) {
    const records = fc
      .sample(lines, { numRuns: 2_000, seed: 7 })
      .map((line, row) => recordOf(line, 'flows', form, row));
    const { differences, sure } = await compare(engine, catalogue, records);
    expect(differences).toEqual([]);
    expect(sure).toBeGreaterThan(100);
  }
});

test('a header names the columns of the lines below it', () => {
  const found = catalogue.recogniseHeader('verdict src port at');
  expect(found).toEqual({ source: 'flows', form: 'headed verdict src port at' });
  const outcome = normalise(
    catalogue,
    recordOf('ACCEPT 192.0.2.7 53 1773306000', 'flows', found?.form ?? ''),
  );
  expect(outcome).toMatchObject({
    kind: 'event',
    row: { src_ip: '192.0.2.7', src_port: 53n, activity_id: 6n, form: 'headed verdict src port at' },
  });
});

test.each(['verdict src port', 'verdict src port other', 'verdict src port port', '{"verdict":1}'])(
  '%j is no header',
  (line) => expect(catalogue.recogniseHeader(line)).toBeUndefined(),
);

test('a line that does not fit its columns is a dead letter', () => {
  const outcome = normalise(catalogue, recordOf('ACCEPT 192.0.2.7', 'flows', 'headed verdict src port at'));
  expect(outcome).toMatchObject({ kind: 'dead', code: 'normalise.unrecognised' });
});
