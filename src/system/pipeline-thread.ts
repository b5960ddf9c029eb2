import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BatchReport } from '../pipeline/index.ts';
import { systemErrors } from './errors.ts';
import type { FromThread, PipelineCalls, PipelineStart, ToThread } from './pipeline-messages.ts';

export interface PipelineThread {
  /** The log grew. */
  wake(): void;
  /** Finishes the batch under way and ends. */
  stop(): Promise<void>;
}

interface PipelineEvents {
  readonly onReport: (report: BatchReport) => void;
  readonly onFault: (fault: {
    readonly message: string;
    readonly code: string;
    readonly retryInMilliseconds: number;
  }) => void;
  /** The thread ended without being asked to: the process can't go on storing. */
  readonly onEnd: (error: Error) => void;
}

/** Starts the pipeline in a worker thread, whose calls `calls` answers. */
export function startPipelineThread(
  start: PipelineStart,
  calls: PipelineCalls,
  events: PipelineEvents,
): PipelineThread {
  // Node strips types in a clone; the built package holds JavaScript.
  const file = import.meta.url.endsWith('.ts') ? './pipeline-worker.ts' : './pipeline-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: start, name: 'pipeline' });
  const send = (message: ToThread, transfer: readonly ArrayBuffer[] = []) =>
    worker.postMessage(message, transfer);
  let stopping = false;

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'report') events.onReport(message.report);
    else if (message.kind === 'fault') events.onFault(message);
    else void answer(message);
  });

  const answer = async ({ id, name, argument }: Extract<FromThread, { kind: 'call' }>) => {
    try {
      const value: unknown = await calls[name](argument as never);
      send({ kind: 'answer', id, value });
    } catch (error) {
      send({ kind: 'refusal', id, message: error instanceof Error ? error.message : String(error) });
    }
  };

  worker.on('error', (error) => events.onEnd(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => {
    if (!stopping)
      events.onEnd(systemErrors.make('thread_ended', `the pipeline thread ended with code ${code}`));
  });
  const ended = once(worker, 'exit');

  return {
    wake: () => send({ kind: 'appended' }),
    async stop() {
      if (!stopping) send({ kind: 'stop' });
      stopping = true;
      await ended;
    },
  };
}
