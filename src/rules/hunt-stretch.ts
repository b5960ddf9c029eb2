import type { HuntedWindow } from '../contracts/index.ts';
import { type Slices, slicesOf } from './hunt-slices.ts';
import type { HuntScope, HuntStore, Span } from './hunt-store.ts';
import { spanOf } from './hunt-window.ts';

/** What a job over events has before it. */
export interface Stretch extends Slices {
  readonly scope: HuntScope;
  /** The window as it was ordered. */
  readonly whole: Span;
}

/** All of a window, or what an earlier attempt has left of it: over the events that were there when that one began. */
export async function stretchOf(
  store: HuntStore,
  request: {
    readonly tenant: string;
    readonly window: HuntedWindow;
    /** What an earlier attempt wrote down. */
    readonly before: { readonly snapshot: number; readonly at: number } | undefined;
    readonly snapshot: () => number;
    readonly eventsASlice: number;
  },
  signal: AbortSignal,
): Promise<Stretch> {
  const { tenant, window, before, snapshot, eventsASlice } = request;
  const scope = { tenant, snapshot: before?.snapshot ?? snapshot() };
  const whole = spanOf(window);
  const span = { from: before?.at ?? whole.from, to: whole.to };
  return { scope, whole, ...(await slicesOf(store, { scope, span, eventsASlice }, signal)) };
}
