import * as z from 'zod';
import { type BackfillOutcome, HuntedRule, HuntedWindow } from '../contracts/index.ts';
import type { JobContext, JobKind } from '../jobs/index.ts';
import type { Journal, RecordedDetectionsRequest, recordedDetections } from '../journal/index.ts';
import { trust } from '../sql/index.ts';
import { knownDetections } from './backfill-known.ts';
import { BackfillDone, BackfillRun } from './backfill-run.ts';
import { rulesErrors } from './errors.ts';
import type { HuntOptions } from './hunt.ts';
import { bytesOf, rowBytesOf } from './hunt-cost.ts';
import type { Candidates } from './hunt-rows.ts';
import { scan } from './hunt-scan.ts';
import { stretchOf } from './hunt-stretch.ts';
import { rulesInForce } from './in-force.ts';
import { createRuleJudge, type RuleJudge } from './judge.ts';
import { type RuleMask, usualSetting } from './mask.ts';

export const backfillKindName = 'rules.backfill';
const maxAttempts = 5;
const usualSlice = 100_000;

export const BackfillParameters = z.strictObject({
  /** Null: all rules in force. */
  rule: HuntedRule.nullable(),
  window: HuntedWindow,
});
export type BackfillParameters = z.infer<typeof BackfillParameters>;

export interface BackfillOptions extends Omit<HuntOptions, 'hits' | 'alertsAnHour'> {
  readonly mask: Pick<RuleMask, 'of' | 'entries'>;
  readonly journal: Pick<Journal, 'detected' | 'settled'>;
  readonly recorded: (request: RecordedDetectionsRequest) => ReturnType<typeof recordedDetections>;
  /** Wall clock: when a detection is made. */
  readonly clock: () => Date;
}

/**
 * The job that judges stored events by the rules in force and makes the detections that are missing: of a rule that came later, or was off,
 * or could not judge. Ids of detections are made of rule logic and event, so one that is there already is left out, and a slice that is
 * done twice makes nothing new.
 */
export function backfillKind(options: BackfillOptions): JobKind<BackfillParameters> {
  /** Of tenants: two jobs at once would both find the same detections missing. */
  const running = new Map<string, Promise<BackfillOutcome>>();
  return {
    name: backfillKindName,
    parameters: BackfillParameters,
    maxAttempts,
    async run(context) {
      const before: Promise<unknown> = running.get(context.tenant) ?? Promise.resolve();
      const mine = before.catch(() => {}).then(() => backfill(options, context));
      running.set(context.tenant, mine);
      return { ...(await mine) };
    },
  };
}

async function backfill(
  options: BackfillOptions,
  context: JobContext<BackfillParameters>,
): Promise<BackfillOutcome> {
  const { store, now, journal, snapshot, eventsASlice = usualSlice } = options;
  const { tenant, signal, parameters, checkpoint } = context;
  const { judge, candidates } = judgeOf(options, tenant, parameters.rule?.id);
  const before = checkpoint === undefined ? undefined : BackfillDone.parse(checkpoint);
  const asked = { tenant, window: parameters.window, before, snapshot, eventsASlice };
  const { scope, whole, slices, events } = await stretchOf(store, asked, signal);
  const begun = before ?? { snapshot: scope.snapshot, at: whole.from, total: events };
  // After the snapshot: the detections of events that it shows were recorded before these.
  const known = await knownDetections(options.recorded, { tenant, span: whole, signal });
  const run = new BackfillRun({ options, context, judge, known, done: begun });
  await scan(
    {
      ...{ store, scope, slices, candidates, now },
      judge: (event) => run.look(event),
      onPage: (slice, share) => run.pageDone(slice, share),
      onSlice: (slice) => run.sliceDone(slice),
    },
    signal,
  );
  // Who ordered it looks at the alerts next.
  await journal.settled(signal);
  const sizes = await rowBytesOf(store, { scope, span: whole, candidates }, signal);
  return run.outcome(bytesOf(sizes, run.done.events, run.done.judged));
}

/** The rules in force, or one of them, and which rows any of them is about. */
function judgeOf(
  { packs, mask, sqlOf }: BackfillOptions,
  tenant: string,
  id: string | undefined,
): { readonly judge: RuleJudge; readonly candidates: Candidates } {
  const all = packs();
  if (id === undefined) {
    const judge = createRuleJudge(all, mask.entries());
    const where = trust(judge.where ?? '0');
    const candidates = { candidates: where, where, sure: trust('0'), exact: false, dense: true };
    return { judge, candidates };
  }
  refuseNotInForce({ packs, mask }, tenant, id);
  const rule = rulesInForce(all).rules.get(id)?.rule;
  const one = all.map((pack) => ({ ...pack, rules: pack.rules.filter((own) => own.id === id) }));
  const { candidates, where } =
    rule === undefined ? { candidates: trust('0'), where: trust('0') } : sqlOf(rule);
  return {
    judge: createRuleJudge(one, mask.entries()),
    candidates: { candidates, where, sure: trust('0'), exact: false },
  };
}

/** Throws `rules.unknown_rule` and `rules.not_in_force`. */
export function refuseNotInForce(
  { packs, mask }: Pick<BackfillOptions, 'packs' | 'mask'>,
  tenant: string,
  id: string,
): void {
  const pack = packs().findLast(({ rules }) => rules.some((rule) => rule.id === id));
  if (pack === undefined) throw rulesErrors.make('unknown_rule', `There is no rule '${id}'`);
  if (!(mask.of(tenant, id) ?? usualSetting(pack, id)).enabled)
    throw rulesErrors.make('not_in_force', `The rule '${id}' is off; put it in force first`);
}
