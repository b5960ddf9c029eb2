/** Escapes that `JSON.stringify` writes for NUL and lone surrogates (and, harmlessly, the same letters in a text). */
const suspect = /\\u(?:0000|d[89a-f])/;

/**
 * The value with NUL and lone surrogates in its texts replaced by U+FFFD: telemetry is hostile text, and Postgres takes
 * neither in `text` or `jsonb`; one such record must not stop all others.
 */
export function storable<T>(value: T): T {
  return suspect.test(JSON.stringify(value)) ? (mended(value) as T) : value;
}

function mended(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\ufffd');
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mended(key), mended(inner)]));
  return value;
}
