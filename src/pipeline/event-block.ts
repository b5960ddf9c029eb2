import { type EventRow, type StageColumn, stageColumns } from '../normalise/index.ts';
import { bytesOf, type NativeColumn, nativeBlock, texts } from './native.ts';

/** Events that the in-process function made, as one Native block with the stage's columns. */
export function eventBlock(rows: readonly EventRow[]): Uint8Array[] {
  return nativeBlock(
    rows.length,
    stageColumns.map((column) => encodeColumn(column, rows)),
  );
}

function encodeColumn({ name, type }: StageColumn, rows: readonly EventRow[]): NativeColumn {
  const values = rows.map((row): unknown => row[name]);
  return { name, type, parts: encode(type, values) };
}

/** Values of one column, one behind the other; `Nullable` puts a byte a row in front, `Array` the ends of the lists. */
function encode(type: string, values: readonly unknown[]): Uint8Array[] {
  const nullable = /^Nullable\((.+)\)$/.exec(type)?.[1];
  if (nullable !== undefined) {
    const flags = Uint8Array.from(values, (value) => (value === null ? 1 : 0));
    const present = values.map((value) => value ?? 0n);
    return [flags, ...encode(nullable, present)];
  }
  if (type === 'Array(String)') {
    const lists = values as readonly (readonly string[])[];
    let end = 0n;
    const ends = BigUint64Array.from(lists, (list) => {
      end += BigInt(list.length);
      return end;
    });
    return [bytesOf(ends), texts(lists.flat())];
  }
  if (type === 'String') return [texts(values as readonly (string | Uint8Array)[])];
  if (type === 'FixedString(16)') return [Buffer.concat(values as readonly Uint8Array[])];
  if (type.startsWith('DateTime64'))
    return [bytesOf(BigInt64Array.from(values as readonly (bigint | number)[], BigInt))];
  switch (type) {
    case 'UInt8':
      return [Uint8Array.from(values as readonly number[])];
    case 'UInt16':
      return [bytesOf(Uint16Array.from(values as readonly number[]))];
    case 'UInt32':
      return [bytesOf(Uint32Array.from(values as readonly number[]))];
    case 'UInt64':
      return [bytesOf(BigUint64Array.from(values as readonly (bigint | number)[], BigInt))];
    default:
      throw new Error(`no Native encoding for ${type}`);
  }
}
