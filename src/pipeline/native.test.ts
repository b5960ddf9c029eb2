import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leb128, recordsOf, repeatedText } from './native.ts';

test('records come back from a Native String column as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (records) => {
      const body = Buffer.concat(records.flatMap((record) => [leb128(record.length), record]));
      expect([...recordsOf(body)].map((record) => [...record])).toEqual(records.map((record) => [...record]));
    }),
  );
});

test('a length takes as many bytes as LEB128 says', () => {
  expect([...leb128(0)]).toEqual([0]);
  expect([...leb128(127)]).toEqual([127]);
  expect([...leb128(128)]).toEqual([128, 1]);
  expect([...leb128(1_048_576)]).toEqual([128, 128, 64]);
});

test('a repeated text is a column of equal records', () => {
  const records = [...recordsOf(repeatedText('acme', 3))].map((record) => Buffer.from(record).toString());
  expect(records).toEqual(['acme', 'acme', 'acme']);
  expect(repeatedText('', 2)).toEqual(Buffer.from([0, 0]));
});
