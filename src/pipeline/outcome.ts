import type { Batch, PlacedGroup } from './batch.ts';

/** What became of a row of a batch. */
export const outcome = { stored: 1, duplicate: 2, dead: 3, conflict: 4, joined: 5 } as const;

/** What became of the records of one tenant, source and minute of receipt. A conflict is stored too. */
export interface OutcomeCount {
  readonly tenant: string;
  readonly source: string;
  /** Whole minutes since the epoch. */
  readonly minute: number;
  received: number;
  stored: number;
  duplicate: number;
  dead: number;
  conflict: number;
  /** Became part of an event that another record stands for. */
  joined: number;
}

/**
 * Counts a batch per partition, tenant, source and minute: received from the frame headers, the rest from what became
 * of each row, so that neither can hide an error of the other.
 */
export function countOutcomes(
  batch: Batch,
  outcomes: Uint8Array,
): ReadonlyMap<number, readonly OutcomeCount[]> {
  const perPartition = new Map<number, Map<string, OutcomeCount>>();
  const entry = (partition: number, tenant: string, source: string, minute: number): OutcomeCount => {
    const counts = perPartition.get(partition) ?? new Map<string, OutcomeCount>();
    perPartition.set(partition, counts);
    const key = `${tenant}\n${source}\n${minute}`;
    const found = counts.get(key) ?? {
      tenant,
      source,
      minute,
      received: 0,
      stored: 0,
      duplicate: 0,
      dead: 0,
      conflict: 0,
      joined: 0,
    };
    counts.set(key, found);
    return found;
  };
  for (const partition of batch.ranges.keys()) perPartition.set(partition, new Map());
  for (const { partition, counts } of batch.counts) {
    for (const { tenant, source, minute, records } of counts)
      entry(partition, tenant, source, minute).received += records;
  }
  for (const { partition, counts } of batch.lost) {
    for (const { tenant, source, minute, records } of counts)
      entry(partition, tenant, source, minute).dead += records;
  }
  for (const placed of batch.groups) tally(entry(placed.partition, ...keyOf(placed)), placed, outcomes);
  return new Map([...perPartition].map(([partition, counts]) => [partition, [...counts.values()]]));
}

const keyOf = ({ group }: PlacedGroup) => [group.tenant, group.source, minuteOf(group.receivedAt)] as const;

/** Whole minutes since the epoch. */
export const minuteOf = (milliseconds: number) => Math.floor(milliseconds / 60_000);

function tally(into: OutcomeCount, { firstRow, group }: PlacedGroup, outcomes: Uint8Array): void {
  for (let row = firstRow; row < firstRow + group.count; row += 1) {
    switch (outcomes[row]) {
      case outcome.stored:
        into.stored += 1;
        break;
      case outcome.conflict:
        into.stored += 1;
        into.conflict += 1;
        break;
      case outcome.duplicate:
        into.duplicate += 1;
        break;
      case outcome.dead:
        into.dead += 1;
        break;
      case outcome.joined:
        into.joined += 1;
        break;
      default:
        throw new Error(`row ${row} of the batch has no outcome`);
    }
  }
}
