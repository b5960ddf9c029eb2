import type { Detection } from '../contracts/index.ts';
import type { LogReader } from '../log/index.ts';
import type { SourceCatalogue } from '../normalise/index.ts';
import type { RuleJudge } from '../rules/index.ts';
import { type BatchLimits, createBatchReader } from './batch.ts';
import type { BatchFiles, BatchStore } from './batch-store.ts';
import { BatchWriter, type WriterState } from './batch-writer.ts';
import { createIdFilter } from './id-filter.ts';
import { fillFilter, type Recovered, recover } from './recover.ts';
import type { BatchReport, PipelineStep } from './report.ts';
import { stageBatch } from './stage.ts';

const stages = ['events_stage_0', 'events_stage_1'] as const;
/** Pauses before the first, second, … retry after an error. */
const retryMilliseconds = [100, 500, 2_000, 10_000] as const;

export interface PipelineInput {
  readonly log: LogReader;
  readonly store: BatchStore;
  /** Two: while one batch is written the next is normalised. */
  readonly files: readonly [BatchFiles, BatchFiles];
  /** The sources that there are; asked once a batch, and what it gives does not change. */
  readonly catalogue: () => SourceCatalogue;
  readonly limits: BatchLimits;
  readonly filterIds: number;
  readonly clock: () => number;
  /** Resolves when the log grew, or after so many milliseconds, or when the signal aborts. */
  readonly wake: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Stamps come from whoever hands out snapshots (see `Watermark`). */
  readonly watermark: {
    open(): Promise<number>;
    close(stamp: number): Promise<void>;
    recovered(): Promise<void>;
  };
  /** The rules in force; asked once a batch. */
  readonly judge: () => RuleJudge;
  /** Resolves when they are durable: events are written only then. */
  readonly onDetections: (detections: readonly Detection[]) => Promise<void>;
  readonly onReport: (report: BatchReport) => void;
  readonly onFault: (fault: unknown, retryInMilliseconds: number) => void;
  readonly onStep?: (step: PipelineStep) => void | Promise<void>;
}

/**
 * Runs until the signal aborts: reads the log from the last markers on and stores what it finds, exactly once. After an
 * error it starts again from the markers, as after a crash. On abort the batch under way is finished.
 */
export async function runPipeline(input: PipelineInput, signal: AbortSignal): Promise<void> {
  const filter = createIdFilter(input.filterIds);
  const writer: WriterState = { filter, batch: 0, epoch: undefined };
  let filled = false;
  let failures = 0;
  while (!signal.aborted) {
    const attempt = new AbortController();
    try {
      const recovered = await recover(input.store);
      writer.epoch ??= recovered.writerEpoch;
      if (!filled) await fillFilter(input.store, filter, signal);
      filled = true;
      await input.onStep?.('recovered');
      await runFrom(input, recovered, writer, AbortSignal.any([signal, attempt.signal]), () => {
        failures = 0;
      });
    } catch (fault) {
      attempt.abort();
      if (signal.aborted) return;
      const pause = retryMilliseconds[Math.min(failures, retryMilliseconds.length - 1)] ?? 0;
      failures += 1;
      input.onFault(fault, pause);
      await input.wake(pause, signal);
    }
  }
}

async function runFrom(
  input: PipelineInput,
  recovered: Recovered,
  state: WriterState,
  signal: AbortSignal,
  onDone: () => void,
): Promise<void> {
  const ends = await input.log.ends();
  const positions = new Map(
    ends.map(({ partition, first }) => [partition, recovered.positions.get(partition) ?? first]),
  );
  const reader = createBatchReader({
    ...input,
    positions,
    cover: laterOf(recovered.stored.ends, recovered.dead.ends),
  });
  const writer = new BatchWriter(input, recovered, state);
  if (recovered.stored.size + recovered.dead.size === 0) await input.watermark.recovered();
  let writing: Promise<void> = Promise.resolve();
  let slot: 0 | 1 = 0;
  while (!signal.aborted) {
    const batch = await Promise.race([reader.next(signal), failureOf(writing)]);
    if (batch === undefined) break;
    const staging = { ...input, catalogue: input.catalogue(), files: input.files[slot] };
    const staged = await stageBatch(staging, batch, stages[slot]);
    await writing;
    await input.onStep?.('staged');
    writing = writer.write(staged, input.files[slot]).then(onDone);
    // Taken by the race above or by an await; this keeps it from counting as unhandled in between.
    writing.catch(() => {});
    slot = slot === 0 ? 1 : 0;
  }
  await writing;
}

/** Per partition the later of two offsets. */
function laterOf(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const later = new Map(a);
  for (const [partition, offset] of b) later.set(partition, Math.max(later.get(partition) ?? 0, offset));
  return later;
}

/** Rejects when the promise does, never resolves. */
const failureOf = (promise: Promise<void>) =>
  new Promise<never>((_, reject) => {
    promise.catch(reject);
  });
