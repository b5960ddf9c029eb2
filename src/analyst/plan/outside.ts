import type { HuntCondition, HuntPlan, HuntQuery, HuntWindow } from '../../contracts/index.ts';
import { everything, isEverything } from './time/window.ts';

/** The query id of the evidence that tells what lies outside a window that nobody asked for. */
export const outsideId = 'outside';

/** A query with the window that it reads. */
export interface WindowedQuery {
  readonly query: HuntQuery;
  readonly window: HuntWindow;
}

const maxPurpose = 200;

/** OCSF process activity (1007), activity 1: a process tree is made of launches. */
const launches: readonly HuntCondition[] = [
  { fields: ['class_uid'], op: 'equals', values: ['1007'], negated: false },
  { fields: ['activity_id'], op: 'equals', values: ['1'], negated: false },
];

/** The query whose emptiness says that the window holds nothing of what is asked for. */
export const countedQuery = ({ queries }: HuntPlan): HuntQuery | undefined =>
  queries.find(({ kind }) => kind === 'first_last') ?? queries[0];

/**
 * How many events meet the same conditions at any time, and when. Undefined when the question named its window, or
 * when everything was read.
 */
export function outsideOf(plan: HuntPlan): WindowedQuery | undefined {
  const counted = countedQuery(plan);
  if (plan.window.anchor === 'stated' || isEverything(plan.window) || counted === undefined) return undefined;
  const more = counted.kind === 'process_tree' ? launches : [];
  return {
    query: {
      kind: 'first_last',
      id: outsideId,
      purpose: `outside the window, ${counted.purpose}`.slice(0, maxPurpose),
      where: [...counted.where, ...more],
    },
    window: { ...everything, anchor: 'default' },
  };
}

/** The query that an evidence was read by; undefined when the plan has none of this id. */
export function queryOf(plan: HuntPlan, id: string): WindowedQuery | undefined {
  if (id === outsideId) return outsideOf(plan);
  const query = plan.queries.find((each) => each.id === id);
  return query === undefined ? undefined : { query, window: plan.window };
}
