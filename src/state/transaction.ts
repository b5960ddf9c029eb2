import type { EngineThread } from './engine-thread.ts';
import { stateErrors } from './errors.ts';
import type { StateParameter, StateRow } from './port.ts';

/** One transaction on the engine, from its begin to its end. */
export class TransactionSession {
  readonly #engine: EngineThread;
  readonly #limits: { readonly statementMs?: number; readonly transactionMs?: number };
  readonly #running = new Set<Promise<unknown>>();
  #over: boolean = false;

  constructor(
    engine: EngineThread,
    limits: { readonly statementMs?: number; readonly transactionMs?: number },
  ) {
    this.#engine = engine;
    this.#limits = limits;
  }

  /** Commits what `work` did, or undoes it when it throws, when the signal aborts or when it takes too long. */
  async run<T>(work: (session: this) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    await this.#engine.run({ kind: 'begin' }, this.#limits.statementMs);
    try {
      const result = await this.#unlessStopped(work(this), signal);
      await this.#finish();
      await this.#engine.run({ kind: 'commit' }, this.#limits.statementMs);
      return result;
    } catch (error) {
      await this.#finish();
      // Where the thread is gone there is nothing to undo; a refused rollback can't follow a begin.
      await this.#engine.run({ kind: 'rollback' }, this.#limits.statementMs).catch(() => undefined);
      throw error;
    }
  }

  async query(sql: string, parameters: readonly StateParameter[] = []): Promise<readonly StateRow[]> {
    return await this.#task({ kind: 'query', sql, parameters });
  }

  async script(sql: string): Promise<void> {
    await this.#task({ kind: 'script', sql });
  }

  async #task(task: Parameters<EngineThread['run']>[0]): Promise<readonly StateRow[]> {
    if (this.#over) throw stateErrors.make('transaction_over', 'the transaction of this session has ended');
    const running = this.#engine.run(task, this.#limits.statementMs);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Takes no more, and waits for statements that nobody waited for. */
  async #finish(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#running);
  }

  #unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { transactionMs } = this.#limits;
      const late = () =>
        reject(stateErrors.make('timeout', `a transaction was undone: it was open for ${transactionMs} ms`));
      const timer = transactionMs === undefined ? undefined : setTimeout(late, transactionMs);
      const onAbort = () => reject(signal?.reason);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      work.then(resolve, reject).finally(settle);
    });
  }
}
