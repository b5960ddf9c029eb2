import { outboundErrors } from './errors.ts';

export interface OutboundLimits {
  /** Milliseconds until a connection stands (name resolved, TLS agreed). */
  readonly connectMs: number;
  /** Milliseconds from the call until the headers of the answer are there. */
  readonly headersMs: number;
  /** Milliseconds for the whole call. */
  readonly wholeMs: number;
  /** Bytes of the answer's body that are taken. */
  readonly maxAnswerBytes: number;
}

export const standardLimits: OutboundLimits = {
  connectMs: 5_000,
  headersMs: 10_000,
  wholeMs: 30_000,
  maxAnswerBytes: 1024 * 1024,
};

/** The time of one call: its signal aborts with `guard.outbound_out_of_time`, or with the caller's own reason. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #origin: string;

  constructor(origin: string, caller: AbortSignal | undefined) {
    this.#origin = origin;
    this.signal = caller === undefined ? this.#late.signal : AbortSignal.any([caller, this.#late.signal]);
  }

  /** Begins to wait for a part of the call; the function given ends that wait. */
  within(ms: number, what: string): () => void {
    const timer = setTimeout(() => {
      const words = `${what} of ${this.#origin} took longer than ${ms / 1_000} seconds`;
      this.#late.abort(outboundErrors.make('outbound_out_of_time', words));
    }, ms);
    this.#timers.push(timer);
    return () => clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
