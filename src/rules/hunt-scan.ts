import { setImmediate } from 'node:timers/promises';
import { type Candidates, candidateRows, type StoredEvent } from './hunt-rows.ts';
import type { Slice } from './hunt-slices.ts';
import type { HuntScope, HuntStore } from './hunt-store.ts';

/** The event loop serves others too: so long it is kept at a time. */
const stretchMilliseconds = 8;

export interface ScanRequest {
  readonly store: HuntStore;
  readonly scope: HuntScope;
  readonly slices: readonly Slice[];
  readonly candidates: Candidates;
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Looks at one event. */
  readonly judge: (event: StoredEvent) => void;
  /** After each page: the slice, and how much of its events lie behind (0 to 1). */
  readonly onPage: (slice: Slice, share: number) => Promise<void>;
  /** After each slice: nothing of before its end will come. */
  readonly onSlice: (slice: Slice) => Promise<void>;
}

/** Goes through the candidates of a window, slice by slice, each in the order of ids. Rejects with the signal's reason. */
export async function scan(request: ScanRequest, signal: AbortSignal): Promise<void> {
  const { store, scope, slices, candidates } = request;
  for (const slice of slices) {
    for await (const events of candidateRows(store, { scope, span: slice, candidates }, signal)) {
      await judgeAll(events, request, signal);
      await request.onPage(slice, shareOf(slice, events.at(-1)));
    }
    await request.onSlice(slice);
  }
}

async function judgeAll(
  events: readonly StoredEvent[],
  { judge, now }: ScanRequest,
  signal: AbortSignal,
): Promise<void> {
  let began = now();
  for (const event of events) {
    judge(event);
    if (now() - began < stretchMilliseconds) continue;
    await setImmediate(undefined, { signal });
    began = now();
  }
}

/** By the time of the page's last event: within a slice they come about evenly. */
function shareOf({ from, to }: Slice, last: StoredEvent | undefined): number {
  const time = last?.time ?? null;
  return time === null ? 0 : Math.min(1, Math.max(0, (Date.parse(time) - from) / (to - from)));
}
