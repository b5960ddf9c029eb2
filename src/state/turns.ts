import { stateErrors } from './errors.ts';

interface Waiter {
  readonly go: (release: () => void) => void;
  readonly refuse: (error: unknown) => void;
}

/** One at a time, in order of arrival, at most so many waiting. */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiter>();
  #taken: boolean = false;
  #closed: boolean = false;
  #onFree: (() => void) | undefined;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves with the function that ends the turn. Throws `state.busy`, `state.closed`, the signal's reason while waiting. */
  take(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#closed) throw closed();
      if (!this.#taken) {
        resolve(this.#begin());
        return;
      }
      if (this.#waiting.size >= this.#maxWaiting)
        throw stateErrors.make('busy', `${this.#maxWaiting} statements wait already; send again later`);
      const onAbort = () => waiter.refuse(signal?.reason);
      const leave = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        go: (release) => {
          leave();
          resolve(release);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Refuses who waits, and resolves when the turn that runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of [...this.#waiting]) waiter.refuse(closed());
    if (!this.#taken) return;
    await new Promise<void>((resolve) => {
      this.#onFree = resolve;
    });
  }

  #begin(): () => void {
    this.#taken = true;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#next();
    };
  }

  #next(): void {
    this.#taken = false;
    const [first] = this.#waiting;
    if (first === undefined) this.#onFree?.();
    else first.go(this.#begin());
  }
}

function closed() {
  return stateErrors.make('closed', 'the state is closed');
}
