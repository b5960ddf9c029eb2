import type { RegexFlags } from '../ast.ts';
import { Alphabet, type CharacterKind } from './alphabet.ts';
import { Machine } from './machine.ts';
import { parseRegex } from './parse.ts';
import { layOut, type Program } from './program.ts';

/** Steps and ways out of the states kept; past it they are thrown away and made anew, so that memory is bounded. */
const maxKept = 250_000;
/** States made for one text; past it the rest of the text is matched without making any, which is then cheaper. */
const maxMade = 2_000;

/**
 * Compiles an expression to a test whether it matches anywhere in a text, in time linear in the text whatever the
 * expression: Thompson's steps are run side by side, and sets of them are kept as the states of an automaton that
 * grows as texts need it. Throws `RegexFault`.
 */
export function compileRegex(source: string, flags: RegexFlags): (text: string) => boolean {
  const automaton = new Automaton(layOut(parseRegex(source, flags)));
  return (text) => automaton.matches(text);
}

/** Steps that a state holds, before assertions between its last and its next character are looked at. */
interface State {
  readonly steps: Int32Array;
  readonly before: CharacterKind;
  /** By class of the next character; filled as texts need it. */
  readonly next: (State | undefined)[];
  /** Whether the text may end here. */
  atEnd: boolean | undefined;
}

/** Stands for "there was a match". */
const matched: State = { steps: new Int32Array(), before: 'edge', next: [], atEnd: true };

class Automaton {
  readonly #start: Int32Array;
  readonly #alphabet: Alphabet;
  readonly #machine: Machine;
  #first: State | undefined;
  #states = new Map<string, State>();
  #kept = 0;

  constructor(program: Program) {
    this.#start = Int32Array.of(program.start);
    this.#alphabet = new Alphabet(program);
    this.#machine = new Machine(program, this.#alphabet);
  }

  matches(text: string): boolean {
    this.#first ??= this.#stateOf(this.#start, 'edge');
    let state = this.#first;
    let made = 0;
    for (let at = 0; at < text.length; at++) {
      const point = pointAt(text, at);
      if (point > 0xffff) at += 1;
      const classNumber = this.#alphabet.classOf(point);
      let next = state.next[classNumber];
      if (next === undefined) {
        next = this.#move(state, classNumber);
        if (++made > maxMade && next !== matched) return this.#matchesFrom(next, text, at + 1);
      }
      if (next === matched) return true;
      state = next;
    }
    state.atEnd ??= this.#machine.close(state.steps, state.steps.length, state.before, 'edge') === -1;
    return state.atEnd;
  }

  /** The same from a state on, keeping nothing. */
  #matchesFrom(state: State, text: string, from: number): boolean {
    let { before } = state;
    let steps = state.steps;
    let count = steps.length;
    for (let at = from; at < text.length; at++) {
      const point = pointAt(text, at);
      if (point > 0xffff) at += 1;
      const classNumber = this.#alphabet.classOf(point);
      const kind = this.#alphabet.kindOf(classNumber);
      const reached = this.#machine.close(steps, count, before, kind);
      if (reached === -1) return true;
      count = this.#machine.advance(reached, classNumber);
      steps = this.#machine.moved;
      before = kind;
    }
    return this.#machine.close(steps, count, before, 'edge') === -1;
  }

  #move(state: State, classNumber: number): State {
    const kind = this.#alphabet.kindOf(classNumber);
    const reached = this.#machine.close(state.steps, state.steps.length, state.before, kind);
    const next = reached === -1 ? matched : this.#step(reached, classNumber, kind);
    state.next[classNumber] = next;
    return next;
  }

  #step(reached: number, classNumber: number, kind: CharacterKind): State {
    const count = this.#machine.advance(reached, classNumber);
    return this.#stateOf(this.#machine.moved.slice(0, count).sort(), kind);
  }

  #stateOf(steps: Int32Array, before: CharacterKind): State {
    const key = `${before} ${steps.join(' ')}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#kept += steps.length + this.#alphabet.size;
    if (this.#kept > maxKept) {
      this.#states = new Map();
      this.#first = undefined;
      this.#kept = 0;
    }
    const state: State = { steps, before, next: new Array(this.#alphabet.size), atEnd: undefined };
    this.#states.set(key, state);
    return state;
  }
}

/** `codePointAt`, quick for what is no pair. */
function pointAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 ? (text.codePointAt(at) ?? unit) : unit;
}
