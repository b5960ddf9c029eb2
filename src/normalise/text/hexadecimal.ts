import { isUtf8 } from 'node:buffer';

const evenHex = /^(?:[0-9A-Fa-f]{2})+$/;

/** The bytes that hexadecimal digits stand for; undefined when the text is none. */
export function bytesOfHex(text: string): Buffer | undefined {
  return evenHex.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** The text that hexadecimal digits stand for; as it is when it is none, or its bytes are no UTF-8. */
export function textOfHex(text: string): string {
  const bytes = bytesOfHex(text);
  return bytes === undefined || !isUtf8(bytes) ? text : bytes.toString();
}
