import { Change, Detection } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import type { RecordedChange } from './port.ts';
import { topicNames } from './tables.ts';
import { type EntryFault, type PageEntry, readPage } from './topic-page.ts';

/** One entry of the journal, or why it can't be read. */
export type Unit =
  | { readonly kind: 'change'; readonly change: RecordedChange }
  | { readonly kind: 'detection'; readonly offset: number; readonly detection: Detection }
  | { readonly kind: 'fault'; readonly fault: EntryFault };

/** How far the topics are in the tables: the first entry of each that is not. */
export interface Positions {
  readonly changes: number;
  readonly detections: number;
}

/** At most this many entries are applied in one transaction: as long as a change waits for detections. */
export const maxEntriesPerApply = 500;

/**
 * The next entries in the order in which they were recorded: before a change come the detections that were in the tables
 * when it was decided; after the last change all others, unless `changesOnly`. No units: there is nothing more.
 */
export async function nextUnits(
  topics: Topics,
  from: Positions,
  changesOnly = false,
): Promise<readonly Unit[]> {
  const units: Unit[] = [];
  let { changes, detections } = from;
  const takeDetections = async (until: number) => {
    while (detections < until && units.length < maxEntriesPerApply) {
      const limit = Math.min(maxEntriesPerApply - units.length, until - detections);
      const request = { topic: topicNames.detections, schema: Detection, from: detections, limit };
      const entries = (await readPage(topics, request)).filter(({ offset }) => offset < until);
      if (entries.length === 0) return;
      units.push(...entries.map(detectionUnit));
      detections = (entries.at(-1)?.offset ?? detections) + 1;
    }
  };
  for (;;) {
    const request = { topic: topicNames.changes, schema: Change, from: changes, limit: maxEntriesPerApply };
    const entries = await readPage(topics, request);
    for (const entry of entries) {
      if (!('fault' in entry)) await takeDetections(entry.value.after);
      if (units.length >= maxEntriesPerApply) return units;
      units.push(changeUnit(entry));
      changes = entry.offset + 1;
    }
    if (entries.length === 0) break;
  }
  if (!changesOnly) await takeDetections(Number.MAX_SAFE_INTEGER);
  return units;
}

/** Where the tables are once these units are in them. */
export function positionsAfter(units: readonly Unit[], from: Positions): Positions {
  const after = { ...from };
  for (const unit of units) {
    const { topic, offset } = placeOf(unit);
    after[topic === topicNames.changes ? 'changes' : 'detections'] = offset + 1;
  }
  return after;
}

export function placeOf(unit: Unit): { readonly topic: string; readonly offset: number } {
  if (unit.kind === 'fault') return unit.fault;
  if (unit.kind === 'detection') return { topic: topicNames.detections, offset: unit.offset };
  return { topic: topicNames.changes, offset: unit.change.offset };
}

function changeUnit(entry: PageEntry<Change>): Unit {
  return 'fault' in entry
    ? { kind: 'fault', fault: entry.fault }
    : { kind: 'change', change: { ...entry.value, offset: entry.offset } };
}

function detectionUnit(entry: PageEntry<Detection>): Unit {
  return 'fault' in entry
    ? { kind: 'fault', fault: entry.fault }
    : { kind: 'detection', offset: entry.offset, detection: entry.value };
}
