import { setImmediate } from 'node:timers/promises';
import { Detection } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import { topicNames } from './tables.ts';
import { readPage } from './topic-page.ts';

const pageEntries = 500;

export interface RecordedDetectionsRequest {
  readonly tenant: string;
  /** Detections that were made from then on. */
  readonly since: Date;
  /** At most so many entries of the topic, of all tenants: the newest. */
  readonly atMost: number;
  readonly signal: AbortSignal;
}

/**
 * Detections of a tenant as the topic has them, oldest first, in pages; `complete` is false when so many entries do not reach back to
 * `since`. Between pages others have their turn. Throws what topics throw, and the signal's reason.
 */
export async function recordedDetections(
  topics: Topics,
  request: RecordedDetectionsRequest,
): Promise<{ readonly complete: boolean; readonly pages: AsyncIterable<readonly Detection[]> }> {
  const { first, next } = await topics.ends(topicNames.detections);
  const start = await startOf(topics, { from: first, to: next, since: request.since.getTime() });
  const from = Math.max(start, next - request.atMost);
  return { complete: from === start, pages: pagesOf(topics, request, { from, to: next }) };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The first entry that was made at a time or after: times rise with offsets, but for a few that came out of turn. */
async function startOf(topics: Topics, range: Range & { readonly since: number }): Promise<number> {
  let { from, to } = range;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const at = await timeAt(topics, middle);
    if (at !== undefined && at < range.since) from = middle + 1;
    else to = middle;
  }
  return from;
}

async function timeAt(topics: Topics, offset: number): Promise<number | undefined> {
  const [entry] = await readPage(topics, {
    ...{ topic: topicNames.detections, schema: Detection, from: offset, limit: 1 },
  });
  return entry === undefined || 'fault' in entry ? undefined : Date.parse(entry.value.detected_at);
}

async function* pagesOf(
  topics: Topics,
  { tenant, since, signal }: RecordedDetectionsRequest,
  { from, to }: Range,
): AsyncGenerator<readonly Detection[]> {
  for (let next = from; next < to; ) {
    signal.throwIfAborted();
    const entries = await readPage(topics, {
      ...{ topic: topicNames.detections, schema: Detection, from: next, limit: pageEntries },
    });
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries.flatMap((entry) =>
      'fault' in entry ||
      entry.value.tenant !== tenant ||
      Date.parse(entry.value.detected_at) < since.getTime()
        ? []
        : [entry.value],
    );
    next = last.offset + 1;
    await setImmediate();
  }
}
