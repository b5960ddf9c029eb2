/** A value on its way through encoding modifiers: text as written, or bytes. */
export type Encoded = string | Buffer;

export type Encoding = 'base64' | 'base64offset' | 'utf16' | 'utf16le' | 'utf16be' | 'wide';

/** Applies one encoding; `base64offset` gives three values, the others one. */
export function encode(value: Encoded, encoding: Encoding): readonly Encoded[] {
  switch (encoding) {
    case 'base64':
      return [bytesOf(value).toString('base64')];
    case 'base64offset':
      return base64Offsets(bytesOf(value));
    case 'wide':
    case 'utf16le':
      return [Buffer.from(textOf(value), 'utf16le')];
    case 'utf16be':
      return [Buffer.from(textOf(value), 'utf16le').swap16()];
    case 'utf16':
      return [Buffer.concat([byteOrderMark, Buffer.from(textOf(value), 'utf16le')])];
  }
}

const byteOrderMark = Buffer.from([0xff, 0xfe]);

/** Bytes that stay bytes are matched as characters of the same number. */
export function textOf(value: Encoded): string {
  return typeof value === 'string' ? value : value.toString('latin1');
}

function bytesOf(value: Encoded): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/**
 * The parts of the three Base64 forms that don't depend on what stands before and behind: Base64 takes three bytes at
 * a time, so the value may begin at any of three offsets; digits that share bits with neighbours are cut off.
 */
function base64Offsets(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const shared = (offset + bytes.length) % 3 === 0 ? 0 : 1;
    return text.slice([0, 2, 3][offset], text.length - shared);
  });
}
