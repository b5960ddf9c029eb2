/** How long it waits when a step failed. */
const retryMilliseconds = 1_000;

export interface PumpOptions {
  /** Brings some entries into the tables; false when there are none left. Throws what may pass: it is tried again. */
  readonly step: () => Promise<boolean>;
  readonly onDelayed: (error: unknown) => void;
}

/** Runs one step after the other for as long as there is something to do, in one go at a time. */
export class Pump {
  readonly #options: PumpOptions;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Whether there may be something to do since the last step began. */
  #isWoken: boolean = false;
  #stopped: boolean = false;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#retry === undefined) this.#running ??= this.#run();
  }

  /** Ends the step that runs; no other begins. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWoken && !this.#stopped) {
        this.#isWoken = false;
        if (await this.#options.step()) this.#isWoken = true;
      }
    } catch (error) {
      if (!this.#stopped) this.#retryLater(error);
    }
    this.#running = undefined;
  }

  #retryLater(error: unknown): void {
    this.#options.onDelayed(error);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.wake();
    }, retryMilliseconds).unref();
  }
}
