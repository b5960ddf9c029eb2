import type { AskEvent } from '../contracts/index.ts';

/**
 * How long a run goes on when nobody follows it any more. A dropped connection and one that was closed on purpose look
 * the same here: the stream may be taken up again within this time, and model and SQL still stop within a second.
 */
const graceMs = 500;

interface Followed {
  readonly stop: AbortController;
  followers: number;
  ending: NodeJS.Timeout | undefined;
}

/** Keeps count of who follows which run, and stops the ones that nobody follows. */
export interface FollowedRuns {
  /**
   * The events of a new run whose stop is `stop`; it stops when `gone` (the follower's connection) is aborted before
   * the first event, or when nobody takes it up within the grace.
   */
  begin(events: AsyncIterable<AskEvent>, stop: AbortController, gone: AbortSignal): AsyncIterable<AskEvent>;
  /** One more follower of a run that may still go on, until `gone` is aborted. */
  join(runId: string, gone: AbortSignal): void;
}

export function createFollowedRuns(): FollowedRuns {
  const runs = new Map<string, Followed>();
  const join = (runId: string, gone: AbortSignal) => {
    const run = runs.get(runId);
    if (run === undefined || gone.aborted) return;
    clearTimeout(run.ending);
    run.followers += 1;
    gone.addEventListener('abort', () => leave(runId, run), { once: true });
  };
  const leave = (runId: string, run: Followed) => {
    run.followers -= 1;
    if (run.followers > 0) return;
    run.ending = setTimeout(() => {
      runs.delete(runId);
      run.stop.abort();
    }, graceMs);
    run.ending.unref();
  };
  return {
    join,
    async *begin(events, stop, gone) {
      const stopUnbegun = () => stop.abort();
      gone.addEventListener('abort', stopUnbegun, { once: true });
      let known = false;
      // By hand: leaving a `for await` would tell the source to stop, which is for `leave` to decide.
      const iterator = events[Symbol.asyncIterator]();
      for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
        if (!known) {
          known = true;
          gone.removeEventListener('abort', stopUnbegun);
          runs.set(step.value.run_id, { stop, followers: 0, ending: undefined });
          join(step.value.run_id, gone);
        }
        yield step.value;
      }
    },
  };
}
