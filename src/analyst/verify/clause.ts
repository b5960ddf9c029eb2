import { roleOf } from './columns.ts';
import {
  acts,
  beForms,
  type Direction,
  directionOf,
  fits,
  mayFollowBe,
  processOf,
  sideNouns,
  type Verb,
  verbOf,
} from './grammar.ts';
import type { Backing, Support } from './support.ts';

export type Accept = (backing: Backing) => boolean;
/** Does this claim have the value, in a place that is accepted? */
export type Matches = (support: Support, accept: Accept) => boolean;

const always: Accept = () => true;
const articles = new Set(['a', 'an', 'the', 'this', 'that', 'its', 'their']);
const conjunctions = new Set(['and', 'or']);
const wordsKept = 3;

/**
 * What one clause has said so far: which claims it may still rest on, and on which side of an event the next value
 * stands. Each method that takes a value or a word returns why it may not stand, or undefined.
 */
export class Clause {
  /** Claims that have everything that was said: the values of a clause come from one of them. */
  #live: readonly Support[];
  #direction: Direction = 'open';
  /** What stands before the verb: who acted, or was acted on. */
  #subjects: Matches[] = [];
  #verb: Verb | undefined;
  #edge: 'min' | 'max' | undefined;
  #before: readonly string[] = [];
  /** Behind a comma: a bare value goes on with the list ("from A, B"), a word begins something else. */
  #listing = false as boolean;
  /** The process that the last value told of; `unnamed` when only its number was told. */
  #process: { readonly columns: ReadonlySet<string>; readonly unnamed: boolean } | undefined;
  #tokens = 0;

  constructor(supports: readonly Support[]) {
    this.#live = supports;
  }

  /** True before its first word or value. */
  get isEmpty(): boolean {
    return this.#tokens === 0;
  }

  /** The last words since the last value, in lower case. */
  get before(): readonly string[] {
    return this.#before;
  }

  /** The next time must be the first (min) or last (max) of its range. */
  expectEdge(edge: 'min' | 'max'): void {
    this.#edge = edge;
  }

  /** Keeps the claims for which the predicate holds; false when none is left. */
  keep(predicate: (support: Support) => boolean): boolean {
    this.#live = this.#live.filter(predicate);
    return this.#live.length > 0;
  }

