import type { HuntWindow } from '../../contracts/index.ts';
import type { RowsQuery } from '../../sql/index.ts';
import { type ProcessTreeQuery, treeOf, treeRound, treeSeeds } from '../plan/compile/process-tree.ts';
import { type Access, readOptions } from './access.ts';
import { childrenAmong, type Launch, launchesOf, parentsAmong, relativesOf } from './tree.ts';

/** What the rounds found: one query whose rows are the tree, and whether a bound cut it. */
export interface FoundTree {
  readonly query: RowsQuery;
  readonly truncated: boolean;
}

/**
 * Finds the launches that a question names, then in rounds their ancestors and descendants, until nothing new comes,
 * the depth is reached or there are `limit` launches.
 */
export async function findTree(
  query: ProcessTreeQuery,
  window: HuntWindow,
  access: Access,
): Promise<FoundTree> {
  const seeds = await readLaunches(treeSeeds(query, window), access);
  const known = new Map(seeds.launches.map((launch) => [launch.id, launch]));
  if (known.size === 0) return { query: treeSeeds(query, window), truncated: false };
  const grow = (direction: 'up' | 'down') =>
    growTree({ query, window, access, known, direction }, seeds.launches);
  const up = await grow('up');
  const down = await grow('down');
  const ids = [...known.keys()].sort((a, b) => (a < b ? -1 : 1));
  return { query: treeOf(query, ids), truncated: seeds.truncated || up || down };
}

interface Growth {
  readonly query: ProcessTreeQuery;
  readonly window: HuntWindow;
  readonly access: Access;
  /** Launches by event id; grows. */
  readonly known: Map<string, Launch>;
  readonly direction: 'up' | 'down';
}

/** Resolves to true when a bound left relatives out. */
async function growTree(growth: Growth, seeds: readonly Launch[]): Promise<boolean> {
  const { query, window, access, known, direction } = growth;
  let frontier = seeds;
  for (let round = 0; round < query.depth && frontier.length > 0; round++) {
    const relatives = relativesOf(frontier, direction);
    if (relatives.uids.length === 0 && relatives.pids.length === 0) return false;
    const found = await readLaunches(treeRound(query, window, direction, relatives), access);
    const among = direction === 'up' ? parentsAmong : childrenAmong;
    const fresh = among(found.launches, frontier).filter(({ id }) => !known.has(id));
    const room = query.limit - known.size;
    for (const launch of fresh.slice(0, room)) known.set(launch.id, launch);
    if (found.truncated || fresh.length > room) return true;
    frontier = fresh;
  }
  return false;
}

async function readLaunches(query: RowsQuery, access: Access) {
  const { columns, rows, truncated } = await access.store.read(access.scope, query, readOptions(access));
  return { launches: launchesOf(columns, rows), truncated };
}
