import type { JobContext } from '../jobs/index.ts';
import type { Span } from './hunt-store.ts';

const tellEveryMilliseconds = 500;

/** `done` events lie behind; the slice that was reached, and what was found so far. */
export type Tell = (done: number, reached: Span, hits: number) => Promise<void>;

/** Tells how far a job over events is: how many lie behind, the time that was reached, what was found. Not more often than people look. */
export function teller(
  { progress }: Pick<JobContext<unknown>, 'progress'>,
  { now, total }: { readonly now: () => number; readonly total: number },
): Tell {
  let last = Number.NEGATIVE_INFINITY;
  return async (done, { from }, hits) => {
    if (now() - last < tellEveryMilliseconds && done < total) return;
    last = now();
    const note = `${new Date(from).toISOString().slice(0, 16)}Z, ${hits} hits`;
    await progress(Math.min(Math.round(done), total), total, note);
  };
}
