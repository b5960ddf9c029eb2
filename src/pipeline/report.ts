import type { countOutcomes } from './outcome.ts';
import type { StagedBatch } from './stage.ts';
import type { BatchMark } from './write.ts';

/** What the pipeline did with one batch: for progress, metrics and the operator's log. */
export interface BatchReport {
  readonly batch: number;
  readonly rows: number;
  readonly bytes: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly dead: number;
  readonly conflict: number;
  readonly joined: number;
  readonly lookedUp: number;
  readonly detections: number;
  readonly slow: number;
  readonly faults: readonly string[];
  /** Dead letters by source and code. */
  readonly reasons: readonly { readonly source: string; readonly code: string; readonly count: number }[];
  readonly traceparents: readonly string[];
  readonly milliseconds: Readonly<
    Record<'encode' | 'normalise' | 'function' | 'detect' | 'dedupe' | 'write' | 'mark', number>
  >;
  /** Per partition the offset behind the batch: the log may be trimmed up to it. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Between every two writes; tests stop the process here. */
export type PipelineStep =
  | 'recovered'
  | 'staged'
  | 'batch-opened'
  | 'detections-written'
  | 'dead-letters-written'
  | 'events-written'
  | 'markers-written'
  | 'batch-closed';

/** Sums up what became of a staged batch. */
export function reportOf(
  staged: StagedBatch,
  counts: ReturnType<typeof countOutcomes>,
  mark: BatchMark,
  milliseconds: Pick<BatchReport['milliseconds'], 'dedupe' | 'write' | 'mark'>,
  { lookedUp, detections }: { readonly lookedUp: number; readonly detections: number },
): BatchReport {
  const all = [...counts.values()].flat();
  const sum = (name: 'stored' | 'duplicate' | 'dead' | 'conflict' | 'joined') =>
    all.reduce((total, count) => total + count[name], 0);
  const { batch } = staged;
  return {
    batch: mark.batch,
    rows: batch.rows,
    bytes: batch.bytes,
    stored: sum('stored'),
    duplicate: sum('duplicate'),
    dead: sum('dead'),
    conflict: sum('conflict'),
    joined: sum('joined'),
    lookedUp,
    detections,
    slow: staged.slow,
    faults: staged.faults.map((fault) => (fault instanceof Error ? fault.message : String(fault))),
    reasons: reasonsOf(staged.dead),
    traceparents: [...new Set(batch.groups.map(({ group }) => group.traceparent))].filter(
      (text) => text !== '',
    ),
    milliseconds: { ...staged.milliseconds, ...milliseconds },
    positions: new Map([...batch.ranges].map(([partition, { to }]) => [partition, to])),
  };
}

function reasonsOf(dead: StagedBatch['dead']): BatchReport['reasons'] {
  const counts = new Map<string, { source: string; code: string; count: number }>();
  for (const { source, code } of dead) {
    const reason = counts.get(`${source} ${code}`) ?? { source, code, count: 0 };
    reason.count += 1;
    counts.set(`${source} ${code}`, reason);
  }
  return [...counts.values()];
}
