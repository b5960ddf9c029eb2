import { Worker } from 'node:worker_threads';
import type { FileScan, ScanRules } from '../contracts/index.ts';
import { scanErrors } from './errors.ts';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';

/** What a thread is asked to do. */
export type Work = { readonly kind: 'scan'; readonly bytes: Uint8Array } | { readonly kind: 'rules' };
export type Done =
  | { readonly kind: 'scan'; readonly scan: FileScan }
  | { readonly kind: 'rules'; readonly rules: ScanRules };

export interface ScanThread {
  /** One thing at a time. Throws `scan.*`; after `scan.out_of_time` the thread does nothing more, and ends when it can. */
  work(work: Work): Promise<Done>;
  /** It ended, was given up, or was told to end. */
  isOver(): boolean;
  /** Resolves when the thread is gone: not before what it computes is done, for nothing interrupts that. */
  end(): Promise<void>;
}

export interface ThreadLimits {
  /** Milliseconds for loading the library and compiling rules. */
  readonly prepareMs: number;
  /** Milliseconds for one scan. */
  readonly scanMs: number;
}

interface Pending {
  readonly id: number;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** Starts a thread. `onEnd` is called once, when it is gone, asked to or not. */
export function startScanThread(start: ThreadStart, limits: ThreadLimits, onEnd: () => void): ScanThread {
  // Node strips types in a clone; the built package holds JavaScript.
  const file = import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: start, name: 'scan' });
  let pending: Pending | undefined;
  let asked = 0;
  let over = false;
  const terminate = () => {
    over = true;
    void worker.terminate();
  };
  const settle = (settled: (one: Pending) => void) => {
    if (pending === undefined) return;
    const one = pending;
    pending = undefined;
    clearTimeout(one.timer);
    settled(one);
  };
  const giveUpAfter = (milliseconds: number, what: string) =>
    setTimeout(() => {
      terminate();
      settle(({ reject }) =>
        reject(scanErrors.make('out_of_time', `${what} took longer than ${milliseconds / 1_000} s`)),
      );
    }, milliseconds);

  worker.on('message', (message: FromThread) => {
    if (message.id !== pending?.id) return;
    if (message.kind === 'began') {
      clearTimeout(pending.timer);
      pending.timer = giveUpAfter(limits.scanMs, 'The scan');
    } else settle((one) => answer(one, message));
  });
  worker.on('error', (cause) => {
    over = true;
    settle(({ reject }) => reject(scanErrors.make('failed', 'The thread of the scan broke', { cause })));
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      over = true;
      settle(({ reject }) => reject(scanErrors.make('failed', 'The thread of the scan ended')));
      onEnd();
      resolve();
    });
  });
  return {
    work(work) {
      const { promise, resolve, reject } = Promise.withResolvers<Done>();
      asked += 1;
      const timer = giveUpAfter(limits.prepareMs, 'Making the rules ready');
      pending = { id: asked, resolve, reject, timer };
      const { message, transfer } = handedOver(work, asked);
      worker.postMessage(message, transfer);
      return promise;
    },
    isOver: () => over,
    async end() {
      terminate();
      await ended;
    },
  };
}

/** Bytes with a buffer of their own change hands; a part of a larger buffer is copied. */
function handedOver(work: Work, id: number): { message: ToThread; transfer: readonly ArrayBuffer[] } {
  if (work.kind === 'rules') return { message: { kind: 'rules', id }, transfer: [] };
  const { buffer, byteLength } = work.bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  const bytes = isOwn ? new Uint8Array(buffer) : Uint8Array.from(work.bytes);
  return { message: { kind: 'scan', id, bytes }, transfer: [bytes.buffer] };
}

function answer({ resolve, reject }: Pending, message: Exclude<FromThread, { kind: 'began' }>): void {
  switch (message.kind) {
    case 'scanned':
      resolve({ kind: 'scan', scan: message.scan });
      return;
    case 'rules':
      resolve({ kind: 'rules', rules: message.rules });
      return;
    case 'failed':
      reject(
        message.code === 'scan.unavailable'
          ? scanErrors.make('unavailable', message.message)
          : scanErrors.make('failed', message.message),
      );
  }
}
