import type { Evidence } from '../../contracts/index.ts';
import { type Launch, launchesOf, parentsAmong } from '../evidence/tree.ts';
import { cellClaim, isRepeated, labelled, type Told, textAt, valueText } from './told.ts';

/** Deepest indentation that is shown. */
const maxIndent = 12;
const detail = ['process_pid', 'actor_user_name', 'user_name', 'process_cmd_line'] as const;

/**
 * Lines of a process tree, each child under its parent: `– – \`cmd.exe\` at 2024-05-01 12:00:03, pid 42, …`.
 * A row that is its own ancestor hangs at the top.
 */
export function tellTree(evidence: Evidence): readonly Told[] {
  return orderTree(evidence).map(({ row, depth }) => tellNode(evidence, row, depth));
}

function tellNode(evidence: Evidence, row: number, depth: number): Told {
  const at = (column: string) => textAt(evidence, row, column);
  const name = at('process_name') === '' ? 'process_path' : 'process_name';
  const time = at('time');
  const used = detail.filter((column) => at(column) !== '' && !isRepeated(column, at));
  const parts = [
    `${valueText(name, at(name))}${time === '' ? '' : ` at ${valueText('time', time)}`}`,
    ...used.map((column) => labelled(column, at(column))),
  ];
  const columns = [name, 'time', ...used].filter((column) => at(column) !== '');
  return {
    text: `${'– '.repeat(Math.min(depth, maxIndent))}${parts.join(', ')}.`,
    claims: [cellClaim(evidence, row, columns)],
  };
}

interface Node {
  readonly row: number;
  readonly depth: number;
}

function orderTree(evidence: Evidence): readonly Node[] {
  const parents = parentsOf(evidence);
  const children = new Map<number | undefined, number[]>();
  for (const [row, parent] of parents) {
    const key = parent !== undefined && isRooted(parents, row) ? parent : undefined;
    children.set(key, [...(children.get(key) ?? []), row]);
  }
  const found: Node[] = [];
  const waiting: Node[] = (children.get(undefined) ?? []).map((row) => ({ row, depth: 0 })).reverse();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    found.push(node);
    const { depth } = node;
    for (const row of (children.get(node.row) ?? []).toReversed()) waiting.push({ row, depth: depth + 1 });
  }
  return found;
}

/**
 * For each launch the row that launched it, by the rule that the evidence was gathered with. A launch that two logs
 * report (Sysmon 1 and Security 4688) stands once, by the report that has a process GUID.
 */
function parentsOf({ columns, rows }: Evidence): ReadonlyMap<number, number | undefined> {
  const launches = launchesOf(columns, rows);
  const rowOf = new Map(launches.map((launch, row) => [launch, row]));
  const primary = launches.map((launch) => reportsOf(launch, launches)[0] ?? launch);
  return new Map(
    launches.flatMap((launch, row) => {
      if (primary[row] !== launch) return [];
      const [parent] = reportsOf(launch, launches).flatMap((report) => parentsAmong(launches, [report]));
      const known = parent === undefined ? undefined : primary[rowOf.get(parent) ?? -1];
      return [[row, known === undefined || known === launch ? undefined : rowOf.get(known)] as const];
    }),
  );
}

/** Logs write the same launch a little apart. */
const reportsApartMs = 2_000;

/** The launches that are reports of this one, itself too; those with a process GUID first. */
function reportsOf(launch: Launch, launches: readonly Launch[]): readonly Launch[] {
  const isReport = (other: Launch) =>
    other === launch ||
    (launch.pid !== '' &&
      other.pid === launch.pid &&
      other.host === launch.host &&
      other.name === launch.name &&
      (other.uid === '' || launch.uid === '' || other.uid === launch.uid) &&
      Math.abs(Date.parse(other.time) - Date.parse(launch.time)) <= reportsApartMs);
  return launches
    .filter(isReport)
    .toSorted((left, right) => Number(left.uid === '') - Number(right.uid === ''));
}

/** Follows parents up; a ring (reused ids) has no root. */
function isRooted(parents: ReadonlyMap<number, number | undefined>, row: number): boolean {
  let at: number | undefined = row;
  for (let steps = 0; steps <= parents.size; steps += 1) {
    at = parents.get(at);
    if (at === undefined) return true;
  }
  return false;
}
