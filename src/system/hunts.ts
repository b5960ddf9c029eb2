import { compileRuleSql, type SigmaRule } from '../detect/index.ts';
import type { JobDesk, JobKind } from '../jobs/index.ts';
import { type RecordedDetectionsRequest, recordedDetections } from '../journal/index.ts';
import { fieldSql } from '../normalise/index.ts';
import {
  backfillKind,
  createHuntHits,
  createHunts,
  type HuntStore,
  type Hunts,
  huntKind,
} from '../rules/index.ts';
import { trust } from '../sql/index.ts';
import type { Tyrian } from './tyrian.ts';

/** Seconds of a statement: of one over a slice of events, and of one that somebody waits for. */
const maxSeconds = { slice: 600, order: 60 } as const;
/** Characters: rules with lists of thousands of values are several times longer than the engine's usual 262,144. */
const maxStatement = 16 * 1024 * 1024;
/** New alerts an hour that a rule may open unless a tenant says otherwise: what a prediction counts by. */
const alertsAnHour = 100;

/** Hunts, back-tests and back-fills over the engines of an open Tyrian. */
export function composeHunts(tyrian: Tyrian): {
  readonly kinds: readonly JobKind[];
  readonly over: (jobs: JobDesk) => Hunts;
} {
  const { workflow, catalogue } = tyrian;
  const { state, journal, mask, rules, topics } = workflow;
  const storeIn = (lane: 'background' | 'interactive', seconds: number): HuntStore => ({
    rows: (sql, { signal, settings = {} }) =>
      tyrian.store.rows(trust(sql), {
        ...{ lane, signal, maxSeconds: seconds },
        settings: { max_query_size: maxStatement, ...settings },
      }),
  });
  const options = {
    ...{
      store: storeIn('background', maxSeconds.slice),
      catalogue,
      journal,
      mask,
      hits: createHuntHits(state),
    },
    ...{ packs: () => rules.packs(), snapshot: () => tyrian.snapshot(), alertsAnHour },
    ...{ now: () => performance.now(), clock: () => new Date() },
    // Sources may change while it is open: what columns hold is asked for each rule anew.
    sqlOf: (rule: SigmaRule) => compileRuleSql(rule, fieldSql(catalogue)),
    recorded: (request: RecordedDetectionsRequest) => recordedDetections(topics, request),
  };
  return {
    kinds: [huntKind(options) as JobKind, backfillKind(options) as JobKind],
    over: (jobs) => createHunts({ ...options, jobs, store: storeIn('interactive', maxSeconds.order) }),
  };
}
