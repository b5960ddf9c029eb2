import type { AskEvent } from '../../contracts/index.ts';

/** The events of one run, while it goes on and for a while after: a stream that was dropped resumes from here. */
export class RunRecord {
  readonly tenant: string;
  readonly #events: AskEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #ended = false as boolean;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  /** About what the events take, in UTF-16 code units of their JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  append(event: AskEvent): void {
    this.#events.push(event);
    this.#bytes += JSON.stringify(event).length;
    this.#wake();
  }

  /** No more events come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Events after id `since` (-1: all), then those to come, until the run ends. Throws the signal's reason. */
  async *follow(since: number, signal: AbortSignal): AsyncGenerator<AskEvent, void> {
    let next = this.#events.findIndex(({ id }) => id > since);
    if (next === -1) next = this.#events.length;
    for (;;) {
      const event = this.#events[next];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (this.#ended) return;
      else await this.#more(signal);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(wake);
    });
  }
}

/** Keeps the newest runs: at most so many, and at most so many bytes of those that have ended. */
export class RunRecords {
  readonly #maxRuns: number;
  readonly #maxBytes: number;
  readonly #records = new Map<string, RunRecord>();

  constructor(limits: { readonly maxRuns: number; readonly maxBytes: number }) {
    this.#maxRuns = limits.maxRuns;
    this.#maxBytes = limits.maxBytes;
  }

  open(runId: string, tenant: string): RunRecord {
    const record = new RunRecord(tenant);
    this.#records.set(runId, record);
    return record;
  }

  /** Forgets the oldest ended runs that are beyond a bound; call when a run has ended. */
  trim(): void {
    const ended = [...this.#records].filter(([, record]) => record.ended);
    let bytes = ended.reduce((sum, [, record]) => sum + record.bytes, 0);
    let runs = ended.length;
    for (const [runId, record] of ended) {
      if (runs <= this.#maxRuns && bytes <= this.#maxBytes) return;
      this.#records.delete(runId);
      runs -= 1;
      bytes -= record.bytes;
    }
  }

  /** A run of this tenant; another tenant's run is as unknown as none. */
  find(runId: string, tenant: string): RunRecord | undefined {
    const record = this.#records.get(runId);
    return record?.tenant === tenant ? record : undefined;
  }
}
