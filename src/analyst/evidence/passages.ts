import type { Evidence } from '../../contracts/index.ts';
import { maxIntelHits } from '../../contracts/index.ts';
import type { Hit, Intel } from '../../intel/index.ts';
import type { ReadScope } from '../../sql/index.ts';
import { passagesQueryId } from './found.ts';
import { rowHash } from './row-hash.ts';

export interface PassagesAccess {
  readonly intel: Pick<Intel, 'bearingOn'>;
  readonly scope: ReadScope;
  readonly signal: AbortSignal;
  /** Milliseconds; only differences are used. */
  readonly now: () => number;
}

const columns = ['passage', 'title', 'heading', 'source', 'trust', 'text'] as const;

/**
 * The passages that bear on a question as evidence `i1`, best first, at most 50. Their text is in one line and without
 * back-ticks, so that it can be quoted. Undefined when none bears on it. Throws the codes of `store`.
 */
export async function gatherPassages(text: string, access: PassagesAccess): Promise<Evidence | undefined> {
  const { intel, scope, signal, now } = access;
  const started = now();
  const { hits, complete, sql } = await intel.bearingOn({ text, limit: maxIntelHits, scope, signal });
  if (hits.length === 0) return undefined;
  const shown = { columns: columns.map((name) => ({ name, type: 'String' })), rows: hits.map(rowOf) };
  return {
    id: 'i1',
    query_id: passagesQueryId,
    kind: 'passages',
    purpose: 'notes and catalogues that bear on the question',
    sql: [sql, ownPart(hits)].filter((part) => part !== '').join('\n'),
    snapshot: new Date(scope.snapshot).toISOString(),
    ...shown,
    row_hash: rowHash(shown),
    truncated: !complete || hits.length >= maxIntelHits,
    elapsed_ms: now() - started,
  };
}

const rowOf = ({ id, title, heading, source, trust, text }: Hit) => [
  ...[id, title, heading, source, trust],
  text.replace(/\s+/g, ' ').replaceAll('`', "'").trim(),
];

/** The program's own notes are in no table: a comment names them. */
function ownPart(hits: readonly Hit[]): string {
  const own = hits.filter(({ trust }) => trust === 'own').map(({ id }) => id);
  return own.length === 0 ? '' : `-- notes that come with the program: ${own.join(', ')}`;
}
