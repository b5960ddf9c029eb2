/** How far the hits of a tenant were taken in by a correlation. */
export interface Position {
  /** Milliseconds: hits that were written up to then are looked at. */
  readonly ingested: number;
  /** Microseconds of event time up to which they count; later ones wait. */
  readonly watermark: number;
  /** Milliseconds: hits of imports that were written up to then count whatever their time, as those imports are over. */
  readonly imported: number;
}

/** Whether a hit counts. */
export function counts(
  hit: { readonly time: number; readonly ingestedAt: number; readonly imported: boolean },
  { ingested, watermark, imported }: Position,
): boolean {
  if (hit.ingestedAt > ingested) return false;
  return hit.imported ? hit.ingestedAt <= imported : hit.time <= watermark;
}
