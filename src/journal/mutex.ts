/** Lets one task run at a time, in the order in which they came. */
export interface Mutex {
  /** Tasks that run or wait. */
  readonly size: number;
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  let size = 0;
  return {
    get size() {
      return size;
    },
    run(task) {
      size++;
      const turn = tail.then(task).finally(() => {
        size--;
      });
      tail = turn.catch(() => undefined);
      return turn;
    },
  };
}
