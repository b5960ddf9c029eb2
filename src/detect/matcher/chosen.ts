/** The rules chosen for one event, each once, and how often each was. */
export class Chosen {
  /** By rule the last event that chose it. */
  readonly #for: Uint32Array;
  readonly #choices: Uint32Array;
  readonly #rules: number[] = [];
  #event = 0;

  constructor(rules: number) {
    this.#for = new Uint32Array(rules);
    this.#choices = new Uint32Array(rules);
  }

  /** Begins an event. */
  begin(): void {
    this.#rules.length = 0;
    this.#event += 1;
  }

  /** Chooses a rule for the event. */
  readonly tell = (rule: number): void => {
    if (this.#for[rule] === this.#event) return;
    this.#for[rule] = this.#event;
    this.#choices[rule] = (this.#choices[rule] ?? 0) + 1;
    this.#rules.push(rule);
  };

  /** Numbers of the chosen rules in their order; valid until the next event. */
  rules(): readonly number[] {
    return this.#rules.length > 1 ? this.#rules.sort((left, right) => left - right) : this.#rules;
  }

  /** Events so far. */
  get events(): number {
    return this.#event;
  }

  /** The share of the events that chose a rule. */
  shareOf(rule: number): number {
    return this.#event === 0 ? 0 : (this.#choices[rule] ?? 0) / this.#event;
  }
}
