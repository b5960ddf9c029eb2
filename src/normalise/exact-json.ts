import { JsonFault, JsonScanner } from './json-scanner.ts';

/** A run of digits that may not be an exact double. */
const longNumber = /\d{16}/;

/**
 * Parses JSON; integers beyond 2^53 keep their digits, as bigints. Undefined when the text is no sound JSON. Of equal
 * keys the last counts, as in `JSON.parse`.
 */
export function parseExactly(text: string): unknown {
  if (longNumber.test(text)) return soundly(() => parseWith(new JsonScanner(text)));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
