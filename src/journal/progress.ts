/** Lets others wait until something has come far enough. */
export class Progress {
  readonly #watchers = new Set<() => void>();

  /** To be called whenever it moved on, or will move no more. */
  moved(): void {
    for (const look of [...this.#watchers]) look();
  }

  /** Resolves once it holds; rejects with what `refuse` gives, or the signal's reason. */
  until(
    holds: () => boolean,
    refuse: () => Error | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const refusal = signal?.aborted === true ? (signal.reason as Error) : refuse();
        if (!holds() && refusal === undefined) return;
        this.#watchers.delete(look);
        signal?.removeEventListener('abort', look);
        if (holds()) resolve();
        else reject(refusal);
      };
      this.#watchers.add(look);
      signal?.addEventListener('abort', look);
      look();
    });
  }
}
