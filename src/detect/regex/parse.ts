import type { RegexFlags } from '../ast.ts';
import {
  anyCase,
  complement,
  digits,
  lastCodePoint,
  newline,
  posixClasses,
  spaces,
  union,
  wordCharacters,
} from './ranges.ts';
import { type Range, type Ranges, RegexFault, type RegexNode } from './syntax.ts';

/** Groups within groups. */
const maxDepth = 100;
/** Highest count in `{n,m}`, as in PCRE. */
const maxCount = 65_535;

/**
 * Parses the part of PCRE that can be matched in linear time: no look-around, no back-references, no atomic groups or
 * possessive quantifiers. Laziness changes nothing, as only whether there is a match counts. Classes (`\d`, `\w`, `\s`,
 * `\b`) are ASCII, `.` is all but `\n`, and `$` without `m` is the very end. Throws `RegexFault`.
 */
export function parseRegex(source: string, flags: RegexFlags): RegexNode {
  return new RegexParser(source, flags).parse();
}

const lookAhead = /^\?<?[=!]/;
const groupHead = /^\?(?::|P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/;
const flagHead = /^\?([a-zA-Z^]*)(?:-([a-zA-Z]*))?([:)])/;
const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/;

class RegexParser {
  readonly #source: string;
  #flags: RegexFlags;
  #at = 0;
  #depth = 0;

