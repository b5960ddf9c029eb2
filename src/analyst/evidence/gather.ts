import type { Evidence, HuntPlan, HuntQuery } from '../../contracts/index.ts';
import type { ReadResult } from '../../store/index.ts';
import type { Access } from './access.ts';
import { readQuery } from './read.ts';
import { rowHash } from './row-hash.ts';
import { shownOf } from './shown.ts';

/** Queries of one plan that run at the same time: as many as the store has interactive connections. */
const concurrent = 3;

/**
 * Runs a plan's queries side by side and yields each evidence as soon as it is there; `e1` belongs to the first
 * query, whichever comes first. A query that fails doesn't stop the others: its error is thrown after them. Aborting,
 * or leaving the loop, stops the statements that run.
 */
export async function* gather(plan: HuntPlan, access: Access): AsyncGenerator<Evidence, void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([access.signal, stop.signal]);
  const waiting = plan.queries.map((query, index) => ({ query, id: `e${index + 1}` }));
  const running = new Map<string, Promise<Settled>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < concurrent) {
        const next = waiting.shift();
        if (next === undefined) break;
        running.set(next.id, settle(next.id, next.query, plan, { ...access, signal }));
      }
      const settled = await Promise.race(running.values());
      running.delete(settled.id);
      access.signal.throwIfAborted();
      if (settled.kind === 'found') yield settled.evidence;
      else failure ??= { error: settled.error };
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    stop.abort();
    await Promise.all(running.values());
  }
}

type Settled =
  | { readonly kind: 'found'; readonly id: string; readonly evidence: Evidence }
  | { readonly kind: 'failed'; readonly id: string; readonly error: unknown };

/** Never rejects: a query that is left behind must not become an unhandled rejection. */
async function settle(id: string, query: HuntQuery, plan: HuntPlan, access: Access): Promise<Settled> {
  try {
    const result = await readQuery(query, plan, access);
    return { kind: 'found', id, evidence: evidenceOf(id, query, result, access) };
  } catch (error) {
    return { kind: 'failed', id, error };
  }
}

function evidenceOf(id: string, query: HuntQuery, result: ReadResult, { scope }: Access): Evidence {
  const shown = shownOf(query.kind, result);
  return {
    id,
    query_id: query.id,
    kind: query.kind,
    purpose: query.purpose,
    sql: result.sql,
    snapshot: new Date(scope.snapshot).toISOString(),
    ...shown,
    row_hash: rowHash(shown),
    truncated: result.truncated,
    elapsed_ms: result.elapsedMs,
  };
}
