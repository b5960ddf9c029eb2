import type { Evidence, HuntPlan, HuntWindow } from '../../contracts/index.ts';
import type { Query, ReadScope } from '../../sql/index.ts';
import { type ProcessTreeQuery, treeOf, treeSeeds } from '../plan/compile/process-tree.ts';
import { compileQuery } from '../plan/compile/query.ts';
import { queryOf, type WindowedQuery } from '../plan/outside.ts';
import type { Access } from './access.ts';
import { readOptions } from './access.ts';
import { rowHash } from './row-hash.ts';
import { project } from './shown.ts';

/** What a re-run gave. Rows may have expired or been erased since; then both counts tell. */
export type Reread =
  | { readonly kind: 'same'; readonly rows: number }
  | {
      readonly kind: 'changed';
      readonly rows_then: number;
      readonly rows_now: number;
      readonly row_hash: string;
    };

export interface RereadAccess extends Omit<Access, 'scope'> {
  /** The asker's scope at a snapshot in milliseconds: a re-run never reads more than the asker may. */
  readonly scopeAt: (snapshot: number) => ReadScope;
}

/**
 * Runs the query of an evidence again at the evidence's own snapshot and compares the hash of its named columns. The
 * statement is made from the plan anew: text that was stored is never run. Resolves to undefined when the plan has no
 * such query.
 */
export async function reread(
  evidence: Evidence,
  plan: HuntPlan,
  access: RereadAccess,
): Promise<Reread | undefined> {
  const planned = queryOf(plan, evidence.query_id);
  if (planned === undefined) return undefined;
  const options = {
    ...readOptions({ ...access, scope: access.scopeAt(Date.parse(evidence.snapshot)) }),
    ...(evidence.truncated ? { maxRows: Math.max(1, evidence.rows.length) } : {}),
  };
  const scope = access.scopeAt(Date.parse(evidence.snapshot));
  const result = await access.store.read(scope, compiled(evidence, planned), options);
  const names = evidence.columns.map(({ name }) => name);
  const hash = rowHash(project(result, names));
  return hash === evidence.row_hash
    ? { kind: 'same', rows: result.rows.length }
    : { kind: 'changed', rows_then: evidence.rows.length, rows_now: result.rows.length, row_hash: hash };
}

function compiled(evidence: Evidence, { query, window }: WindowedQuery): Query {
  return query.kind === 'process_tree' ? treeQuery(evidence, query, window) : compileQuery(query, window);
}

/** The launches that were found then, by their ids. */
function treeQuery(evidence: Evidence, query: ProcessTreeQuery, window: HuntWindow): Query {
  const at = evidence.columns.findIndex(({ name }) => name === 'event_id');
  const ids = evidence.rows.flatMap((row) => {
    const cell = row[at];
    return typeof cell === 'string' ? [cell] : [];
  });
  return ids.length === 0 ? treeSeeds(query, window) : treeOf(query, ids);
}
