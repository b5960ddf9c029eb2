import type { StoredCell } from '../../store/index.ts';
import type { Relatives } from '../plan/compile/process-tree.ts';

/** A launch as the rounds of a process tree see it. */
export interface Launch {
  readonly id: string;
  /** ISO 8601 in UTC, '' when absent: compares as text. */
  readonly time: string;
  readonly host: string;
  readonly name: string;
  readonly pid: string;
  readonly uid: string;
  readonly parentName: string;
  readonly parentPid: string;
  readonly parentUid: string;
}

/** Reads launches from rows by column name. */
export function launchesOf(
  columns: readonly { readonly name: string }[],
  rows: readonly (readonly StoredCell[])[],
): readonly Launch[] {
  const index = new Map(columns.map(({ name }, at) => [name, at]));
  return rows.map((row) => {
    const text = (name: string) => {
      const cell = row[index.get(name) ?? -1];
      return typeof cell === 'string' ? cell : '';
    };
    return {
      id: text('event_id'),
      time: text('time'),
      host: text('device_hostname').toLowerCase(),
      name: text('process_name').toLowerCase(),
      pid: text('process_pid'),
      uid: text('process_uid'),
      parentName: text('parent_process_name').toLowerCase(),
      parentPid: text('parent_process_pid'),
      parentUid: text('parent_process_uid'),
    };
  });
}

/**
 * Whether `parent` may have launched `child`. GUIDs decide where both events have them; else host and process id,
 * with the name where both know it, and the parent's launch not after the child's (process ids are used again).
 */
export function isParent(parent: Launch, child: Launch): boolean {
  if (parent.id === child.id) return false;
  if (parent.uid !== '' && child.parentUid !== '') return parent.uid === child.parentUid;
  if (parent.pid === '' || parent.pid !== child.parentPid || parent.host !== child.host) return false;
  const namesAgree = child.parentName === '' || parent.name === '' || child.parentName === parent.name;
  return namesAgree && parent.time <= child.time;
}

/** Of the candidates those that are parents of `children`: for each child all that its GUID names, else the latest. */
export function parentsAmong(candidates: readonly Launch[], children: readonly Launch[]): readonly Launch[] {
  const found = new Set<Launch>();
  for (const child of children) {
    const parents = candidates.filter((candidate) => isParent(candidate, child));
    const byUid = parents.filter(({ uid }) => uid !== '' && uid === child.parentUid);
    const latest = parents.reduce<Launch | undefined>(
      (best, parent) => (best === undefined || parent.time >= best.time ? parent : best),
      undefined,
    );
    for (const parent of byUid.length > 0 ? byUid : latest === undefined ? [] : [latest]) found.add(parent);
  }
  return [...found];
}

/** Of the candidates those that one of `parents` launched. */
export function childrenAmong(candidates: readonly Launch[], parents: readonly Launch[]): readonly Launch[] {
  return candidates.filter((candidate) => parents.some((parent) => isParent(parent, candidate)));
}

/** By what the parents (`up`) or children (`down`) of these launches are looked for. */
export function relativesOf(launches: readonly Launch[], direction: 'up' | 'down'): Relatives {
  const uids = launches.map(({ uid, parentUid }) => (direction === 'up' ? parentUid : uid));
  const pids = new Map<string, Set<bigint>>();
  for (const launch of launches) {
    const pid = direction === 'up' ? launch.parentPid : launch.pid;
    if (!/^\d{1,20}$/.test(pid) || launch.host === '') continue;
    const known = pids.get(launch.host) ?? new Set<bigint>();
    pids.set(launch.host, known.add(BigInt(pid)));
  }
  return {
    uids: [...new Set(uids.filter((uid) => uid !== ''))],
    pids: [...pids].map(([host, ids]) => ({ host, pids: [...ids] })),
  };
}