  /** A value. `possessive`: whose something was ("bob's process"), which says nothing about who acted. */
  value(matches: Matches, written: string, possessive = false): string | undefined {
    if (this.#listing && this.#direction === 'place') this.#direction = 'open';
    this.#listing = false;
    const named = `"${written.slice(0, 80)}"`;
    if (!this.#live.some((support) => matches(support, always)))
      return `${named} is not in the cells of its claim`;
    if (!this.keep((support) => matches(support, this.#stands(support)))) {
      return `${named} doesn't stand on the side that the sentence puts it`;
    }
    if (this.#direction === 'open' && !possessive && !this.#actedOn(matches)) {
      return `${named} is not what was acted on`;
    }
    if (!this.#sameProcess(matches)) return `${named} belongs to another process`;
    // A place or a time is told by one value: what follows is no more told to be there.
    if (this.#direction === 'place') this.#direction = 'open';
    this.#tokens += 1;
    this.#before = [];
    return undefined;
  }

  /** A plain word: it may turn the side on which the next value stands, or say what those before it did. */
  word(word: string): string | undefined {
    if (!conjunctions.has(word)) {
      if (this.#listing) this.#direction = 'open';
      this.#listing = false;
    }
    const refused = this.#predicate(word) ?? this.#turn(word);
    this.pass(word);
    return refused;
  }

  /** A word that changes nothing. */
  pass(word: string): void {
    this.#before = [...this.#before, word].slice(-wordsKept);
    this.#tokens += 1;
  }

  /** Punctuation that doesn't end the clause. */
  mark(character: string | undefined): void {
    if (character === ',') this.#listing = true;
    if (character !== ':') return;
    const previous = this.#before.at(-1);
    const sided =
      this.#direction === 'source' || this.#direction === 'target' || this.#direction === 'parent';
    if (sided ? previous === undefined : directionOf(previous ?? '') === undefined) this.#direction = 'open';
    if (this.#subjects.length === 0) this.#verb = undefined;
  }

  #stands(support: Support): Accept {
    return (backing) =>
      fits(this.#direction, backing, roleOf(backing.column)) && this.#edgeFits(backing, support);
  }

  /** The first and last time of a range are told only behind the word that says which it is. */
  #edgeFits(backing: Backing, support: Support): boolean {
    if (backing.kind !== 'time') return true;
    if (this.#edge !== undefined) {
      return backing.edge === this.#edge || (backing.edge === undefined && support.edges.time === this.#edge);
    }
    return backing.edge === undefined || this.#direction === 'source' || this.#direction === 'target';
  }

  /** Before a verb a value is its subject; right behind it, it must be what was acted on. */
  #actedOn(matches: Matches): boolean {
    const verb = this.#verb;
    if (verb === undefined) {
      if (this.#live.some((support) => matches(support, ({ kind }) => kind !== 'time')))
        this.#subjects.push(matches);
      return true;
    }
    this.#verb = undefined;
    if (verb === 'inverse') return true;
    const subjects = this.#subjects;
    this.#subjects = [];
    const acted = (support: Support) =>
      verb === 'strict' || subjects.every((each) => each(support, acts('source')));
    return this.keep((support) => matches(support, acts('target')) && acted(support));
  }

  /** "WS-01 is a …", "bob was new": what something is stands in no cell. */
  #predicate(word: string): string | undefined {
    const [previous, last] = [this.#before.at(-2), this.#before.at(-1) ?? ''];
    const behindBe = beForms.has(last) && !mayFollowBe(word);
    const behindThe = last === 'the' && beForms.has(previous ?? '') && !sideNouns.has(word);
    return this.#subjects.length > 0 && (behindBe || behindThe)
      ? `"${word}" says what something is`
      : undefined;
  }

  /** A process id and what stands beside it tell of one process: "cmd.exe (pid 42)", "pid 42 is cmd.exe". */
  #sameProcess(matches: Matches): boolean {
    const backings: Backing[] = [];
    for (const support of this.#live) {
      const stands = this.#stands(support);
      matches(support, (backing) => {
        if (stands(backing)) backings.push(backing);
        return false;
      });
    }
    const processes = backings.map(({ column }) => processOf(column));
    const accepted = new Set(processes.filter((process) => process !== undefined));
    // What may as well be a user or a host tells of no process.
    if (accepted.size === 0 || processes.includes(undefined)) return true;
    const isNumber = backings.every(({ kind }) => kind === 'pid');
    const known = this.#process;
    this.#process = { columns: accepted, unnamed: isNumber && known === undefined };
    if (this.#before.includes('parent') || this.#before.includes('acting')) return true;
    // Without a name before it, a process id is that of the process an event is about.
    if (isNumber)
      return [...accepted].some((process) => known?.columns.has(process) ?? process === 'process');
    const equated = known?.unnamed === true && beForms.has(this.#before.at(-1) ?? '');
    return !equated || [...accepted].some((process) => known.columns.has(process));
  }

  #turn(word: string): string | undefined {
    const previous = this.#before.at(-1) ?? '';
    const verb = verbOf(word);
    // Behind an article or a preposition it is a noun: "the request", "at start".
    if (verb !== undefined && !articles.has(previous) && directionOf(previous) === undefined) {
      return this.#act(word, verb, beForms.has(previous));
    }
    const direction = directionOf(word);
    if (direction === undefined) return undefined;
    this.#direction = direction;
    // "X was the source": X is told to stand on that side.
    const equated = sideNouns.has(word) && this.#before.some((each) => beForms.has(each));
    if (!equated) return undefined;
    return this.#takeSubjects(direction === 'target' ? 'target' : 'source', word);
  }

  #act(word: string, verb: Verb, passive: boolean): string | undefined {
    this.#direction = 'open';
    this.#verb = passive ? undefined : verb;
    if (!passive && verb === 'either') return undefined;
    return this.#takeSubjects(passive || verb === 'inverse' ? 'target' : 'source', word);
  }

  /** Holds those before the word to a side, and is done with them. */
  #takeSubjects(side: 'source' | 'target', word: string): string | undefined {
    const subjects = this.#subjects;
    this.#subjects = [];
    const stands = subjects.every((subject) => this.keep((support) => subject(support, acts(side))));
    return stands ? undefined : `what stands before "${word}" is on the other side in its cells`;
  }
}
