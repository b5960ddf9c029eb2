import { hash } from 'node:crypto';
import * as z from 'zod';
import type { BackfillOutcome, Detection } from '../contracts/index.ts';
import type { JobContext } from '../jobs/index.ts';
import type { BackfillOptions, BackfillParameters } from './backfill.ts';
import { type DetectedEvent, detectionOf, isLoud } from './detection-of.ts';
import { rulesErrors } from './errors.ts';
import { createStoredJudge, type StoredJudge } from './hunt-judge.ts';
import { type Tell, teller } from './hunt-progress.ts';
import type { StoredEvent } from './hunt-rows.ts';
import type { Slice } from './hunt-slices.ts';
import type { RuleHit, RuleJudge } from './judge.ts';

/** Detections that one back-fill makes: what is beyond would bury all other alerts. */
const maxDetections = 100_000;

const count = z.int().nonnegative();
const Counts = z.object({ judged: count, unreadable: count, hits: count, detections: count, known: count });
type Counts = z.infer<typeof Counts>;

const none: Counts = { judged: 0, unreadable: 0, hits: 0, detections: 0, known: 0 };

/** What is done for good: all events of before `at`. */
export const BackfillDone = z.object({
  ...{ snapshot: count, at: z.int(), total: count, events: count, seconds: z.number() },
  ...Counts.shape,
});
type BackfillDone = z.infer<typeof BackfillDone>;

export interface BackfillRunParts {
  readonly options: BackfillOptions;
  readonly context: JobContext<BackfillParameters>;
  readonly judge: RuleJudge;
  /** Ids of the detections that are there already. */
  readonly known: Set<string>;
  /** Of an earlier attempt, or what this one begins with. */
  readonly done: BackfillDone | Pick<BackfillDone, 'snapshot' | 'at' | 'total'>;
}

/** A back-fill under way: what is done for good, and what its open slice has come to. */
export class BackfillRun {
  readonly #parts: BackfillRunParts;
  readonly #hitsOf: StoredJudge;
  readonly #tell: Tell;
  readonly #secondsBefore: number;
  readonly #began: number;
  #done: BackfillDone;
  #open: Counts = none;
  #made: Detection[] = [];

  constructor(parts: BackfillRunParts) {
    const { options, context, judge, done } = parts;
    this.#parts = parts;
    this.#done = { ...none, events: 0, seconds: 0, ...done };
    this.#hitsOf = createStoredJudge({ ...options, judge, tenant: context.tenant });
    this.#tell = teller(context, { now: options.now, total: done.total });
    this.#secondsBefore = this.#done.seconds;
    this.#began = options.now();
  }

  /** Judges one event of the open slice. */
  look(event: StoredEvent): void {
    const hits = this.#hitsOf(event);
    this.#count({ judged: 1, unreadable: hits === undefined ? 1 : 0 });
    const loud = (hits ?? []).filter(isLoud);
    if (loud.length === 0) return;
    const detected = detectedEvent(this.#parts.context.tenant, event);
    for (const hit of loud) this.#take(detected, hit);
  }

  /** Detections are on disk before the next page is looked at. Throws `rules.backfill_too_noisy`. */
  async pageDone(slice: Slice, share: number): Promise<void> {
    const made = this.#made;
    this.#made = [];
    await this.#parts.options.journal.detected(made);
    if (this.#done.detections + this.#open.detections >= maxDetections)
      throw rulesErrors.make(
        'backfill_too_noisy',
        `${maxDetections} detections were made up to about ${new Date(slice.from).toISOString()}; look at the rules before more are`,
      );
    await this.#tell(this.#done.events + slice.events * share, slice, this.#done.hits + this.#open.hits);
  }

  async sliceDone(slice: Slice): Promise<void> {
    const done = { ...this.#done, ...sum(this.#done, this.#open) };
    this.#done = { ...done, at: slice.to, events: done.events + slice.events, seconds: this.#seconds() };
    this.#open = none;
    await this.#parts.context.save(this.#done);
    await this.#tell(this.#done.events, slice, this.#done.hits);
  }

  get done(): BackfillDone {
    return this.#done;
  }

  /** What it came to; `bytes` is what it read. */
  outcome(bytes: number): BackfillOutcome {
    const { events, judged, unreadable, hits, detections, known } = this.#done;
    const seconds = Math.round(this.#seconds() * 1_000) / 1_000;
    return { events, judged, unreadable, bytes, seconds, hits, detections, known };
  }

  #take(detected: DetectedEvent, hit: RuleHit): void {
    const { options, known } = this.#parts;
    const detection = detectionOf(detected, hit, options.clock());
    const isKnown = known.has(detection.id);
    this.#count({ hits: 1, known: isKnown ? 1 : 0, detections: isKnown ? 0 : 1 });
    if (isKnown) return;
    known.add(detection.id);
    this.#made.push(detection);
  }

  #count(more: Partial<Counts>): void {
    this.#open = sum(this.#open, { ...none, ...more });
  }

  #seconds(): number {
    return this.#secondsBefore + (this.#parts.options.now() - this.#began) / 1_000;
  }
}

const sum = (one: Counts, other: Counts): Counts => ({
  judged: one.judged + other.judged,
  unreadable: one.unreadable + other.unreadable,
  hits: one.hits + other.hits,
  detections: one.detections + other.detections,
  known: one.known + other.known,
});

/** What of an event stands in its detections, the same as when the pipeline makes them. */
function detectedEvent(
  tenant: string,
  { eventId, time, receivedAt, source, raw }: StoredEvent,
): DetectedEvent {
  const raw_sha256 = hash('sha256', raw, 'hex');
  return { tenant, event: { event_id: eventId, time, received_at: receivedAt, source, raw_sha256 } };
}
