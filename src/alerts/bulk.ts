import { type AlertChange, type AlertFilter, maxChangeIds } from '../contracts/alert.ts';
import type { Actor } from '../contracts/index.ts';
import type { Journal } from '../journal/index.ts';
import { decideChange, kinds, RecordedAlertChange } from './change.ts';
import { type ListState, listPlaces } from './list.ts';

/** Alerts of one journal entry, of the most that one may have: others wait for an entry, so a tenth of a second is long. */
export const perEntry = maxChangeIds / 2;

export interface BulkRequest {
  readonly tenant: string;
  readonly by: Actor;
  readonly change: AlertChange;
  /** Names the change of many; further calls that belong to it give the same. */
  readonly bulk: string;
  /** Which: by id, or all that pass a filter from a cursor on. */
  readonly which:
    | { readonly ids: readonly string[] }
    | { readonly filter: AlertFilter; readonly cursor?: string | undefined; readonly limit?: number };
  readonly onProgress?: (progress: BulkProgress) => void;
  readonly signal?: AbortSignal;
}

export interface BulkProgress {
  readonly changed: number;
  /** As asked already, or not there. */
  readonly unchanged: number;
  /** Where a further call goes on; null at the end. */
  readonly next: string | null;
}

interface Chunk {
  readonly ids: readonly string[];
  readonly next: string | null;
}

/** Changes chunk after chunk; the signal is looked at before each. Throws what the journal throws. */
export async function changeInChunks(
  { state, journal }: { readonly state: ListState; readonly journal: Pick<Journal, 'change'> },
  { tenant, by, change, bulk, which, onProgress, signal }: BulkRequest,
): Promise<BulkProgress> {
  let progress: BulkProgress = { changed: 0, unchanged: 0, next: null };
  const chunks = 'ids' in which ? chunksOfIds(which.ids) : chunksOfFilter(state, tenant, which, signal);
  for await (const { ids, next } of chunks) {
    signal?.throwIfAborted();
    const entry = await journal.change({ kind: kinds[change.kind], tenant, by }, (session) =>
      decideChange(session, { tenant, ids, change, bulk }),
    );
    const changed = entry === undefined ? 0 : RecordedAlertChange.parse(entry.data).alerts.length;
    progress = {
      changed: progress.changed + changed,
      unchanged: progress.unchanged + ids.length - changed,
      next,
    };
    onProgress?.(progress);
  }
  return progress;
}

function* chunksOfIds(ids: readonly string[]): Generator<Chunk> {
  const distinct = [...new Set(ids)];
  for (let from = 0; from < distinct.length; from += perEntry)
    yield { ids: distinct.slice(from, from + perEntry), next: null };
}

/** Newest first: changing an alert doesn't move it in this order, and new ones come before where it began. */
async function* chunksOfFilter(
  state: ListState,
  tenant: string,
  which: { readonly filter: AlertFilter; readonly cursor?: string | undefined; readonly limit?: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  const { filter, limit = Number.POSITIVE_INFINITY } = which;
  let cursor = which.cursor;
  for (let given = 0; given < limit; ) {
    const wanted = Math.min(perEntry, limit - given);
    const options = signal === undefined ? {} : { signal };
    const page = await listPlaces(
      state,
      { tenant, filter, sort: 'last_seen', limit: wanted, cursor },
      options,
    );
    given += page.alerts.length;
    if (page.alerts.length > 0) yield { ids: page.alerts.map(({ id }) => id), next: page.next };
    if (page.next === null) return;
    cursor = page.next;
  }
}
