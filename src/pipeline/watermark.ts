/**
 * The stamps of batches and the snapshots of readers, so that a reader never sees half a batch: every snapshot lies
 * below the stamp of each batch that is still open, and every new stamp lies above each snapshot handed out.
 */
export interface Watermark {
  /** Opens a batch; returns its `ingested_at` in milliseconds, strictly rising even if the clock steps back. */
  open(): number;
  /** The batch with this stamp has its marker (or was given up before its first insert). */
  close(stamp: number): void;
  /** Milliseconds: events ingested up to here are whole. */
  snapshot(): number;
  /** What a crash or an error left behind is accounted for: stamps still open belong to batches that were given up. */
  recovered(): void;
}

/** `last` is the highest stamp ever stored, `floor` that of the last marker (both 0 in an empty store). */
export function createWatermark(clock: () => number, last: number, floor: number): Watermark {
  const open = new Set<number>();
  let highest = last;
  let holding = last > floor;
  return {
    open() {
      highest = Math.max(clock(), highest + 1);
      open.add(highest);
      return highest;
    },
    close(stamp) {
      open.delete(stamp);
    },
    snapshot() {
      if (holding) return floor;
      if (open.size > 0) return Math.min(...open) - 1;
      highest = Math.max(clock(), highest);
      return highest;
    },
    recovered() {
      holding = false;
      open.clear();
    },
  };
}
