const maxUint64 = 2n ** 64n - 1n;
const decimal = /^\+?\d{1,40}$/;
const hexadecimal = /^0x[0-9a-fA-F]{1,16}$/;

/** An unsigned 64-bit integer written in decimal or as `0x3e7`; null for all else. */
export function unsignedOf(text: string): bigint | null {
  if (hexadecimal.test(text)) return BigInt(text);
  if (!decimal.test(text)) return null;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value <= maxUint64 ? value : null;
}
