import { Worker } from 'node:worker_threads';
import type { SourceText } from '../normalise/index.ts';
import type { BatchReport } from '../pipeline/index.ts';
import type { RuleMaskEntries } from '../rules/index.ts';
import { systemErrors } from './errors.ts';
import type {
  FromThread,
  PipelineCalls,
  PipelineStart,
  RulesInForce,
  ToThread,
} from './pipeline-messages.ts';

export interface PipelineThread {
  /** The log grew. */
  wake(): void;
  /** From the next batch on these are in force. */
  setRules(rules: RulesInForce): void;
  /** The same rules under other settings of tenants. */
  setMask(mask: RuleMaskEntries): void;
  /** Resolves when the thread knows these sources; when it has ended there is nobody to know them. */
  adopt(sources: readonly SourceText[]): Promise<void>;
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
  const adopting = new Map<number, () => void>();
  let adoptions = 0;
  let stopping = false;

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'report') events.onReport(message.report);
    else if (message.kind === 'fault') events.onFault(message);
    else if (message.kind === 'adopted') adopting.get(message.id)?.();
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
  // Not `once(worker, 'exit')`: that rejects on an error, which `onEnd` is told of.
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  return {
    wake: () => send({ kind: 'appended' }),
    adopt(sources) {
      adoptions += 1;
      const id = adoptions;
      const adopted = new Promise<void>((resolve) => {
        adopting.set(id, resolve);
      });
      send({ kind: 'sources', id, sources });
      return Promise.race([adopted, ended]).finally(() => adopting.delete(id));
    },
    setRules: (rules) => send({ kind: 'rules', rules }),
    setMask: (mask) => send({ kind: 'mask', mask }),
    async stop() {
      if (!stopping) send({ kind: 'stop' });
      stopping = true;
      await ended;
    },
  };
}
