import { errors } from './errors.ts';

/** A few connections and those who wait for one. */
export interface Connections<C> {
  /** Waits for a connection, runs `use` on it and hands it to the next. Rejects with the signal's reason while
   *  waiting; throws `store.busy` when too many wait, `store.closed` after `close`. */
  with<T>(use: (connection: C) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Refuses those who wait and those who come; resolves when every connection is back. */
  close(): Promise<void>;
}

/** Hands out `connections` in the order of asking; at most `maxWaiting` wait. */
export function createLane<C>(name: string, connections: readonly C[], maxWaiting: number): Connections<C> {
  const free = [...connections];
  const waiting = new Set<{
    readonly take: (connection: C) => void;
    readonly refuse: (reason: unknown) => void;
  }>();
  let idle: (() => void) | undefined;
  let closed = false;

  function take(signal: AbortSignal | undefined): Promise<C> {
    if (closed) throw errors.make('closed', 'the store is closed');
    signal?.throwIfAborted();
    const connection = free.pop();
    if (connection !== undefined) return Promise.resolve(connection);
    if (waiting.size >= maxWaiting) {
      throw errors.make('busy', `${maxWaiting} queries wait in the lane "${name}"; try again`);
    }
    return new Promise<C>((resolve, reject) => {
      const waiter = { take: settle(resolve), refuse: settle(reject) };
      function settle<V>(then: (value: V) => void) {
        return (value: V) => {
          waiting.delete(waiter);
          signal?.removeEventListener('abort', onAbort);
          then(value);
        };
      }
      const onAbort = () => waiter.refuse(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
    });
  }

  function give(connection: C): void {
    const [next] = waiting;
    if (next !== undefined) {
      next.take(connection);
      return;
    }
    free.push(connection);
    if (free.length === connections.length) idle?.();
  }

  return {
    async with(use, signal) {
      const connection = await take(signal);
      try {
        return await use(connection);
      } finally {
        give(connection);
      }
    },
    async close() {
      closed = true;
      for (const waiter of [...waiting]) waiter.refuse(errors.make('closed', 'the store is closed'));
      if (free.length === connections.length) return;
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    },
  };
}
