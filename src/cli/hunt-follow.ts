import type { Client } from '../client/index.ts';
import { type ErrorCode, type HuntView, TyrianError } from '../contracts/index.ts';
import { count } from './figures.ts';
import { progressLine } from './progress-line.ts';

const pollMilliseconds = 250;

/** Waits until a hunt has ended, with a line that tells how far it is. The signal cancels the hunt. Rejects with what it failed by. */
export async function followHunt(client: Client, ordered: HuntView, signal: AbortSignal): Promise<HuntView> {
  const line = progressLine();
  const { id } = ordered;
  try {
    for (let hunt = ordered; ; hunt = await client.hunt({ params: { id } }, { signal })) {
      if (hunt.ended_at !== null) return endedWell(hunt);
      line.show(progressText(hunt));
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
      signal.throwIfAborted();
    }
  } catch (error) {
    if (signal.aborted) await cancel(client, id);
    throw error;
  } finally {
    line.end();
  }
}

function progressText({ state, progress: { done, total, note } }: HuntView): string {
  if (total === null)
    return state === 'waiting' ? 'Waiting for other work' : 'Counting the events of the window';
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  return `${percent} %, ${count(done)} of ${count(total)} events, at ${note}`;
}

function endedWell(hunt: HuntView): HuntView {
  if (hunt.error !== null) throw new TyrianError(hunt.error.code as ErrorCode, hunt.error.message);
  if (hunt.state === 'cancelled') throw new DOMException('The hunt was cancelled', 'AbortError');
  return hunt;
}

/** Best effort: it may have ended meanwhile. */
async function cancel(client: Client, id: string): Promise<void> {
  try {
    await client.cancelHunt({ params: { id } });
    console.error(`${id} is told to stop; what it found so far is kept.`);
  } catch (error) {
    console.error(`${id} could not be told to stop: ${error instanceof Error ? error.message : error}`);
  }
}
