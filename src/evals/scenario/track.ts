import type { Micros } from './day.ts';

interface Entry<T> {
  readonly at: Micros;
  readonly series: string;
  readonly write: (ordinal: number) => T;
}

/**
 * What one stream will hold, noted in any order and read back in order of time. Records are made only when
 * they are read, one at a time; `ordinal` counts the records of a series (a host's channel) from 0.
 */
export class Track<T> {
  readonly #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(at: Micros, write: (ordinal: number) => T, series = ''): void {
    this.#entries.push({ at, series, write });
  }

  *records(): Generator<T> {
    this.#entries.sort((one, other) => one.at - other.at);
    const ordinals = new Map<string, number>();
    for (const entry of this.#entries) {
      const ordinal = ordinals.get(entry.series) ?? 0;
      ordinals.set(entry.series, ordinal + 1);
      yield entry.write(ordinal);
    }
  }
}
