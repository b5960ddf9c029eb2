import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowHash } from './row-hash.ts';

const cell = fc.oneof(fc.string(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }));
const table = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })
  .chain((names) =>
    fc.record({
      names: fc.constant(names),
      rows: fc.array(fc.array(cell, { minLength: names.length, maxLength: names.length }), { maxLength: 5 }),
      order: fc.shuffledSubarray(
        names.map((_, index) => index),
        { minLength: names.length },
      ),
    }),
  );
const columnsOf = (names: readonly string[]) => names.map((name) => ({ name }));

it('hashes the same whatever the order of columns', () => {
  fc.assert(
    fc.property(table, ({ names, rows, order }) => {
      const moved = {
        columns: columnsOf(order.map((index) => names[index] ?? '')),
        rows: rows.map((row) => order.map((index) => row[index] ?? null)),
      };
      expect(rowHash(moved)).toBe(rowHash({ columns: columnsOf(names), rows }));
    }),
  );
});

it('hashes otherwise when a cell or the order of rows differs', () => {
  const columns = columnsOf(['a', 'b']);
  const rows = [
    ['1', '2'],
    ['3', null],
  ];
  const hash = rowHash({ columns, rows });
  expect(rowHash({ columns, rows: rows.toReversed() })).not.toBe(hash);
  expect(
    rowHash({
      columns,
      rows: [
        ['1', '2'],
        ['3', ''],
      ],
    }),
  ).not.toBe(hash);
});

it('is SHA-256 over JSON with sorted keys, so that others can compute it', () => {
  const expected = createHash('sha256').update('[{"a":["x"],"b":"18446744073709551615"}]').digest('hex');
  const columns = columnsOf(['b', 'a']);
  expect(rowHash({ columns, rows: [['18446744073709551615', ['x']]] })).toBe(expected);
});
