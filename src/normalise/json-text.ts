/** The text of JSON values, written as ClickHouse's `JSONExtract(…, 'String')` writes them (26.7). */

const maxUint64 = 2n ** 64n - 1n;
const minInt64 = -(2n ** 63n);
/** Integers of up to this many digits fit 64 bits. */
const surelyFits = 18;

export interface NumberText {
  readonly text: string;
  /** False for what a 64-bit engine refuses: integers out of range, infinite floats. */
  readonly fits: boolean;
}

/**
 * A JSON number token as text: an integer keeps all its digits, anything else is the shortest form of the double.
 */
export function numberText(token: string): NumberText {
  if (!/[.eE]/.test(token)) {
    if (token === '-0') return { text: '0', fits: true };
    if (token.length <= surelyFits) return { text: token, fits: true };
    const value = BigInt(token);
    return { text: token, fits: value <= maxUint64 && value >= minInt64 };
  }
  const value = Number(token);
  if (!Number.isFinite(value)) return { text: token, fits: false };
  if (Object.is(value, -0)) return { text: '-0', fits: true };
  return { text: String(value).replace('e+', 'e'), fits: true };
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A string as a JSON token. */
export function stringToken(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  const body = text.replace(/["\\\u0000-\u001f\u2028\u2029]/g, (character) => {
    const known = escapes[character];
    return known ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
  return `"${body}"`;
}