  constructor(source: string, flags: RegexFlags) {
    this.#source = source;
    this.#flags = flags;
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new RegexFault('a `)` has no `(`', this.#at);
    return node;
  }

  #choice(): RegexNode {
    const of = [this.#sequence()];
    while (this.#takes('|')) of.push(this.#sequence());
    return of.length === 1 ? (of[0] ?? { kind: 'empty' }) : { kind: 'choice', of };
  }

  #sequence(): RegexNode {
    const of: RegexNode[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) {
      of.push(this.#quantified(this.#atom()));
    }
    return of.length === 1 ? (of[0] ?? { kind: 'empty' }) : { kind: 'sequence', of };
  }

  #quantified(atom: RegexNode): RegexNode {
    const start = this.#at;
    const found = quantifier.exec(this.#source.slice(start, start + 14));
    if (found === null) return atom;
    this.#at += found[0].length;
    const { min, max } = bounds(found, start);
    if (this.#takes('+')) throw new RegexFault('possessive quantifiers are not matched here', start, true);
    this.#takes('?');
    if (quantifier.test(this.#source.slice(this.#at, this.#at + 14))) {
      throw new RegexFault('a quantifier follows a quantifier', this.#at);
    }
    return { kind: 'repeat', of: atom, min, max };
  }

  #atom(): RegexNode {
    const start = this.#at;
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group(start);
      case '[':
        return { kind: 'set', ranges: this.#brackets(start) };
      case '\\':
        return this.#escape(start);
      case '.':
        return { kind: 'set', ranges: this.#flags.dotAll ? [[0, lastCodePoint]] : complement(newline) };
      case '^':
        return { kind: 'assert', what: this.#flags.multiline ? 'line-start' : 'start' };
      case '$':
        return { kind: 'assert', what: this.#flags.multiline ? 'line-end' : 'end' };
      case '*':
      case '+':
      case '?':
        throw new RegexFault(`there is nothing before \`${character}\` to repeat`, start);
      default:
        return this.#set([pointRange(character)]);
    }
  }

  #set(ranges: Ranges): RegexNode {
    return { kind: 'set', ranges: this.#cased(ranges) };
  }

  /** Classes such as `\W` stay what they are; folding would put k into it, which the Kelvin sign folds to. */
  #cased(ranges: Ranges): Ranges {
    return this.#flags.insensitive && !fixedSets.has(ranges) ? anyCase(ranges) : ranges;
  }

  #group(start: number): RegexNode {
    const rest = this.#source.slice(this.#at, this.#at + 80);
    const before = this.#flags;
    if (lookAhead.test(rest)) throw new RegexFault('look-around is not matched here', start, true);
    if (rest.startsWith('?#')) return this.#comment(start);
    const head = groupHead.exec(rest);
    const flags = flagHead.exec(rest);
    if (head !== null) this.#at += head[0].length;
    else if (flags !== null) {
      this.#at += flags[0].length;
      this.#flags = this.#withFlags(flags[1] ?? '', flags[2] ?? '', start);
      // `(?i)`: from here to the end of the enclosing group, which puts its own flags back.
      if (flags[3] === ')') return { kind: 'empty' };
    } else if (rest.startsWith('?') || rest.startsWith('*')) {
      throw new RegexFault(`the group \`(${rest.slice(0, 2)}\` is not matched here`, start, true);
    }
    if (++this.#depth > maxDepth) throw new RegexFault(`groups nest deeper than ${maxDepth}`, start, true);
    const node = this.#choice();
    if (!this.#takes(')')) throw new RegexFault('a `(` has no `)`', start);
    this.#depth -= 1;
    this.#flags = before;
    return node;
  }

  #comment(start: number): RegexNode {
    const end = this.#source.indexOf(')', this.#at);
    if (end === -1) throw new RegexFault('a comment has no `)`', start);
    this.#at = end + 1;
    return { kind: 'empty' };
  }

  #withFlags(on: string, off: string, start: number): RegexFlags {
    const set = (letters: string, value: boolean, flags: RegexFlags) => {
      let made = flags;
      for (const letter of letters) {
        const name = flagNames[letter];
        if (name === undefined) throw new RegexFault(`the flag \`${letter}\` is not known here`, start, true);
        made = { ...made, [name]: value };
      }
      return made;
    };
    return set(off, false, set(on, true, this.#flags));
  }

  #escape(start: number): RegexNode {
    const letter = this.#peek();
    switch (letter) {
      case 'b':
      case 'B':
        this.#at += 1;
        return { kind: 'assert', what: letter === 'b' ? 'word' : 'not-word' };
      case 'A':
        this.#at += 1;
        return { kind: 'assert', what: 'start' };
      case 'z':
      case 'Z':
        this.#at += 1;
        return { kind: 'assert', what: 'end' };
      default:
        return this.#set(this.#escapedSet(start));
    }
  }

  /** What a backslash makes of the next character, in brackets as well as outside. */
  #escapedSet(start: number): Ranges {
    const letter = this.#next();
    const known = classEscapes[letter];
    if (known !== undefined) return known;
    const control = controlEscapes[letter];
    if (control !== undefined) return [pointRange(control)];
    if (letter === 'x') return [this.#hex(start)];
    if (letter === '') throw new RegexFault('a backslash stands at the end', start);
    if (/[1-9]/.test(letter)) throw new RegexFault('back-references are not matched here', start, true);
    if (/[A-Za-z0-9]/.test(letter))
      throw new RegexFault(`the escape \`\\${letter}\` is not known here`, start, true);
    return [pointRange(letter)];
  }

  #hex(start: number): Range {
    const found = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{1,2}))/.exec(
      this.#source.slice(this.#at, this.#at + 8),
    );
    const point = Number.parseInt(found?.[1] ?? found?.[2] ?? 'x', 16);
    if (!(point <= lastCodePoint)) throw new RegexFault('`\\x` needs hexadecimal digits', start);
    this.#at += found?.[0].length ?? 0;
    return [point, point];
  }

  #brackets(start: number): Ranges {
    const negated = this.#takes('^');
    let ranges: Ranges = [];
    // A bracket that closes at once stands for itself: `[]a]`.
    do {
      if (this.#at >= this.#source.length) throw new RegexFault('a `[` has no `]`', start);
      ranges = union(ranges, this.#cased(this.#bracketItem()));
    } while (this.#peek() !== ']');
    this.#at += 1;
    return negated ? complement(ranges) : ranges;
  }

  #bracketItem(): Ranges {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#at, this.#at + 14));
    const named = posix === null ? undefined : posixClasses[posix[2] ?? ''];
    if (posix !== null && named !== undefined) {
      this.#at += posix[0].length;
      return posix[1] === '^' ? complement(named) : named;
    }
    const start = this.#at;
    const low = this.#bracketCharacter();
    const isRange = this.#peek() === '-' && this.#source.charAt(this.#at + 1) !== ']';
    const from = singleOf(low);
    if (!isRange || from === undefined || this.#at + 1 >= this.#source.length) return low;
    this.#at += 1;
    const high = this.#bracketCharacter();
    const to = singleOf(high);
    if (to === undefined) return union(low, high, [pointRange('-')]);
    if (to < from) throw new RegexFault('a range in brackets runs backwards', start);
    return [[from, to]];
  }

  #bracketCharacter(): Ranges {
    const start = this.#at;
    const character = this.#next();
    if (character !== '\\') return [pointRange(character)];
    if (this.#takes('b')) return [pointRange('\b')];
    return this.#escapedSet(start);
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  /** The next code point; '' at the end. */
  #next(): string {
    const point = this.#source.codePointAt(this.#at);
    const character = point === undefined ? '' : String.fromCodePoint(point);
    this.#at += character.length;
    return character;
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function bounds(found: RegExpExecArray, at: number): { min: number; max: number | undefined } {
  if (found[0] === '*') return { min: 0, max: undefined };
  if (found[0] === '+') return { min: 1, max: undefined };
  if (found[0] === '?') return { min: 0, max: 1 };
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === '' ? undefined : Number(found[3]);
  if (min > maxCount || (max ?? 0) > maxCount) throw new RegexFault(`a count is above ${maxCount}`, at);
  if (max !== undefined && max < min) throw new RegexFault('a count runs backwards', at);
  return { min, max };
}

function pointRange(character: string): Range {
  const point = character.codePointAt(0) ?? 0;
  return [point, point];
}

function singleOf(ranges: Ranges): number | undefined {
  const [first] = ranges;
  return ranges.length === 1 && first !== undefined && first[0] === first[1] ? first[0] : undefined;
}

const flagNames: Readonly<Record<string, keyof RegexFlags>> = {
  i: 'insensitive',
  m: 'multiline',
  s: 'dotAll',
};

const classEscapes: Readonly<Record<string, Ranges>> = {
  d: digits,
  D: complement(digits),
  w: wordCharacters,
  W: complement(wordCharacters),
  s: spaces,
  S: complement(spaces),
};

const fixedSets = new Set<Ranges>(Object.values(classEscapes));

const controlEscapes: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  0: '\0',
};
