import * as z from 'zod';
import { HuntedRule, HuntedWindow, type HuntOutcome, HuntRule, maxHuntHits } from '../contracts/index.ts';
import type { JobContext, JobKind } from '../jobs/index.ts';
import type { SourceCatalogue } from '../normalise/index.ts';
import { rulesErrors } from './errors.ts';
import { bytesOf, rowBytesOf } from './hunt-cost.ts';
import type { HuntHits } from './hunt-hits.ts';
import { type Hunted, huntedOf, type SqlOf } from './hunt-rule.ts';
import { HuntDone, HuntRun } from './hunt-run.ts';
import { scan } from './hunt-scan.ts';
import type { HuntStore } from './hunt-store.ts';
import { stretchOf } from './hunt-stretch.ts';
import type { JudgedPack } from './in-force.ts';

export const huntKindName = 'rules.hunt';
const maxAttempts = 5;
/** Events of a slice: behind one the job remembers where it is. One that SQL alone looks through is faster done. */
const usualSlice = { judged: 500_000, exact: 2_000_000 } as const;

export const HuntParameters = z.strictObject({
  purpose: z.enum(['hunt', 'backtest']),
  rule: HuntRule,
  head: HuntedRule,
  /** Of the rule as it was when this was ordered. */
  logic: z.string(),
  window: HuntedWindow,
  limit: z.int().min(0).max(maxHuntHits),
});
export type HuntParameters = z.infer<typeof HuntParameters>;

export interface HuntOptions {
  readonly store: HuntStore;
  readonly catalogue: SourceCatalogue;
  /** The rules that are loaded. */
  readonly packs: () => readonly JudgedPack[];
  readonly sqlOf: SqlOf;
  /** Milliseconds up to which batches are whole. */
  readonly snapshot: () => number;
  readonly hits: HuntHits;
  /** New alerts an hour that a rule may open; see `alerts/`. */
  readonly alertsAnHour: number;
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Where another size of slices is wanted than the usual one. */
  readonly eventsASlice?: number;
}

/**
 * The job that looks for a rule's hits in stored events, for a hunt or a back-test. It goes by slices of time; after a restart it goes
 * on behind those that are done, over the events that were there when it began.
 */
export function huntKind(options: HuntOptions): JobKind<HuntParameters> {
  return {
    name: huntKindName,
    parameters: HuntParameters,
    maxAttempts,
    async run(context) {
      const { rule, logic } = context.parameters;
      const hunted = huntedOf(rule, { packs: options.packs(), sqlOf: options.sqlOf });
      if (hunted.logic === logic) return { ...(await hunt(options, context, hunted)) };
      const { title } = hunted.rule;
      throw rulesErrors.make('hunt_changed', `The rule '${title}' is another one since the hunt was ordered`);
    },
  };
}

async function hunt(
  options: HuntOptions,
  context: JobContext<HuntParameters>,
  hunted: Hunted,
): Promise<HuntOutcome> {
  const { store, now, snapshot } = options;
  const { tenant, signal, checkpoint } = context;
  const { eventsASlice = hunted.sql.exact ? usualSlice.exact : usualSlice.judged } = options;
  const before = checkpoint === undefined ? undefined : HuntDone.parse(checkpoint);
  const asked = { tenant, window: context.parameters.window, before, snapshot, eventsASlice };
  const { scope, whole, slices, events, days } = await stretchOf(store, asked, signal);
  const begun = before ?? { snapshot: scope.snapshot, at: whole.from, total: events, days };
  const run = new HuntRun({ options, context, hunted, done: begun });
  const candidates = hunted.sql;
  await scan(
    {
      ...{ store, scope, slices, candidates, now },
      judge: (event) => run.look(event),
      onPage: (slice, share) => run.pageDone(slice, share),
      onSlice: (slice) => run.sliceDone(slice),
    },
    signal,
  );
  const { done } = run;
  const sizes = await rowBytesOf(store, { scope, span: whole, candidates }, signal);
  return run.outcome(bytesOf(sizes, done.events, done.judged + done.kept));
}
