import type { Evidence } from '../../contracts/index.ts';
import { outsideId } from '../plan/outside.ts';

/** How much an evidence found: events where it counts them, rows otherwise. */
export function foundBy(evidence: Evidence): bigint {
  if (evidence.kind !== 'first_last') return BigInt(evidence.rows.length);
  const index = evidence.columns.findIndex(({ name }) => /^(?:count|events)$/.test(name));
  const cell = evidence.rows[0]?.[index];
  return typeof cell === 'string' && /^\d{1,20}$/.test(cell) ? BigInt(cell) : BigInt(evidence.rows.length);
}

/** The query id of the evidence that holds passages of notes: no query of the plan reads it. */
export const passagesQueryId = 'notes';

/** What notes say is no event: nothing was found by it. */
const isNoEvent = ({ kind }: Evidence) => kind === 'sources' || kind === 'passages';

/** Told of what lies outside the plan's window. */
export const isOutside = ({ query_id }: Evidence) => query_id === outsideId;

/** True when no query found an event in the plan's window. */
export function foundNothing(evidence: readonly Evidence[]): boolean {
  return evidence.every((each) => isNoEvent(each) || isOutside(each) || foundBy(each) === 0n);
}
