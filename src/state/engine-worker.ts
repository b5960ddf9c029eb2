/** The engine's thread: opens PGlite and does what it is asked, one task after the other; looks after the files in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Engine, openEngine } from './engine.ts';
import { failureOf } from './failure.ts';
import type { EngineStart, EngineTask, FromEngine, ToEngine } from './messages.ts';
import type { StateRow } from './port.ts';
import { Upkeep } from './upkeep.ts';

/** Milliseconds without a task after which the thread counts as at rest. */
const restMs = 1_000;

const port = parentPort;
if (port === null) throw new Error('the engine of the state runs in a worker thread only');
const send = (message: FromEngine) => port.postMessage(message);

try {
  send({ kind: 'opening' });
  const engine = await openEngine(workerData as EngineStart);
  serve(engine, new Upkeep(engine, () => performance.now()));
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'unready', failure: failureOf(error, 'open') });
  port.close();
}

function serve(engine: Engine, upkeep: Upkeep): void {
  let tail: Promise<unknown> = Promise.resolve();
  let tasks = 0;
  const rest = setTimeout(() => {
    tail = tail.then(async () => {
      // One table at a time, so that a task that comes meanwhile waits for one at most.
      if (tasks === 0 && (await kept(() => upkeep.sweep())) === true) rest.refresh();
    });
  }, restMs);
  port?.on('message', (message: ToEngine) => {
    tasks += 1;
    tail = tail.then(async () => {
      await answer(engine, message);
      if (message.task.kind === 'stop') return clearTimeout(rest);
      if (upkeep.due()) await kept(() => upkeep.look());
      tasks -= 1;
      rest.refresh();
    });
  });
}

/** Runs upkeep; tells the other side, so that it does not count as the time of a statement. */
async function kept<T>(work: () => Promise<T>): Promise<T | undefined> {
  send({ kind: 'upkeep', begins: true });
  try {
    return await work();
  } catch (error) {
    send({ kind: 'fault', failure: failureOf(error) });
    return undefined;
  } finally {
    send({ kind: 'upkeep', begins: false });
  }
}

async function answer(engine: Engine, { id, task }: ToEngine): Promise<void> {
  try {
    const rows = await perform(engine, task);
    send({ kind: 'done', id, rows });
  } catch (error) {
    send({ kind: 'failed', id, failure: failureOf(error) });
  }
  if (task.kind === 'stop') port?.close();
  // The other side hears the exit, and starts a new thread.
  else if (engine.broken) process.exit(1);
}

async function perform(engine: Engine, task: EngineTask): Promise<readonly StateRow[]> {
  switch (task.kind) {
    case 'query':
      return await engine.query(task.sql, task.parameters);
    case 'script':
      await engine.script(task.sql);
      return [];
    case 'begin':
    case 'commit':
    case 'rollback':
      await engine.bound(task.kind);
      return [];
    case 'dump':
      await engine.dump(task.path);
      return [];
    case 'stop':
      await engine.close();
      return [];
  }
}
