import { type Accept, Clause, type Matches } from './clause.ts';
import {
  type Extreme,
  extremes,
  isClosed,
  judgements,
  negations,
  orderings,
  outcomes,
  quantifiers,
  timeWords,
} from './closed-words.ts';
import { nounOf, numberFits } from './grammar.ts';
import { Incoming } from './incoming.ts';
import { isNumberWord, readNumberWords } from './number-words.ts';
import type { Support } from './support.ts';
import { coresOf, readToken, wordsAfter } from './tokens.ts';
import { plainness } from './vocabulary.ts';

/** Longest sentence, in UTF-16 code units, quotations included. */
export const maxSentenceLength = 8_192;
/** How many words after a number may pass before the noun that says what it counts. */
const nounReach = 4;
/** Shortest beginning of a cell that may stand for it with an ellipsis. */
const minQuotedPrefix = 12;

export interface CheckInput {
  readonly kind: 'fact' | 'assessment';
  readonly supports: readonly Support[];
  /** Plain words that are also entities in evidence, in lower case. */
  readonly entities: ReadonlySet<string>;
}

type Step = { readonly end: number; readonly text?: string } | { readonly miss: string } | 'wait';

/**
 * Checks one sentence while it arrives. Text is let out token by token, each only when what it says is known to
 * stand in the claims; the first miss ends the sentence. The result doesn't depend on how the text was cut up.
 */
export class SentenceCheck {
  readonly #input: CheckInput;
  readonly #incoming = new Incoming();
  #at = 0;
  #miss: string | undefined;
  #facts = 0;
  #length = 0;
  #clause: Clause;
  /** The last lone date and time of day: in one clause they are told of one cell. */
  #date: string | undefined;
  #clock: string | undefined;

  constructor(input: CheckInput) {
    this.#input = input;
    this.#clause = new Clause(input.supports);
  }

  /** Why the sentence was struck; undefined while it stands. */
  get miss(): string | undefined {
    return this.#miss;
  }

  /** Takes more text; returns what may be let out now. */
  push(piece: string): string {
    if (this.#miss !== undefined) return '';
    this.#length += piece.length;
    if (this.#length > maxSentenceLength) return this.#strike('the sentence is too long');
    if (!this.#incoming.push(piece)) return this.#strike('it holds invisible or control characters');
    return this.#advance(false);
  }

  /** No more text comes; returns the rest that may be let out. A fact that rests on nothing is struck. */
  finish(): string {
    if (this.#miss !== undefined) return '';
    if (!this.#incoming.finish()) return this.#strike('it holds invisible or control characters');
    const rest = this.#advance(true);
    if (this.#miss === undefined && this.#input.kind === 'fact' && this.#facts === 0) {
      this.#miss = 'it says nothing that stands in its claims';
    }
    return rest;
  }

  #strike(reason: string): string {
    this.#miss = reason;
    return '';
  }

  #advance(ended: boolean): string {
    let out = '';
    while (this.#at < this.#incoming.text.length) {
      const step = this.#step(ended);
      if (step === 'wait') break;
      if ('miss' in step) {
        this.#miss = step.miss;
        break;
      }
      out += step.text ?? this.#incoming.text.slice(this.#at, step.end);
      this.#at = step.end;
    }
    return out;
  }

  #step(ended: boolean): Step {
    const text = this.#incoming.text;
    const token = readToken(text, this.#at, ended);
    if (token === 'wait') return 'wait';
    if (token === 'bad') return { miss: 'a quotation has no end' };
    switch (token.kind) {
      case 'space':
        return { end: token.end };
      case 'mark':
        this.#clause.mark(text[this.#at]);
        return { end: token.end };
      case 'break':
        this.#startClause();
        return { end: token.end };
      case 'quote':
        return this.#quote(token.content, token.end);
      case 'chunk':
        return this.#chunk(token.text, ended);
    }
  }

  #startClause(): void {
    this.#clause = new Clause(this.#input.supports);
    this.#date = undefined;
    this.#clock = undefined;
  }

  #chunk(chunk: string, ended: boolean): Step {
    const cores = coresOf(chunk);
    const bare = cores.at(-1) ?? chunk;
    const word = bare.toLowerCase().replaceAll('’', "'");
    return (
      this.#closedWord(word, bare, ended) ??
      this.#time(cores, ended) ??
      this.#name(cores) ??
      this.#number(bare, chunk, ended) ??
      this.#plainWord(word, bare) ??
      this.#unknown(bare)
    );
  }

  #unknown(text: string): Step {
    return { miss: `"${text.slice(0, 80)}" is not in the cells of its claim` };
  }

