/** Counts or sums by name. */
export class Tally {
  readonly #values = new Map<string, number>();

  add(name: string, value = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + value);
  }

  /** Largest first; equal ones by name. */
  ranked(): readonly (readonly [string, number])[] {
    return [...this.#values].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  }

  get total(): number {
    let sum = 0;
    for (const value of this.#values.values()) sum += value;
    return sum;
  }

  toObject(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.ranked());
  }
}
