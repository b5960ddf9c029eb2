import { sql } from '../sql/index.ts';
import type { Connection } from './connect.ts';
import { engineError } from './engine-error.ts';
import type { Connections } from './lane.ts';

/** How long to wait between two attempts to kill: a query may not have reached the list of processes yet. */
const killEveryMs = 100;

export interface Execution {
  readonly lane: Connections<Connection>;
  /** Where `KILL QUERY` runs: a lane of its own, as the others may all be taken. */
  readonly control: Connections<Connection>;
  /** Stands in the text as `log_comment`: in the engine's list of processes, the one mark that chDB and a server share. */
  readonly queryId: string;
  readonly signal: AbortSignal;
}

/** The statement's result as it comes; an empty buffer when it has none. */
export function execute(text: string, execution: Execution): Promise<Buffer> {
  const { lane, signal } = execution;
  return new Promise<Buffer>((resolve, reject) => {
    const running = lane.with(async (connection) => {
      const work = connection.run(text);
      const kill = killOnAbort(work, execution);
      await Promise.allSettled([work, kill]);
      return work;
    }, signal);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    running
      .then(resolve, (error: unknown) => reject(signal.aborted ? signal.reason : engineError(error)))
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Once the signal aborts, kills until the work has ended. Resolves when the work has. */
async function killOnAbort(work: Promise<unknown>, { control, queryId, signal }: Execution): Promise<void> {
  const ended = work.then(
    () => true,
    () => true,
  );
  const aborted = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  if (await Promise.race([ended, aborted])) return;
  const kill = sql`KILL QUERY WHERE Settings['log_comment'] = ${queryId} ASYNC`;
  for (;;) {
    await control.with((connection) => connection.run(kill)).catch(() => {});
    if (await Promise.race([ended, pause(killEveryMs)])) return;
  }
}

const pause = (ms: number) =>
  new Promise<false>((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
