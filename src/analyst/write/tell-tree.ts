import type { Evidence } from '../../contracts/index.ts';
import { launchesOf, parentsAmong } from '../evidence/tree.ts';
import { cellClaim, labelled, type Told, textAt, valueText } from './told.ts';

/** Deepest indentation that is shown. */
const maxIndent = 12;
const detail = ['process_pid', 'actor_user_name', 'user_name', 'process_cmd_line'] as const;

/**
 * Lines of a process tree, each child under its parent: `– – \`cmd.exe\` at 2024-05-01 12:00:03, pid 42, …`.
 * A row that is its own ancestor hangs at the top.
 */
export function tellTree(evidence: Evidence, limit: number): readonly Told[] {
  return orderTree(evidence)
    .slice(0, limit)
    .map(({ row, depth }) => tellNode(evidence, row, depth));
}

function tellNode(evidence: Evidence, row: number, depth: number): Told {
  const at = (column: string) => textAt(evidence, row, column);
  const name = at('process_name') === '' ? 'process_path' : 'process_name';
  const time = at('time');
  const used = detail.filter((column) => at(column) !== '');
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
  parents.forEach((parent, row) => {
    const key = parent !== undefined && isRooted(parents, row) ? parent : undefined;
    children.set(key, [...(children.get(key) ?? []), row]);
  });
  const found: Node[] = [];
  const waiting: Node[] = (children.get(undefined) ?? []).map((row) => ({ row, depth: 0 })).reverse();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    found.push(node);
    const { depth } = node;
    for (const row of (children.get(node.row) ?? []).toReversed()) waiting.push({ row, depth: depth + 1 });
  }
  return found;
}

/** For each row the row that launched it, by the rule that the evidence was gathered with. */
function parentsOf({ columns, rows }: Evidence): readonly (number | undefined)[] {
  const launches = launchesOf(columns, rows);
  const rowOf = new Map(launches.map((launch, row) => [launch, row]));
  return launches.map((launch) => {
    const [parent] = parentsAmong(launches, [launch]);
    return parent === undefined ? undefined : rowOf.get(parent);
  });
}

/** Follows parents up; a ring (reused ids) has no root. */
function isRooted(parents: readonly (number | undefined)[], row: number): boolean {
  let at: number | undefined = row;
  for (let steps = 0; steps <= parents.length; steps += 1) {
    at = parents[at];
    if (at === undefined) return true;
  }
  return false;
}
