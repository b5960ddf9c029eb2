import { stateErrors } from './errors.ts';

/** Type numbers of Postgres (`pg_type.dat`), fixed for ever. */
const oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  uuid: 2950,
  numeric: 1700,
  jsonb: 3802,
} as const;

/** JSON from outside may be nested without end, and the engine's parser has no bound in WebAssembly: it dies of it. */
const maxJsonDepth = 1_000;

/** Reads a column's text by the number of its type; a type without an entry stays text, but for what every driver reads alike. */
export const rowParsers: Readonly<Record<number, (text: string) => unknown>> = {
  [oid.int8]: int8,
  [oid.timestamptz]: isoTime,
  [oid.timestamp]: (text) => text,
  [oid.date]: (text) => text,
  [oid.bytea]: (text) => new Uint8Array(Buffer.from(text.slice('\\x'.length), 'hex')),
  [oid.json]: (text) => JSON.parse(text),
  [oid.jsonb]: (text) => JSON.parse(text),
};

/** Writes a parameter as text by the number of the type that the statement wants. Throws `state.query` for what does not suit it. */
export const parameterWriters: Readonly<Record<number, (value: unknown) => string>> = {
  ...each([oid.text, oid.varchar, oid.bpchar], plain),
  ...each([oid.int2, oid.int4, oid.int8, oid.float4, oid.float8, oid.numeric], plain),
  ...each([oid.bool, oid.timestamptz, oid.timestamp, oid.date, oid.uuid], plain),
  ...each([oid.json, oid.jsonb], json),
  [oid.bytea]: (value) => {
    if (!(value instanceof Uint8Array)) throw unsuitable(value, 'bytes');
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  },
};

function each<V>(keys: readonly number[], value: V): Readonly<Record<number, V>> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

function int8(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw stateErrors.make('number_too_large', 'the statement gives an int8 beyond 2^53; cast it to text');
  return number;
}

const utcTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/** `2024-05-01 12:00:00.1234+00` as `2024-05-01T12:00:00.123Z`. What ISO 8601 cannot say (`infinity`) stays as it is. */
function isoTime(text: string): string {
  const match = utcTime.exec(text);
  if (match === null) return text;
  const [, day, time, fraction = ''] = match;
  return `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}

function plain(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return storable(value);
    case 'number':
    case 'boolean':
      return String(value);
    default:
      throw unsuitable(value, 'text, a number or a boolean');
  }
}

/** Text is taken as JSON that is written already. */
function json(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (depthOf(text) > maxJsonDepth)
    throw stateErrors.make('query', `a jsonb parameter is nested deeper than ${maxJsonDepth}`);
  // Escapes of U+0000 and of surrogates; surrogate pairs come as they are, an escaped one is alone or was written by someone else.
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(storableValue(JSON.parse(text))) : text;
}

/** How deep JSON is nested; at least that of what comes before a fault. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (quoted && letter === '\\') at += 1;
    else if (!quoted && (letter === '[' || letter === '{')) deepest = Math.max(deepest, ++depth);
    else if (!quoted && (letter === ']' || letter === '}')) depth -= 1;
  }
  return deepest;
}

/** Text that Postgres can hold: U+0000 and lone surrogates, which attackers write too, become U+FFFD. */
function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [storable(key), storableValue(inner)]),
  );
}

function unsuitable(value: unknown, wanted: string) {
  const kind = Array.isArray(value) ? 'a list' : value instanceof Uint8Array ? 'bytes' : typeof value;
  return stateErrors.make('query', `a parameter is ${kind} where the statement wants ${wanted}`);
}
