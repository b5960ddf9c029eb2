/** What text holds by name. */
export type TextFields = Map<string, string>;

export interface Pair {
  readonly name: string;
  readonly value: string;
  /** '' when bare. */
  readonly quote: '"' | "'" | '';
}

// White space, the group separator that auditd puts before what it resolved, and separators between pairs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: auditd writes it
const gapAt = /[\s\x1d,;()]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: auditd writes it
const nameAt = /[^\s\x1d=,;()"']+/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: auditd writes it
const bareAt = /[^\s\x1d]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: auditd writes it
const wordAt = /[^\s\x1d]+/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: auditd writes it
const partEnd = /[\n\x1d]/g;
const closing = /[,;)]+$/;

/**
 * The `name=value` pairs of a text, in order; words without `=` are passed over. A value is bare (up to white space),
 * or in double quotes (up to the next one), or in single quotes (up to the last one of its line's part: auditd wraps a
 * program's whole message so, which may hold quotes itself). Linear, never throws.
 */
export function* pairsOf(text: string): Generator<Pair> {
  let at = 0;
  while (at < text.length) {
    at += lengthAt(gapAt, text, at);
    const name = lengthAt(nameAt, text, at);
    if (name === 0 || text.charAt(at + name) !== '=') {
      at += Math.max(1, lengthAt(wordAt, text, at));
      continue;
    }
    const start = at + name + 1;
    const { value, quote, end } = valueAt(text, start);
    yield { name: text.slice(at, at + name), value, quote };
    at = end;
  }
}

/** All pairs by name; of equal names the first counts. Undefined when there is none. */
export function parseKeyValue(text: string): TextFields | undefined {
  const fields: TextFields = new Map();
  for (const { name, value } of pairsOf(text)) if (!fields.has(name)) fields.set(name, value);
  return fields.size === 0 ? undefined : fields;
}

function valueAt(text: string, start: number): { value: string; quote: Pair['quote']; end: number } {
  const quote = text.charAt(start);
  if (quote === '"' || quote === "'") {
    const end = quote === '"' ? text.indexOf('"', start + 1) : lastQuote(text, start + 1);
    if (end !== -1) return { value: text.slice(start + 1, end), quote, end: end + 1 };
  }
  const length = lengthAt(bareAt, text, start);
  const word = text.slice(start, start + length);
  // `(null)` and `(none)` are values; `(hostname=?, addr=?)` only stands in parentheses.
  const value = word.startsWith('(') ? word.replace(/[,;]+$/, '') : withoutClosing(word);
  return { value, quote: '', end: start + length };
}

/** A long run of closing signs is cut by hand: the pattern would look at each of them again and again. */
function withoutClosing(word: string): string {
  const tail = word.slice(-8);
  return closing.test(tail) ? word.slice(0, word.length - tail.length) + tail.replace(closing, '') : word;
}

/** The last single quote before the line ends, or before what auditd resolved begins; -1 when there is none. */
function lastQuote(text: string, from: number): number {
  partEnd.lastIndex = from;
  const end = partEnd.exec(text)?.index ?? text.length;
  const found = text.lastIndexOf("'", end - 1);
  return found < from ? -1 : found;
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}
