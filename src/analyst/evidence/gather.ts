import type { Evidence, HuntPlan, HuntQuery } from '../../contracts/index.ts';
import type { ReadResult } from '../../store/index.ts';
import { countedQuery, outsideOf, type WindowedQuery } from '../plan/outside.ts';
import type { Access } from './access.ts';
import { foundBy } from './found.ts';
import { readQuery } from './read.ts';
import { rowHash } from './row-hash.ts';
import { shownOf } from './shown.ts';

/** Queries of one plan that run at the same time: as many as the store has interactive connections. */
const concurrent = 3;

/**
 * Runs a plan's queries side by side and yields each evidence as soon as it is there; `e1` belongs to the first
 * query, whichever comes first. A query that fails doesn't stop the others: its error is thrown after them. Aborting,
 * or leaving the loop, stops the statements that run. When a window that nobody asked for holds nothing, a last
 * evidence tells what lies outside it.
 */
export async function* gather(plan: HuntPlan, access: Access): AsyncGenerator<Evidence, void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([access.signal, stop.signal]);
  const { window } = plan;
  const counted = countedQuery(plan);
  const waiting: Waiting[] = plan.queries.map((query, index) => ({ query, window, id: `e${index + 1}` }));
  const running = new Map<string, Promise<Settled>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < concurrent) {
        const next = waiting.shift();
        if (next === undefined) break;
        running.set(next.id, settle(next, { ...access, signal }));
      }
      const settled = await Promise.race(running.values());
      running.delete(settled.id);
      access.signal.throwIfAborted();
      if (settled.kind === 'failed') {
        failure ??= { error: settled.error };
        continue;
      }
      const { evidence } = settled;
      yield evidence;
      const isEmpty = evidence.query_id === counted?.id && foundBy(evidence) === 0n;
      const outside = isEmpty ? outsideOf(plan) : undefined;
      if (outside !== undefined) waiting.push({ ...outside, id: `e${plan.queries.length + 1}` });
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    stop.abort();
    await Promise.all(running.values());
  }
}

interface Waiting extends WindowedQuery {
  /** Of the evidence. */
  readonly id: string;
}

type Settled =
  | { readonly kind: 'found'; readonly id: string; readonly evidence: Evidence }
  | { readonly kind: 'failed'; readonly id: string; readonly error: unknown };

/** Never rejects: a query that is left behind must not become an unhandled rejection. */
async function settle({ id, query, window }: Waiting, access: Access): Promise<Settled> {
  try {
    const result = await readQuery(query, window, access);
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
