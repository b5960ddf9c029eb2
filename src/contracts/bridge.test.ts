import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AskEvent, CellReference, Sentence } from './answer.ts';
import { compileCheck } from './bridge.ts';
import { Evidence } from './evidence.ts';
import { HuntQuery, HuntWindow } from './hunt-plan.ts';

const Formats = z.strictObject({
  id: z.uuid(),
  ip: z.union([z.ipv4(), z.ipv6()]),
  time: z.iso.datetime({ offset: true }),
  count: z.int().nonnegative(),
  note: z.exactOptional(z.string().max(5)),
});

const oneOf = (...values: readonly unknown[]) => fc.constantFrom(...values);
const time = oneOf(
  '2024-02-29T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2024-01-01T25:00:00Z',
  '2024-01-01T10:00:00+02:00',
  '2024-01-01T10:00:00',
  '2024-01-01',
  'x2024-01-01T10:00:00Z',
  '2024-01-01T10:00:00Z\n',
  5,
  null,
);
const formats = fc.record(
  {
    id: fc.oneof(fc.uuid(), oneOf('', 'zz', '00000000-0000-0000-0000-000000000000', 7)),
    ip: fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      oneOf('1.2.3', '1.2.3.4.5', '::ffff:1.2.3.4', 'fe80::1%eth0', '01.2.3.4', '', 1),
    ),
    time,
    count: fc.oneof(fc.integer(), oneOf(-1, 1.5, Number.MAX_SAFE_INTEGER, 2 ** 53, Number.NaN, '1')),
    note: oneOf('', 'abcde', 'abcdef', undefined, null, 1),
    more: fc.anything(),
  },
  { requiredKeys: [] },
);
const cell = fc.oneof(
  { weight: 12, arbitrary: fc.string() },
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.array(fc.string(), { maxLength: 3 }) },
  fc.integer(),
);
const instant = fc.oneof({ weight: 8, arbitrary: oneOf('2024-02-29T00:00:00Z') }, time);
const evidence = fc.record(
  {
    id: oneOf('e1', '', 'x'.repeat(21)),
    query_id: oneOf('q1'),
    kind: oneOf('rows', 'top', 'nothing'),
    purpose: fc.string(),
    sql: fc.string(),
    snapshot: instant,
    columns: oneOf([], [{ name: 'a', type: 'String' }], [{ name: 'a' }], [{ name: 'a', type: 'b', c: 1 }]),
    rows: fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 3 }),
    row_hash: oneOf('0'.repeat(64), '0'.repeat(63), 'G'.repeat(64)),
    truncated: oneOf(true, false, 'true'),
    elapsed_ms: oneOf(0, 1.5, -1, '1'),
  },
  {
    requiredKeys: [
      'id',
      'query_id',
      'kind',
      'purpose',
      'sql',
      'columns',
      'rows',
      'snapshot',
      'row_hash',
      'truncated',
    ],
  },
);
const sentence = fc.record({
  id: oneOf(0, 1, -1, 1.5),
  text: fc.string(),
  kind: oneOf('fact', 'engine', 'lie'),
  claims: oneOf([], [{ evidence_id: 'e1', operation: 'cell', cells: [{ row: 0, column: 'a' }] }], [{}]),
  verdict: oneOf('confirmed', 'struck', 'maybe'),
});
const event = fc.record({
  type: oneOf('sentence', 'evidence', 'done', 'error', 'other'),
  id: oneOf(0, 3, -1),
  run_id: oneOf('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'no'),
  data: fc.oneof(sentence, evidence, oneOf({}, { code: 'a.b', message: 'm', trace_id: 't' })),
});

const cases: readonly (readonly [string, z.ZodType, fc.Arbitrary<unknown>])[] = [
  ['formats', Formats, formats],
  ['Evidence', Evidence, evidence],
  ['Sentence', Sentence, sentence],
  ['AskEvent', AskEvent, event],
  ['CellReference', CellReference, fc.record({ row: fc.double(), column: fc.string() })],
  ['HuntWindow', HuntWindow, fc.record({ from: time, to: time, anchor: oneOf('stated', 'no') })],
  ['HuntQuery', HuntQuery, fc.anything()],
];

describe('the compiled bridge', () => {
  for (const [name, schema, arbitrary] of cases) {
    test(`accepts exactly what ${name} accepts`, () => {
      const check = compileCheck(schema);
      let accepted = 0;
      fc.assert(
        fc.property(arbitrary, (value) => {
          const expected = schema.safeParse(value).success;
          accepted += expected ? 1 : 0;
          expect(check(value)).toBe(expected);
        }),
        { numRuns: 2_000, seed: 7 },
      );
      if (name !== 'HuntQuery') expect(accepted).toBeGreaterThan(0);
    });
  }
});
