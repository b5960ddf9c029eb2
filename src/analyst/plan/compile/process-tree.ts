import type { HuntQuery, HuntWindow } from '../../../contracts/index.ts';
import type { Condition, RowsQuery } from '../../../sql/index.ts';
import { processColumns } from '../columns.ts';
import { whereOf } from './query.ts';

export type ProcessTreeQuery = Extract<HuntQuery, { readonly kind: 'process_tree' }>;

/** OCSF process activity (1007), activity 1: launch. */
const launches: readonly Condition[] = [
  { kind: 'eq', column: 'class_uid', value: 1007 },
  { kind: 'eq', column: 'activity_id', value: 1 },
];

const events = { kind: 'table', name: 'events' } as const;
const oldestFirst = [
  { column: 'time', direction: 'asc' },
  { column: 'event_id', direction: 'asc' },
] as const;

function launchRows(
  query: ProcessTreeQuery,
  window: HuntWindow,
  more: readonly Condition[],
  found: boolean,
): RowsQuery {
  return {
    kind: 'rows',
    from: events,
    columns: processColumns,
    ...whereOf(found ? query.where : [], window, [...launches, ...more]),
    orderBy: oldestFirst,
    limit: query.limit,
  };
}

/** The launches that the question names. */
export const treeSeeds = (query: ProcessTreeQuery, window: HuntWindow): RowsQuery =>
  launchRows(query, window, [], true);

/** What is known of processes whose relatives are looked for. */
export interface Relatives {
  readonly uids: readonly string[];
  /** Process ids of hosts, for events without GUIDs. */
  readonly pids: readonly { readonly host: string; readonly pids: readonly bigint[] }[];
}

/** Launches of these processes themselves (`up`: they are parents of what is known), or of their children. */
export function treeRound(
  query: ProcessTreeQuery,
  window: HuntWindow,
  direction: 'up' | 'down',
  { uids, pids }: Relatives,
): RowsQuery {
  const [uid, pid] =
    direction === 'up' ? ['process_uid', 'process_pid'] : ['parent_process_uid', 'parent_process_pid'];
  const byUid: readonly Condition[] = uids.length === 0 ? [] : [{ kind: 'in', column: uid, values: uids }];
  const byPid = pids.map(
    ({ host, pids: ids }): Condition => ({
      kind: 'and',
      conditions: [
        { kind: 'eq', column: 'device_hostname', value: host, ignoreCase: true },
        { kind: 'in', column: pid, values: ids },
      ],
    }),
  );
  return launchRows(query, window, [{ kind: 'or', conditions: [...byUid, ...byPid] }], false);
}

/** The launches with these ids: what the rounds found, as one statement that can be run again. */
export function treeOf(query: ProcessTreeQuery, ids: readonly string[]): RowsQuery {
  return {
    kind: 'rows',
    from: events,
    columns: processColumns,
    where: { kind: 'in', column: 'event_id', values: ids },
    orderBy: oldestFirst,
    limit: query.limit,
  };
}
