/**
 * ClickHouse's Native format, as far as a batch needs it: a block is the number of columns, the number of rows, and each
 * column as name, type and values one behind the other. Numbers are LEB128 or little-endian.
 * Source: ClickHouse documentation, "Native" input format.
 */
export interface NativeColumn {
  readonly name: string;
  readonly type: string;
  readonly parts: readonly Uint8Array[];
}

/** The buffers of one block, to be written one behind the other. */
export function nativeBlock(rows: number, columns: readonly NativeColumn[]): Uint8Array[] {
  return [
    Buffer.concat([leb128(columns.length), leb128(rows)]),
    ...columns.flatMap((column) => [Buffer.concat([text(column.name), text(column.type)]), ...column.parts]),
  ];
}

export function leb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

const text = (value: string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([leb128(bytes.length), bytes]);
};

/** A String column that holds `value` in each of `rows` rows. */
export function repeatedText(value: string, rows: number): Buffer {
  const one = text(value);
  return Buffer.alloc(one.length * rows, one);
}

/** The bytes of a typed array, which are little-endian on every platform that Node runs on here. */
export const bytesOf = (values: Uint16Array | Uint32Array | BigUint64Array | BigInt64Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Each record of a Native String column (LEB128 length and bytes), as views on it. */
export function* recordsOf(body: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at < body.length) {
    let length = 0;
    let factor = 1;
    let byte = 128;
    while (byte > 127) {
      byte = body[at] ?? 0;
      at += 1;
      length += (byte & 127) * factor;
      factor *= 128;
    }
    yield body.subarray(at, at + length);
    at += length;
  }
}

/** A String column in one buffer: empty values take one byte each. */
export function texts(values: readonly (string | Uint8Array)[]): Buffer {
  const sizes = values.map((value) =>
    typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength,
  );
  const column = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size + lengthBytes(size), 0));
  let at = 0;
  for (const [index, value] of values.entries()) {
    let rest = sizes[index] ?? 0;
    for (; rest > 127; rest = Math.floor(rest / 128)) at = column.writeUInt8((rest % 128) | 128, at);
    at = column.writeUInt8(rest, at);
    if (typeof value === 'string') at += column.write(value, at);
    else {
      column.set(value, at);
      at += value.byteLength;
    }
  }
  return column;
}

const lengthBytes = (size: number) => (size < 128 ? 1 : size < 16_384 ? 2 : size < 2_097_152 ? 3 : 4);
