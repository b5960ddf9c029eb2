import * as z from 'zod';
import type { HuntHit, HuntOutcome } from '../contracts/index.ts';
import { entityOf } from '../detect/index.ts';
import type { JobContext } from '../jobs/index.ts';
import { predictionOf } from './backtest.ts';
import { bounded } from './detection-of.ts';
import type { HuntOptions, HuntParameters } from './hunt.ts';
import { createStoredJudge, type StoredJudge } from './hunt-judge.ts';
import { type Tell, teller } from './hunt-progress.ts';
import type { StoredEvent } from './hunt-rows.ts';
import type { Hunted } from './hunt-rule.ts';
import type { Slice } from './hunt-slices.ts';
import { createTally, noHits, type Tally, TallyState, topEntities } from './hunt-tally.ts';

const count = z.int().nonnegative();

/** What is done for good: all events of before `at`. */
export const HuntDone = z.object({
  snapshot: count,
  at: z.int(),
  /** Events of the whole window, and days that hold some. */
  total: count,
  days: count,
  ...{ events: count, judged: count, unreadable: count, kept: count },
  seconds: z.number(),
  tally: TallyState,
});
export type HuntDone = z.infer<typeof HuntDone>;

const nothing = { events: 0, judged: 0, unreadable: 0, kept: 0, seconds: 0, tally: noHits } as const;

export interface HuntRunParts {
  readonly options: HuntOptions;
  readonly context: JobContext<HuntParameters>;
  readonly hunted: Hunted;
  /** Of an earlier attempt, or what this one begins with. */
  readonly done: HuntDone | Pick<HuntDone, 'snapshot' | 'at' | 'total' | 'days'>;
}

/** A hunt under way: what is done for good, and what its open slice has come to. */
export class HuntRun {
  readonly #parts: HuntRunParts;
  readonly #hitsOf: StoredJudge;
  readonly #tally: Tally;
  readonly #tell: Tell;
  readonly #secondsBefore: number;
  readonly #began: number;
  #done: HuntDone;
  #found: HuntHit[] = [];
  #judged = 0;
  #unreadable = 0;

  constructor(parts: HuntRunParts) {
    const { options, context, hunted, done } = parts;
    this.#parts = parts;
    this.#done = { ...nothing, ...done };
    this.#hitsOf = createStoredJudge({ ...options, judge: hunted.judge, tenant: context.tenant });
    this.#tally = createTally(this.#done.tally, options);
    this.#tell = teller(context, { now: options.now, total: done.total });
    this.#secondsBefore = this.#done.seconds;
    this.#began = options.now();
  }

  /** Looks at one event of the open slice. */
  look(event: StoredEvent): void {
    const isKept = this.#done.kept + this.#found.length < this.#parts.context.parameters.limit;
    if (!event.sure) this.#judged += 1;
    // Where SQL is sure the fields that matched are looked for only in hits that are kept.
    const hits = event.sure && !isKept ? [] : this.#hitsOf(event);
    if (!event.sure && hits === undefined) this.#unreadable += 1;
    const [hit] = hits ?? [];
    if (hit === undefined && !event.sure) return;
    const { eventId, time, receivedAt, source, columns } = event;
    const entity = entityOf(this.#parts.hunted.rule, { source, attributes: columns });
    this.#tally.add({ at: time ?? receivedAt, entity });
    const matched = [...bounded(hit?.matched ?? [])];
    if (isKept)
      this.#found.push({ event_id: eventId, time, received_at: receivedAt, source, entity, matched });
  }

  /** `share` of the slice's events lie behind. */
  async pageDone(slice: Slice, share: number): Promise<void> {
    await this.#tell(this.#done.events + slice.events * share, slice, this.#tally.hits());
  }

  /** First the hits are kept, then it is written down that they are: a slice that is done again has the same. */
  async sliceDone(slice: Slice): Promise<void> {
    const { options, context } = this.#parts;
    await options.hits.save(context.tenant, context.id, this.#done.kept + 1, this.#found);
    this.#tally.passed(slice.to);
    this.#done = {
      ...this.#done,
      at: slice.to,
      events: this.#done.events + slice.events,
      kept: this.#done.kept + this.#found.length,
      judged: this.#done.judged + this.#judged,
      unreadable: this.#done.unreadable + this.#unreadable,
      seconds: this.#seconds(),
      tally: this.#tally.state(),
    };
    this.#found = [];
    this.#judged = 0;
    this.#unreadable = 0;
    await context.save(this.#done);
    await this.#tell(this.#done.events, slice, this.#tally.hits());
  }

  get done(): HuntDone {
    return this.#done;
  }

  /** What it came to; `bytes` is what it read. */
  outcome(bytes: number): HuntOutcome {
    const { events, judged, unreadable, kept, tally, days } = this.#done;
    const { hits, alerts } = tally;
    return {
      ...{ events, judged, unreadable, bytes, hits, kept },
      seconds: Math.round(this.#seconds() * 1_000) / 1_000,
      days: tally.days,
      days_total: tally.daysTotal,
      entities: [...topEntities(tally)],
      entities_total: tally.entities.length,
      entities_complete: tally.entitiesComplete,
      prediction: predictionOf({ events, days, hits, alerts }),
    };
  }

  #seconds(): number {
    return this.#secondsBefore + (this.#parts.options.now() - this.#began) / 1_000;
  }
}
