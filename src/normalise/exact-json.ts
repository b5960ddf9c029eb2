import { JsonFault, JsonScanner } from './json-scanner.ts';

/** A run of digits that may not be an exact double. */
const longNumber = /\d{16}/;

/**
 * Parses JSON; integers beyond 2^53 keep their digits, as bigints. Undefined when the text is no sound JSON. Of equal
 * keys the last counts, as in `JSON.parse`.
 */
export function parseExactly(text: string): unknown {
  const value = parse(text);
  if (value === undefined || !longNumber.test(text)) return value;
  return withDigits(text, value) ?? soundly(() => parseWith(new JsonScanner(text)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The value with the digits of its long integers put back; undefined when it is not plain which those are. Windows writes one into nearly
 * every event, as a member of the root.
 */
function withDigits(text: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return isExact(value) ? value : undefined;
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    const member = members[key];
    if (isExact(member)) continue;
    const digits = typeof member === 'number' ? digitsOf(text, key) : undefined;
    if (digits === undefined || Number(digits) !== member) return undefined;
    members[key] = BigInt(digits);
  }
  return members;
}

/** True when no number in it may have lost digits. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}

const plainKey = /^\w{1,64}$/;
const digitsBehind = /\s*:\s*(-?\d+)(?=[\s,}])/y;

/** The digits behind a key that is written once and without escapes. */
function digitsOf(text: string, key: string): string | undefined {
  if (!plainKey.test(key)) return undefined;
  const written = `"${key}"`;
  const at = text.indexOf(written);
  if (at === -1 || text.includes(written, at + 1) || text.includes('\\u')) return undefined;
  digitsBehind.lastIndex = at + written.length;
  return digitsBehind.exec(text)?.[1];
}

function parseWith(scanner: JsonScanner): unknown {
  const value = readValue(scanner, 1);
  scanner.end();
  return value;
}

function readValue(scanner: JsonScanner, depth: number): unknown {
  switch (scanner.peek()) {
    case '{': {
      const members: [string, unknown][] = [];
      scanner.object(depth, (key) => members.push([key, readValue(scanner, depth + 1)]));
      return Object.fromEntries(members);
    }
    case '[': {
      const elements: unknown[] = [];
      scanner.array(depth, () => elements.push(readValue(scanner, depth + 1)));
      return elements;
    }
    case '"':
      return scanner.string();
    default:
      return scalarOf(scanner.scalar());
  }
}

function scalarOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

function soundly(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (fault) {
    if (fault instanceof JsonFault) return undefined;
    throw fault;
  }
}
