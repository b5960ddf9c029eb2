/** The pipeline's thread: opens the log for reading and runs the pipeline; its statements go to the main thread's store. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { openLogReader } from '../log/index.ts';
import { createFollowedCatalogue } from '../normalise/index.ts';
import { createBatchFiles, runPipeline } from '../pipeline/index.ts';
import { createRuleJudge } from '../rules/index.ts';
import type { CallName, FromThread, PipelineStart, ToThread } from './pipeline-messages.ts';

const port = parentPort;
if (port === null) throw new Error('the pipeline worker runs in a worker thread only');
const start = workerData as PipelineStart;
const send = (message: FromThread) => port.postMessage(message);

const stopping = new AbortController();
const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
const catalogue = createFollowedCatalogue(start.sources);
let calls = 0;
let judge = createRuleJudge(start.rules.packs, start.rules.mask);
let appended = false;
let wakeUp: (() => void) | undefined;

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'answer':
      waiting.get(message.id)?.resolve(message.value as never);
      waiting.delete(message.id);
      break;
    case 'refusal':
      waiting.get(message.id)?.reject(new Error(message.message));
      waiting.delete(message.id);
      break;
    case 'appended':
      appended = true;
      wakeUp?.();
      break;
    case 'sources':
      catalogue.adopt(message.sources);
      send({ kind: 'adopted', id: message.id });
      break;
    case 'rules':
      judge = createRuleJudge(message.rules.packs, message.rules.mask);
      break;
    case 'mask':
      judge = judge.withMask(message.mask);
      break;
    case 'stop':
      stopping.abort();
      wakeUp?.();
      break;
  }
});

function call<T>(name: CallName, argument?: unknown): Promise<T> {
  calls += 1;
  const id = calls;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    send({ kind: 'call', id, name, argument });
  });
}

/** Resolves when the log grew since the last wait, after so many milliseconds, or when the signal aborts. */
function wake(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (appended || signal.aborted) {
    appended = false;
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      wakeUp = undefined;
      appended = false;
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
    wakeUp = done;
  });
}

const log = await openLogReader({ folder: start.logFolder });
const stops = new Set(start.stops);
try {
  await runPipeline(
    {
      log,
      store: {
        run: (sql) => call('run', sql),
        bytes: (sql) => call('bytes', sql),
        rows: (sql) => call('rows', sql),
      },
      files: [
        createBatchFiles(join(start.temporaryFolder, 'a')),
        createBatchFiles(join(start.temporaryFolder, 'b')),
      ],
      catalogue: () => catalogue.snapshot(),
      limits: start.limits,
      filterIds: start.filterIds,
      clock: Date.now,
      wake,
      watermark: {
        open: () => call('open'),
        close: (stamp) => call('close', stamp),
        recovered: () => call('recovered'),
      },
      judge: () => judge,
      onDetections: (detections) => call('detected', detections),
      onReport: (report) => send({ kind: 'report', report }),
      onFault: (fault, retryInMilliseconds) =>
        send({
          kind: 'fault',
          message: fault instanceof Error ? fault.message : String(fault),
          code: fault instanceof Error && 'code' in fault ? String(fault.code) : '',
          retryInMilliseconds,
        }),
      onStep: async (step) => {
        if (stops.has(step)) await call('step', step);
      },
    },
    stopping.signal,
  );
} finally {
  await log.close();
  port.close();
}