  // Words that state a fact by themselves.

  #closedWord(word: string, bare: string, ended: boolean): Step | undefined {
    const end = this.#at + bare.length;
    const plain = word.replaceAll("'", '');
    const extreme = extremes.get(word);
    if (extreme !== undefined) return this.#extreme(word, extreme, end, ended);
    if (negations.has(plain) || word.endsWith("n't")) return { miss: `"${bare}" denies something` };
    if (quantifiers.has(word)) return { miss: `"${bare}" says how many without a figure` };
    if (timeWords.has(word)) return { miss: `"${bare}" is a time that stands in no cell` };
    if (orderings.has(word)) return this.#opinion(bare, 'says what came before what');
    if (judgements.has(word)) return this.#opinion(bare, 'is a judgement');
    if (isNumberWord(word)) return this.#numberWords(word, bare, ended);
    const status = outcomes.get(word);
    if (status === undefined) return undefined;
    if (!this.#clause.keep((support) => support.statuses.has(status))) {
      return { miss: `"${bare}" is an outcome that its claim doesn't show` };
    }
    return this.#pass(word, end);
  }

  #opinion(bare: string, what: string): Step {
    if (this.#input.kind === 'fact') return { miss: `"${bare}" ${what}: only an assessment may` };
    return this.#pass(bare.toLowerCase(), this.#at + bare.length);
  }

  #extreme(word: string, { of, edge }: Extreme, end: number, ended: boolean): Step {
    if (this.#input.kind === 'assessment') {
      return of === 'time' ? this.#pass(word, end) : { miss: `"${word}" needs a figure` };
    }
    const after = wordsAfter(this.#incoming.text, end, nounReach, ended);
    if (after === 'wait') return 'wait';
    const noun = after.map(nounOf).find((kind) => kind !== undefined);
    const shown = this.#clause.keep(({ edges, texts }) =>
      of === 'time'
        ? edges.time === edge || hasEdge(texts, edge)
        : edges.number === edge && (noun === undefined || noun === edges.counts),
    );
    if (!shown) return { miss: `"${word}" is not shown by the claim's operation` };
    if (of === 'time') this.#clause.expectEdge(edge);
    return this.#pass(word, end);
  }

  // Values.

  #quote(content: string, end: number): Step {
    const prefix = content.endsWith('...') ? content.slice(0, -3) : undefined;
    let exact: string | undefined;
    const matches: Matches = (support, accept) =>
      support.quotes.some(({ text, backing }) => {
        const plain = text.normalize('NFKC');
        const whole = plain === content;
        const cut = prefix !== undefined && prefix.length >= minQuotedPrefix && plain.startsWith(prefix);
        if (!(whole || cut) || !accept(backing)) return false;
        exact = whole ? text : `${prefix}…`;
        return true;
      });
    const miss = this.#fact(matches, content);
    return miss ?? { end, text: `\`${exact ?? content}\`` };
  }

  /** A time of day behind its date is one token, so that date and time can't come from two cells. */
  #time(cores: readonly string[], ended: boolean): Step | undefined {
    const date = cores[0] ?? '';
    if (!dateShape.test(date)) return undefined;
    const text = this.#incoming.text;
    const start = this.#at + date.length + 1;
    const space = text.indexOf(' ', start);
    if (space === -1 && !ended) return 'wait';
    const clock = coresOf(text.slice(start, space === -1 ? text.length : space)).at(-1) ?? '';
    if (!/^\d/.test(clock)) return undefined;
    const key = `${date}t${clock.toLowerCase()}`;
    return this.#fact(inTexts(key), `${date} ${clock}`) ?? { end: start + clock.length };
  }

  /** The longest form of the chunk that stands in a cell: names, addresses, paths, hashes, times. */
  #name(cores: readonly string[]): Step | undefined {
    for (const core of cores) {
      for (const candidate of [core, core.replace(/['’]s$/, '')]) {
        const key = this.#withDate(candidate.toLowerCase());
        if (plainness(key) === 'core' && candidate === key) continue;
        if (!this.#input.supports.some(({ texts }) => texts.has(key))) continue;
        const miss = this.#fact(inTexts(key), candidate, candidate !== core);
        return miss ?? { end: this.#at + core.length };
      }
    }
    return undefined;
  }

  /** A lone time of day and a lone date in one clause belong together: their values come from one cell. */
  #withDate(key: string): string {
    if (clockShape.test(key)) {
      this.#clock = key;
      return this.#date === undefined ? key : `${this.#date}t${key}`;
    }
    if (!dateShape.test(key)) return key;
    this.#date = key;
    return this.#clock === undefined ? key : `${key}t${this.#clock}`;
  }

  #number(bare: string, chunk: string, ended: boolean): Step | undefined {
    if (!/^\d/.test(bare)) return undefined;
    const text = this.#incoming.text;
    let end = this.#at + bare.length;
    let written = bare;
    // `1 204`: groups of three behind a space belong to the number.
    while (/^\d{1,3}(?: \d{3})*$/.test(written) && chunk === bare) {
      const next = wordsAfter(text, end, 1, ended);
      if (next === 'wait') return 'wait';
      if (!/^\d{3}$/.test(next[0] ?? '') || written.length > maxNumberLength) break;
      written = `${written} ${next[0]}`;
      end += 4;
    }
    return this.#figure(digitsOf(written), written, end, ended);
  }

  #numberWords(word: string, bare: string, ended: boolean): Step {
    const run = [word];
    let end = this.#at + bare.length;
    for (;;) {
      const next = wordsAfter(this.#incoming.text, end, 1, ended);
      if (next === 'wait') return 'wait';
      const [part] = next;
      if (part === undefined || !isNumberWord(part) || run.length > maxNumberLength) break;
      run.push(part);
      end += 1 + part.length;
    }
    return this.#figure(readNumberWords(run)?.toString(), run.join(' '), end, ended);
  }

  #figure(digits: string | undefined, written: string, end: number, ended: boolean): Step {
    const after = wordsAfter(this.#incoming.text, end, nounReach, ended);
    if (after === 'wait') return 'wait';
    const { before } = this.#clause;
    const matches: Matches = (support, accept) =>
      (support.numbers.get(digits ?? '') ?? []).some(
        (backing) => numberFits(backing, before, after) && accept(backing),
      );
    return this.#fact(matches, written) ?? { end };
  }

  #fact(matches: Matches, written: string, possessive = false): Step | undefined {
    if (this.#input.kind === 'assessment') {
      return { miss: `"${written.slice(0, 80)}" may not stand in an assessment` };
    }
    const miss = this.#clause.value(matches, written, possessive);
    if (miss !== undefined) return { miss };
    this.#facts += 1;
    return undefined;
  }

  // Plain words.

  #plainWord(word: string, bare: string): Step | undefined {
    const parts = word.replace(/'s$/, '').split('-');
    const kinds = parts.map(plainness);
    if (kinds.includes(undefined) || parts.some(isClosed)) return undefined;
    const core = kinds.every((kind) => kind === 'core');
    if (!this.#isWrittenPlainly(bare, core)) return undefined;
    if (!core && this.#input.entities.has(word)) return undefined;
    const miss = this.#clause.word(word);
    return miss === undefined ? { end: this.#at + bare.length } : { miss };
  }

  /** Lower case; or a capital where a clause opens; core words anywhere (`DNS`, `Event`). */
  #isWrittenPlainly(bare: string, core: boolean): boolean {
    if (bare === bare.toLowerCase()) return true;
    const capitalised = bare.slice(1) === bare.slice(1).toLowerCase();
    return (capitalised && (this.#clause.isEmpty || core)) || acronyms.has(bare);
  }

  #pass(word: string, end: number): Step {
    this.#clause.pass(word);
    return { end };
  }
}

const maxNumberLength = 40;
const dateShape = /^\d{4}-\d\d-\d\d$/;
const clockShape = /^\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
const acronyms = new Set(['PID', 'IP', 'DNS', 'HTTP', 'UTC', 'URL', 'ID', 'API', 'UID']);

const inTexts = (key: string) => (support: Support, accept: Accept) =>
  (support.texts.get(key) ?? []).some(accept);

const hasEdge = (texts: Support['texts'], edge: 'min' | 'max') =>
  [...texts.values()].some((backings) => backings.some((backing) => backing.edge === edge));

/** `1,204` and `1 204` → 1204; undefined for what is no plain number (`1e3`, `50%`, `12,3`). */
function digitsOf(written: string): string | undefined {
  if (/^\d+(?:\.\d+)?$/.test(written)) return written;
  return /^\d{1,3}(?:[ ,]\d{3})+$/.test(written) ? written.replace(/[ ,]/g, '') : undefined;
}
