import type { Program } from './program.ts';
import { holds, lastCodePoint, newline, wordCharacters } from './ranges.ts';

/** What assertions need to know of a neighbour: `edge` is where the text begins or ends. */
export type CharacterKind = 'edge' | 'newline' | 'word' | 'other';

const ascii = 128;

/** Characters that no set of a program tells apart are one class, so that a state has few ways out. */
export class Alphabet {
  /** First code point of each class run, sorted. */
  readonly #starts: readonly number[];
  readonly #ascii = new Uint16Array(ascii);
  readonly #kinds: CharacterKind[] = [];
  /** By step: which classes its set holds. */
  readonly #members: readonly (Uint8Array | undefined)[];

  constructor(program: Program) {
    const sets = program.steps.map((step) => (step.kind === 'set' ? step.ranges : undefined));
    const distinct = new Set(sets.filter((ranges) => ranges !== undefined));
    const bounds = new Set<number>([0]);
    for (const ranges of [...distinct, newline, wordCharacters]) {
      for (const [from, to] of ranges) {
        bounds.add(from);
        if (to < lastCodePoint) bounds.add(to + 1);
      }
    }
    this.#starts = [...bounds].sort((left, right) => left - right);
    for (const start of this.#starts) {
      this.#kinds.push(holds(newline, start) ? 'newline' : holds(wordCharacters, start) ? 'word' : 'other');
    }
    const members = new Map(
      [...distinct].map((ranges) => [
        ranges,
        Uint8Array.from(this.#starts, (at) => Number(holds(ranges, at))),
      ]),
    );
    this.#members = sets.map((ranges) => ranges && members.get(ranges));
    for (let point = 0; point < ascii; point++) this.#ascii[point] = this.#search(point);
  }

  get size(): number {
    return this.#starts.length;
  }

  classOf(point: number): number {
    return point < ascii ? (this.#ascii[point] ?? 0) : this.#search(point);
  }

  kindOf(classNumber: number): CharacterKind {
    return this.#kinds[classNumber] ?? 'other';
  }

  has(step: number, classNumber: number): boolean {
    return this.#members[step]?.[classNumber] === 1;
  }

  #search(point: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= point) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
