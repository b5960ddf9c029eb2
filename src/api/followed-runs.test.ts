import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AskEvent } from '../contracts/index.ts';
import { createFollowedRuns } from './followed-runs.ts';

const run_id = '018f4e9a-0000-7000-8000-000000000001';

/** A run that has told one event and has more to come. */
async function* running(): AsyncGenerator<AskEvent> {
  yield { type: 'answer-delta', id: 0, run_id, data: { sentence: 0, text: 'a' } };
  await new Promise(() => undefined);
}

async function begin() {
  const runs = createFollowedRuns();
  const stop = new AbortController();
  const asker = new AbortController();
  const events = runs.begin(running(), stop, asker.signal)[Symbol.asyncIterator]();
  return { runs, stop, asker, events };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a run', () => {
  it('stops within a second when its only follower leaves', async () => {
    const { stop, asker, events } = await begin();
    await events.next();
    asker.abort();
    expect(stop.signal.aborted).toBe(false);
    vi.advanceTimersByTime(700);
    expect(stop.signal.aborted).toBe(true);
  });

  it('goes on when someone takes it up in time, until they leave too', async () => {
    const { runs, stop, asker, events } = await begin();
    await events.next();
    asker.abort();
    const second = new AbortController();
    runs.join(run_id, second.signal);
    vi.advanceTimersByTime(10_000);
    expect(stop.signal.aborted).toBe(false);
    second.abort();
    vi.advanceTimersByTime(700);
    expect(stop.signal.aborted).toBe(true);
  });

  it('stops at once when its asker leaves before the first event', async () => {
    const { stop, asker, events } = await begin();
    void events.next();
    asker.abort();
    expect(stop.signal.aborted).toBe(true);
  });

  it('is not revived by a follower whose connection is gone already', async () => {
    const { runs, stop, asker, events } = await begin();
    await events.next();
    asker.abort();
    runs.join(run_id, AbortSignal.abort());
    vi.advanceTimersByTime(700);
    expect(stop.signal.aborted).toBe(true);
  });
});
