import { type FileScan, maxScanBytes, type ScanRules } from '../contracts/index.ts';
import { scanErrors } from './errors.ts';
import type { RuleFolder } from './rule-folder.ts';
import { type Done, type ScanThread, startScanThread, type ThreadLimits, type Work } from './thread.ts';
import { yaraXPackage } from './yara-x.ts';

/** Scans bytes. Who opens, closes. */
export interface Scanner {
  /**
   * What the bytes meet; they are handed over, and must not be used any more. Throws `scan.too_large`, `scan.busy`, `scan.out_of_time`,
   * `scan.unavailable`, `scan.failed`, `scan.closed`, and the signal's reason.
   */
  scan(bytes: Uint8Array, signal: AbortSignal): Promise<FileScan>;
  /** Which rules are in use. Throws as `scan` does. */
  rules(signal: AbortSignal): Promise<ScanRules>;
  /** Ends the threads; a scan that runs is waited for, since nothing interrupts the library. */
  close(): Promise<void>;
}

export interface ScannerOptions {
  /** Read again when something in them changed. */
  readonly folders: readonly RuleFolder[];
  readonly threads: number;
  /** Bytes of all files that wait or are scanned; one file may always be. */
  readonly maxHeldBytes: number;
  /** Files that wait; 16 unless said. */
  readonly maxWaiting?: number;
  /** Milliseconds that a file waits at the most; 30 s unless said. */
  readonly waitMs?: number;
  readonly limits?: ThreadLimits;
  /** Package of the YARA library. */
  readonly library?: string;
}

const defaultMaxWaiting = 16;
const defaultWaitMs = 30_000;
const defaultLimits: ThreadLimits = { prepareMs: 120_000, scanMs: 30_000 };

/** Makes the scanner; its threads start with the first scan. */
export function createScanner(options: ScannerOptions): Scanner {
  return new ScanPool(options);
}

interface Task {
  readonly work: Work;
  readonly bytes: number;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: unknown) => void;
}

class ScanPool implements Scanner {
  readonly #options: ScannerOptions;
  /** All that live; those that were given up among them, so that there are never more. */
  readonly #threads = new Set<ScanThread>();
  readonly #idle: ScanThread[] = [];
  readonly #waiting: Task[] = [];
  #heldBytes = 0;
  readonly #closing = new AbortController();

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  async scan(bytes: Uint8Array, signal: AbortSignal): Promise<FileScan> {
    if (bytes.byteLength > maxScanBytes)
      throw scanErrors.make('too_large', `${bytes.byteLength} bytes; at most ${maxScanBytes} are scanned`, {
        details: { max_bytes: maxScanBytes },
      });
    const done = await this.#do({ kind: 'scan', bytes }, bytes.byteLength, signal);
    if (done.kind !== 'scan') throw scanErrors.make('failed', 'The thread answered something else');
    return done.scan;
  }

  async rules(signal: AbortSignal): Promise<ScanRules> {
    const done = await this.#do({ kind: 'rules' }, 0, signal);
    if (done.kind !== 'rules') throw scanErrors.make('failed', 'The thread answered something else');
    return done.rules;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const task of this.#waiting.splice(0))
      task.reject(scanErrors.make('closed', 'The program is stopping'));
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  /** Who asked may go away at any time; what runs then runs on, and its answer is nobody's. */
  async #do(work: Work, bytes: number, signal: AbortSignal): Promise<Done> {
    signal.throwIfAborted();
    this.#checkRoom(bytes);
    const { promise, resolve, reject } = Promise.withResolvers<Done>();
    const task: Task = { work, bytes, resolve, reject };
    const leave = () => {
      if (this.#unqueue(task)) this.#heldBytes -= bytes;
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    const waited = setTimeout(() => this.#refuseLate(task), this.#options.waitMs ?? defaultWaitMs);
    this.#heldBytes += bytes;
    this.#waiting.push(task);
    this.#next();
    try {
      return await promise;
    } finally {
      clearTimeout(waited);
      signal.removeEventListener('abort', leave);
    }
  }

  #checkRoom(bytes: number): void {
    if (this.#closing.signal.aborted) throw scanErrors.make('closed', 'The program is stopping');
    const { maxHeldBytes, maxWaiting = defaultMaxWaiting } = this.#options;
    if (this.#waiting.length >= maxWaiting) throw busy(`${this.#waiting.length} files wait`);
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > maxHeldBytes)
      throw busy(`Files that wait or are scanned hold ${this.#heldBytes} bytes`);
  }

  #refuseLate(task: Task): void {
    if (!this.#unqueue(task)) return;
    this.#heldBytes -= task.bytes;
    task.reject(busy('No thread came free'));
  }

  #unqueue(task: Task): boolean {
    const at = this.#waiting.indexOf(task);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  #next(): void {
    for (let task = this.#waiting[0]; task !== undefined; task = this.#waiting[0]) {
      const thread = this.#idle.pop() ?? this.#startThread();
      if (thread === undefined) return;
      this.#waiting.shift();
      void this.#run(thread, task);
    }
  }

  /** Undefined when there are as many as may be. */
  #startThread(): ScanThread | undefined {
    const { threads, folders, library = yaraXPackage, limits = defaultLimits } = this.#options;
    if (this.#closing.signal.aborted || this.#threads.size >= threads) return undefined;
    const thread = startScanThread({ folders, library }, limits, () => {
      this.#threads.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#next();
    });
    this.#threads.add(thread);
    return thread;
  }

  async #run(thread: ScanThread, task: Task): Promise<void> {
    try {
      task.resolve(await thread.work(task.work));
    } catch (error) {
      task.reject(error);
    }
    this.#heldBytes -= task.bytes;
    if (!thread.isOver()) this.#idle.push(thread);
    this.#next();
  }
}

const busy = (why: string) =>
  scanErrors.make('busy', `${why}; try again later`, { details: { retry_after_seconds: 5 } });
