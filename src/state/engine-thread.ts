import { Worker } from 'node:worker_threads';
import type { TyrianError } from '../contracts/error.ts';
import { damaged, hasDatabase } from './data-folder.ts';
import { stateErrors } from './errors.ts';
import { errorOf } from './failure.ts';
import type { EngineStart, EngineTask, FromEngine, ToEngine } from './messages.ts';
import type { StateRow } from './port.ts';

/** A damaged file may keep the engine busy for ever; the longest real opening makes the data anew. */
const openMs = 120_000;

/** Deep enough that Postgres' own bound (`max_stack_depth`) is met first: WebAssembly's frames lie here, too. */
const resourceLimits = { stackSizeMb: 16 };

interface Waiting {
  readonly statement: string | undefined;
  readonly timer: NodeJS.Timeout | undefined;
  readonly resolve: (rows: readonly StateRow[]) => void;
  readonly reject: (error: TyrianError) => void;
}

/** The engine in its thread, and what waits for its answers. */
export class EngineThread {
  /** Resolves when nothing of the thread is left, so that the data can be opened again. */
  readonly gone: Promise<void>;
  readonly #worker: Worker;
  readonly #onFault: (error: TyrianError) => void;
  readonly #waiting = new Map<number, Waiting>();
  #tasks = 0;
  #opening: boolean = false;
  #inUpkeep: boolean = false;
  #stopping: boolean = false;
  #ended: TyrianError | undefined;
  #onOpened: ((failure: TyrianError | undefined) => void) | undefined;

  private constructor(start: EngineStart, onFault: (error: TyrianError) => void) {
    // Node strips types in a clone; the built package holds JavaScript.
    const file = import.meta.url.endsWith('.ts') ? './engine-worker.ts' : './engine-worker.js';
    const url = new URL(file, import.meta.url);
    // Flags of the process (`--input-type`) may not suit a file.
    this.#worker = new Worker(url, { workerData: start, name: 'state', execArgv: [], resourceLimits });
    this.#onFault = onFault;
    this.gone = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#end(`its thread ended with code ${code}`);
        resolve();
      });
    });
    this.#worker.on('message', (message: FromEngine) => this.#hear(message));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)));
  }

  /**
   * Starts the thread and waits until the data is open. Throws what the thread says, or `state.damaged` when data that was there ended
   * it. `onFault` is told what nobody waits for: an end between tasks, failed upkeep.
   */
  static async start(start: EngineStart, onFault: (error: TyrianError) => void): Promise<EngineThread> {
    const had = hasDatabase(start.folder);
    const thread = new EngineThread(start, onFault);
    const timer = setTimeout(() => void thread.#worker.terminate(), openMs);
    const failure = await new Promise<TyrianError | undefined>((resolve) => {
      thread.#onOpened = resolve;
    });
    clearTimeout(timer);
    thread.#onOpened = undefined;
    if (failure === undefined) return thread;
    await thread.gone;
    if (failure !== thread.#ended) throw failure;
    if (had && thread.#opening) throw damaged(start.folder, failure);
    throw stateErrors.make('open', `the state in ${start.folder} could not be opened`, { cause: failure });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Resolves with the rows. A task that passes its bound ends the thread, since nothing else stops a statement there; what was not
   * committed is undone when the data is opened again. Throws `state.timeout`, `state.ended`, and what the engine refuses.
   */
  run(task: EngineTask, boundMs?: number): Promise<readonly StateRow[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) throw this.#ended;
      this.#tasks += 1;
      const id = this.#tasks;
      const timer = boundMs === undefined ? undefined : setTimeout(() => this.#late(id, boundMs), boundMs);
      this.#waiting.set(id, { statement: 'sql' in task ? task.sql : undefined, timer, resolve, reject });
      try {
        this.#worker.postMessage({ id, task } satisfies ToEngine);
      } catch {
        // The cause would quote the value that could not be sent.
        this.#settle(id)?.reject(stateErrors.make('query', 'a parameter is of no kind that can be sent'));
      }
    });
  }

  /** Closes the data in order and waits for the thread's end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#ended === undefined) await this.run({ kind: 'stop' }).catch(() => undefined);
    await this.gone;
  }

  #hear(message: FromEngine): void {
    switch (message.kind) {
      case 'done':
        this.#settle(message.id)?.resolve(message.rows);
        break;
      case 'failed': {
        const waiting = this.#settle(message.id);
        waiting?.reject(errorOf(message.failure, waiting.statement));
        if (message.failure.what === 'ended') this.#end(message.failure.message);
        break;
      }
      case 'opening':
        this.#opening = true;
        break;
      case 'ready':
        this.#onOpened?.(undefined);
        break;
      case 'unready':
        this.#onOpened?.(errorOf(message.failure));
        break;
      case 'upkeep':
        this.#inUpkeep = message.begins;
        break;
      case 'fault':
        this.#onFault(errorOf(message.failure));
        break;
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }

  #late(id: number, boundMs: number): void {
    if (this.#inUpkeep) {
      this.#waiting.get(id)?.timer?.refresh();
      return;
    }
    const waiting = this.#settle(id);
    const cause = new Error(`in the statement: ${waiting?.statement ?? 'begin or end of a transaction'}`);
    waiting?.reject(stateErrors.make('timeout', `a statement was stopped after ${boundMs} ms`, { cause }));
    this.#end('a statement passed its time bound');
    void this.#worker.terminate();
  }

  #end(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = stateErrors.make('ended', `the engine of the state ended: ${why}`);
    if (this.#onOpened !== undefined) this.#onOpened(this.#ended);
    else if (!this.#stopping) this.#onFault(this.#ended);
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(this.#ended);
  }
}
