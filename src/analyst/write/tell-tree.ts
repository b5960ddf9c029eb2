import type { Evidence } from '../../contracts/index.ts';
import { cellClaim, labelled, type Told, textAt, valueText } from './told.ts';

/** Deepest indentation that is shown. */
const maxIndent = 12;
const detail = ['process_pid', 'actor_user_name', 'user_name', 'process_cmd_line'] as const;

/**
 * Lines of a process tree, each child under its parent: `– – \`cmd.exe\` at 2024-05-01 12:00:03, pid 42, …`.
 * Parents are found by uid, else by pid; a row that is its own ancestor hangs at the top.
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
  const parents = evidence.rows.map((_, row) => parentOf(evidence, row));
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

/** The row whose process is this one's parent. */
function parentOf(evidence: Evidence, row: number): number | undefined {
  const index = indexOf(evidence);
  const host = textAt(evidence, row, 'device_hostname');
  const uid = textAt(evidence, row, 'parent_process_uid');
  const pid = textAt(evidence, row, 'parent_process_pid');
  const found =
    (uid === '' ? undefined : index.get(`uid ${uid}`)) ??
    (pid === '' ? undefined : index.get(`pid ${host} ${pid}`));
  return found === row ? undefined : found;
}

const indexes = new WeakMap<Evidence, ReadonlyMap<string, number>>();

function indexOf(evidence: Evidence): ReadonlyMap<string, number> {
  const known = indexes.get(evidence);
  if (known !== undefined) return known;
  const index = new Map<string, number>();
  evidence.rows.forEach((_, row) => {
    const uid = textAt(evidence, row, 'process_uid');
    const pid = textAt(evidence, row, 'process_pid');
    if (uid !== '') index.set(`uid ${uid}`, row);
    if (pid !== '') index.set(`pid ${textAt(evidence, row, 'device_hostname')} ${pid}`, row);
  });
  indexes.set(evidence, index);
  return index;
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
