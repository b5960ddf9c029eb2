import { type HuntQuery, type HuntWindow, TyrianError } from '../../contracts/index.ts';
import type { Query } from '../../sql/index.ts';
import type { ReadResult } from '../../store/index.ts';
import { compileQuery } from '../plan/compile/query.ts';
import { type Access, readOptions } from './access.ts';
import { findTree } from './process-tree.ts';

/** Text of all cells of one evidence, in UTF-16 code units; rows beyond are left out, and the evidence says so. */
const maxEvidenceText = 2_000_000;
/** A result that is too large is asked for again with this share of its rows. */
const shrinkBy = 8;

/** Runs one query of a plan. Throws the codes of `store` and `sql`. */
export async function readQuery(query: HuntQuery, window: HuntWindow, access: Access): Promise<ReadResult> {
  if (query.kind !== 'process_tree') return readBounded(compileQuery(query, window), access);
  const tree = await findTree(query, window, access);
  const result = await readBounded(tree.query, access);
  return { ...result, truncated: result.truncated || tree.truncated };
}

/** Reads fewer rows where all would be too much to hold, to send or to show. */
async function readBounded(query: Query, access: Access): Promise<ReadResult> {
  for (let limit = query.limit; ; limit = Math.ceil(limit / shrinkBy)) {
    try {
      const result = await access.store.read(access.scope, query, { ...readOptions(access), maxRows: limit });
      const fitting = countFitting(result.rows);
      if (fitting >= result.rows.length) return result;
      return await access.store.read(access.scope, query, { ...readOptions(access), maxRows: fitting });
    } catch (error) {
      const isLarge = error instanceof TyrianError && error.code === 'store.too_large';
      if (!isLarge || limit <= 1) throw error;
    }
  }
}

/** How many rows fit into one evidence; the first always does. */
function countFitting(rows: ReadResult['rows']): number {
  let size = 0;
  for (const [index, row] of rows.entries()) {
    for (const cell of row)
      size += cell === null ? 0 : typeof cell === 'string' ? cell.length : cell.join().length;
    if (size > maxEvidenceText && index > 0) return index;
  }
  return rows.length;
}
