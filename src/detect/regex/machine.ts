import type { Alphabet, CharacterKind } from './alphabet.ts';
import type { Program, Step } from './program.ts';
import type { Assertion } from './syntax.ts';

/**
 * Runs all of a program's steps side by side (Thompson), one character at a time. Its buffers are used again for each
 * character: what they hold is good until the next call.
 */
export class Machine {
  readonly #steps: readonly Step[];
  readonly #start: number;
  readonly #alphabet: Alphabet;
  readonly #open: Int32Array;
  readonly #reached: Int32Array;
  readonly #seen: Uint32Array;
  readonly #taken: Uint32Array;
  #generation = 0;
  /** Where `advance` leaves the steps behind a character. */
  readonly moved: Int32Array;

  constructor(program: Program, alphabet: Alphabet) {
    const size = program.steps.length;
    this.#steps = program.steps;
    this.#start = program.start;
    this.#alphabet = alphabet;
    this.#open = new Int32Array(size);
    this.#reached = new Int32Array(size);
    this.#seen = new Uint32Array(size);
    this.#taken = new Uint32Array(size);
    this.moved = new Int32Array(size);
  }

  /** Goes from steps to all that need a character, and says how many these are; -1 when the match is reached. */
  close(from: Int32Array, count: number, before: CharacterKind, after: CharacterKind): number {
    const generation = this.#nextGeneration();
    let open = 0;
    let reached = 0;
    const add = (number: number) => {
      if (this.#seen[number] === generation) return;
      this.#seen[number] = generation;
      this.#open[open++] = number;
    };
    for (let index = 0; index < count; index++) add(from[index] ?? 0);
    while (open > 0) {
      const number = this.#open[--open] ?? 0;
      const step = this.#steps[number];
      if (step === undefined || step.kind === 'match') return -1;
      if (step.kind === 'set') this.#reached[reached++] = number;
      else if (step.kind === 'split') for (const next of step.next) add(next);
      else if (holdsBetween(step.what, before, after)) add(step.next);
    }
    return reached;
  }

  /** Takes a character from the steps that `close` reached; a match may begin at each character. Gives how many stand in `moved`. */
  advance(reached: number, classNumber: number): number {
    const generation = this.#nextGeneration();
    this.#taken[this.#start] = generation;
    this.moved[0] = this.#start;
    let count = 1;
    for (let index = 0; index < reached; index++) {
      const number = this.#reached[index] ?? 0;
      const step = this.#steps[number];
      if (step?.kind !== 'set' || !this.#alphabet.has(number, classNumber)) continue;
      if (this.#taken[step.next] === generation) continue;
      this.#taken[step.next] = generation;
      this.moved[count++] = step.next;
    }
    return count;
  }

  #nextGeneration(): number {
    this.#generation += 1;
    if (this.#generation > lastGeneration) {
      this.#seen.fill(0);
      this.#taken.fill(0);
      this.#generation = 1;
    }
    return this.#generation;
  }
}

const lastGeneration = 0xffff_fffe;

function holdsBetween(what: Assertion, before: CharacterKind, after: CharacterKind): boolean {
  switch (what) {
    case 'start':
      return before === 'edge';
    case 'end':
      return after === 'edge';
    case 'line-start':
      return before === 'edge' || before === 'newline';
    case 'line-end':
      return after === 'edge' || after === 'newline';
    case 'word':
      return (before === 'word') !== (after === 'word');
    case 'not-word':
      return (before === 'word') === (after === 'word');
  }
}
