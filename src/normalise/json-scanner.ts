import { numberText, stringToken } from './json-text.ts';

/** Levels of objects and arrays; ClickHouse's parser ends at the same depth. */
export const maxDepth = 1024;

export class JsonFault extends Error {
  /** Index into the text, in UTF-16 units. */
  readonly position: number;
  readonly deep: boolean;
  constructor(message: string, position: number, deep = false) {
    super(message);
    this.position = position;
    this.deep = deep;
  }
}

const whitespace = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const fourHex = /^[0-9a-fA-F]{4}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings
const needsCare = /[\\\u0000-\u001f]/;
const simpleEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Walks strict JSON (RFC 8259) once, front to back, token by token. Own, because `JSON.parse` rounds long numbers,
 * takes the last of equal keys where the engine takes the first, and doesn't say at which byte it stopped.
 * Methods throw `JsonFault`.
 */
export class JsonScanner {
  readonly #text: string;
  #at = 0;
  #doubtful = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** True once something was read that the engine's parser refuses: a lone surrogate, a number beyond 64 bits. */
  get doubtful(): boolean {
    return this.#doubtful;
  }

  /** The next character that is no white space, '' at the end. */
  peek(): string {
    whitespace.lastIndex = this.#at;
    whitespace.test(this.#text);
    this.#at = whitespace.lastIndex;
    return this.#text.charAt(this.#at);
  }

  /** Calls `member` behind each key; `member` must read the value. */
  object(depth: number, member: (key: string) => void): void {
    this.#open('{', depth);
    if (this.#takes('}')) return;
    do {
      this.peek();
      const key = this.string();
      this.#expect(':');
      member(key);
    } while (this.#takes(','));
    this.#expect('}');
  }

  /** Calls `element` before each element; `element` must read it. */
  array(depth: number, element: (index: number) => void): void {
    this.#open('[', depth);
    if (this.#takes(']')) return;
    let index = 0;
    do element(index++);
    while (this.#takes(','));
    this.#expect(']');
  }

  /** Reads a value and throws it away. */
  skip(depth: number): void {
    const next = this.peek();
    if (next === '{') this.object(depth, () => this.skip(depth + 1));
    else if (next === '[') this.array(depth, () => this.skip(depth + 1));
    else this.scalar();
  }

  /** Reads any value as compact JSON. */
  rewrite(depth: number): string {
    const next = this.peek();
    const parts: string[] = [];
    if (next === '{') {
      this.object(depth, (key) => parts.push(`${stringToken(key)}:${this.rewrite(depth + 1)}`));
      return `{${parts.join(',')}}`;
    }
    if (next === '[') {
      this.array(depth, () => parts.push(this.rewrite(depth + 1)));
      return `[${parts.join(',')}]`;
    }
    if (next === '"') return stringToken(this.string());
    return this.scalar() ?? 'null';
  }

  /** Reads a string, number, boolean or null as text; undefined for null. */
  scalar(): string | undefined {
    const next = this.peek();
    if (next === '"') return this.string();
    if (next === '-' || (next >= '0' && next <= '9')) return this.#number();
    for (const word of ['true', 'false', 'null']) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return word === 'null' ? undefined : word;
    }
    throw this.#fault('a value');
  }

  /** Reads the string that starts here. */
  string(): string {
    if (this.#text.charAt(this.#at) !== '"') throw this.#fault('a string');
    const start = this.#at + 1;
    const end = this.#text.indexOf('"', start);
    if (end === -1) throw new JsonFault('a string has no end', this.#text.length);
    const body = this.#text.slice(start, end);
    if (needsCare.test(body)) return this.#carefulString(start);
    this.#at = end + 1;
    return body;
  }

  /** Asserts that nothing but white space follows. */
  end(): void {
    if (this.peek() !== '') throw this.#fault('the end');
  }

  #carefulString(start: number): string {
    let text = '';
    let from = start;
    for (let at = start; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) throw new JsonFault('a string has no end', this.#text.length);
      if (code < 0x20) throw new JsonFault('a control character stands bare in a string', at);
      if (code === 0x22) {
        text += this.#text.slice(from, at);
        this.#at = at + 1;
        if (!text.isWellFormed()) this.#doubtful = true;
        return text;
      }
      if (code !== 0x5c) continue;
      text += this.#text.slice(from, at) + this.#escape(at);
      at += this.#text.charAt(at + 1) === 'u' ? 5 : 1;
      from = at + 1;
    }
  }

  #escape(at: number): string {
    const letter = this.#text.charAt(at + 1);
    const simple = simpleEscapes[letter];
    if (simple !== undefined) return simple;
    const hex = this.#text.slice(at + 2, at + 6);
    if (letter !== 'u' || !fourHex.test(hex)) throw new JsonFault('an escape is not known', at);
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): string {
    number.lastIndex = this.#at;
    const token = number.exec(this.#text)?.[0];
    if (token === undefined) throw this.#fault('a number');
    this.#at += token.length;
    const { text, fits } = numberText(token);
    if (!fits) this.#doubtful = true;
    return text;
  }

  #open(bracket: '{' | '[', depth: number): void {
    if (depth > maxDepth) throw new JsonFault(`nests deeper than ${maxDepth} levels`, this.#at, true);
    this.#expect(bracket);
  }

  #takes(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#fault(`'${character}'`);
  }

  #fault(wanted: string): JsonFault {
    const found = this.#text.charAt(this.#at);
    return new JsonFault(`expected ${wanted}, found ${found === '' ? 'the end' : `'${found}'`}`, this.#at);
  }
}
