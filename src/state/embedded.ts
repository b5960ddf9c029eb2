import { AsyncLocalStorage } from 'node:async_hooks';
import type { TyrianError } from '../contracts/error.ts';
import { EngineThread } from './engine-thread.ts';
import { stateErrors } from './errors.ts';
import type { EngineStart } from './messages.ts';
import type { State, StateOptions, StateParameter, StateRow, StateSession } from './port.ts';
import { TransactionSession } from './transaction.ts';
import { Turns } from './turns.ts';

export interface StateLimits {
  /** Milliseconds that a statement may run; it is stopped with all that is not committed. */
  readonly statementMs: number;
  /** Milliseconds that a transaction may be open. */
  readonly transactionMs: number;
  /** Statements and transactions that may wait. */
  readonly waiting: number;
}

export const defaultLimits: StateLimits = { statementMs: 60_000, transactionMs: 120_000, waiting: 1_000 };

export interface EmbeddedOptions {
  readonly start: EngineStart;
  readonly limits: StateLimits;
  readonly onFault: (error: TyrianError) => void;
}

/** A session that also runs several statements in one text, for migrations. */
export interface ScriptSession extends StateSession {
  script(sql: string): Promise<void>;
}

/** The transaction that the running code is part of. */
const within = new AsyncLocalStorage<{ open: boolean }>();

/** PGlite in a thread of its own: one connection, so one statement or transaction at a time. */
export class EmbeddedState implements State {
  readonly #start: EngineStart;
  readonly #limits: StateLimits;
  readonly #onFault: (error: TyrianError) => void;
  readonly #turns: Turns;
  #engine: EngineThread | undefined;

  private constructor({ start, limits, onFault }: EmbeddedOptions) {
    this.#start = start;
    this.#limits = limits;
    this.#onFault = onFault;
    this.#turns = new Turns(limits.waiting);
  }

  static async open(options: EmbeddedOptions): Promise<EmbeddedState> {
    const state = new EmbeddedState(options);
    await state.#thread();
    return state;
  }

  query(
    sql: string,
    parameters: readonly StateParameter[] = [],
    options: StateOptions = {},
  ): Promise<readonly StateRow[]> {
    return this.#inTurn(options, (engine) =>
      engine.run({ kind: 'query', sql, parameters }, this.#limits.statementMs),
    );
  }

  transaction<T>(
    work: (session: ScriptSession) => Promise<T>,
    options: StateOptions & { readonly unbounded?: boolean } = {},
  ): Promise<T> {
    return this.#inTurn(options, async (engine) => {
      const scope = { open: true };
      const limits = options.unbounded === true ? {} : this.#limits;
      const session = new TransactionSession(engine, limits);
      try {
        return await session.run((inner) => within.run(scope, () => work(inner)), options.signal);
      } finally {
        scope.open = false;
      }
    });
  }

  async dump(path: string, options: StateOptions = {}): Promise<void> {
    await this.#inTurn(options, (engine) => engine.run({ kind: 'dump', path }));
  }

  async close(): Promise<void> {
    await this.#turns.close();
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.stop();
  }

  async #inTurn<T>({ signal }: StateOptions, work: (engine: EngineThread) => Promise<T>): Promise<T> {
    if (within.getStore()?.open === true)
      throw stateErrors.make('nested', 'within a transaction use its session, or this waits for itself');
    const release = await this.#turns.take(signal);
    try {
      return await work(await this.#thread());
    } finally {
      release();
    }
  }

  /** The thread; a new one after one that ended. Called by who has the turn, so by one at a time. */
  async #thread(): Promise<EngineThread> {
    if (this.#engine?.ended === true) await this.#engine.gone;
    if (this.#engine === undefined || this.#engine.ended)
      this.#engine = await EngineThread.start(this.#start, this.#onFault);
    return this.#engine;
  }
}
