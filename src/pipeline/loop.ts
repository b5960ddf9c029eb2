import type { LogReader } from '../log/index.ts';
import type { SourceCatalogue } from '../normalise/index.ts';
import { quoteString } from '../sql/index.ts';
import { type BatchLimits, createBatchReader } from './batch.ts';
import type { BatchFiles, BatchStore } from './batch-store.ts';
import { type IdLookup, idBytes, judge, type Verdict } from './dedupe.ts';
import { idBlock } from './encode.ts';
import { createIdFilter, type IdFilter } from './id-filter.ts';
import { countOutcomes, outcome } from './outcome.ts';
import { fillFilter, type Recovered, recover } from './recover.ts';
import { type StagedBatch, stageBatch } from './stage.ts';
import { type BatchMark, writeDead, writeEvents, writeMarkers } from './write.ts';

const stages = ['events_stage_0', 'events_stage_1'] as const;
/** Pauses before the first, second, … retry after an error. */
const retryMilliseconds = [100, 500, 2_000, 10_000] as const;

/** What the pipeline did with one batch: for progress, metrics and the operator's log. */
export interface BatchReport {
  readonly batch: number;
  readonly rows: number;
  readonly bytes: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly dead: number;
  readonly conflict: number;
  readonly lookedUp: number;
  readonly slow: number;
  readonly faults: readonly string[];
  /** Dead letters by source and code. */
  readonly reasons: readonly { readonly source: string; readonly code: string; readonly count: number }[];
  readonly traceparents: readonly string[];
  readonly milliseconds: Readonly<
    Record<'encode' | 'normalise' | 'function' | 'dedupe' | 'write' | 'mark', number>
  >;
  /** Per partition the offset behind the batch: the log may be trimmed up to it. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Between every two writes; tests stop the process here. */
export type PipelineStep =
  | 'recovered'
  | 'staged'
  | 'batch-opened'
  | 'dead-letters-written'
  | 'events-written'
  | 'markers-written'
  | 'batch-closed';

export interface PipelineInput {
  readonly log: LogReader;
  readonly store: BatchStore;
  /** Two: while one batch is written the next is normalised. */
  readonly files: readonly [BatchFiles, BatchFiles];
  readonly catalogue: SourceCatalogue;
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

/** What outlives an error: the filter, and the numbers of this process's batches. */
interface WriterState {
  readonly filter: IdFilter;
  batch: number;
  epoch: number | undefined;
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
    const staged = await stageBatch({ ...input, files: input.files[slot] }, batch, stages[slot]);
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

/** Writes staged batches one after the other: dedupe, dead letters, events, markers. */
class BatchWriter {
  readonly #input: PipelineInput;
  readonly #recovered: Recovered;
  readonly #state: WriterState;
  #recovering: boolean;

  constructor(input: PipelineInput, recovered: Recovered, state: WriterState) {
    this.#input = input;
    this.#recovered = recovered;
    this.#state = state;
    this.#recovering = recovered.stored.size + recovered.dead.size > 0;
  }

  async write(staged: StagedBatch, files: BatchFiles): Promise<void> {
    const { store, clock, watermark, onStep, onReport } = this.#input;
    const started = clock();
    const before = this.#storedBefore(staged);
    const { verdict, left } = await this.#judge(staged, before, files);
    const outcomes = outcomesOf(staged, verdict);
    const judgedAt = clock();

    const stamp = await watermark.open();
    this.#state.batch += 1;
    const mark: BatchMark = { writerEpoch: this.#state.epoch ?? 0, batch: this.#state.batch, stamp };
    await onStep?.('batch-opened');
    await writeDead(
      store,
      files,
      staged.dead.filter((row) => !this.#recovered.dead.has(row.partition, row.offset, row.sub)),
      mark,
    );
    await onStep?.('dead-letters-written');
    const secondIds = new Map(
      [...verdict.conflicts].map(([index, id]) => [staged.judged.rows[index] ?? 0, id]),
    );
    await writeEvents(
      store,
      files,
      { stage: staged.stage, rows: staged.judged.rows.length, left, secondIds },
      mark,
    );
    await onStep?.('events-written');
    const writtenAt = clock();
    const counts = countOutcomes(staged.batch, outcomes);
    await writeMarkers(store, staged.batch.ranges, counts, mark);
    await onStep?.('markers-written');
    await watermark.close(stamp);
    if (this.#recovering) await watermark.recovered();
    this.#recovering = false;
    await files.remove();
    await onStep?.('batch-closed');
    onReport(
      this.#report(
        staged,
        counts,
        mark,
        { dedupe: judgedAt - started, write: writtenAt - judgedAt, mark: clock() - writtenAt },
        verdict.lookedUp,
      ),
    );
  }

  /** Indexes of the judged rows that a crash had stored already. */
  #storedBefore({ batch, judged }: StagedBatch): ReadonlySet<number> {
    const events = new Set<number>();
    if (this.#recovered.stored.size === 0) return events;
    let at = 0;
    for (const { group, partition, offset, firstRow } of batch.groups) {
      for (; at < judged.rows.length && (judged.rows[at] ?? 0) < firstRow + group.count; at += 1) {
        const sub = group.firstSub + (judged.rows[at] ?? 0) - firstRow;
        if (this.#recovered.stored.has(partition, offset, sub)) events.add(at);
      }
    }
    return events;
  }

  async #judge(staged: StagedBatch, storedBefore: ReadonlySet<number>, files: BatchFiles) {
    const { judged } = staged;
    const verdict = await judge(
      judged,
      this.#state.filter,
      this.#lookup(files),
      tenantOf(staged),
      storedBefore,
    );
    const left = [...storedBefore, ...verdict.duplicates].map((index) => judged.rows[index] ?? 0);
    return { verdict, left };
  }

  #lookup(files: BatchFiles): IdLookup {
    const { store } = this.#input;
    return async (tenant, ids) => {
      const relation = await files.write('known', idBlock(ids), 'id FixedString(16)');
      const found = Buffer.from(await store.bytes(lookupSql(tenant, relation)));
      const known = new Map<string, bigint>();
      for (let at = 0; at < found.byteLength; at += idBytes + 8) {
        known.set(found.toString('latin1', at, at + idBytes), found.readBigUInt64LE(at + idBytes));
      }
      return known;
    };
  }

  #report(
    staged: StagedBatch,
    counts: ReturnType<typeof countOutcomes>,
    mark: BatchMark,
    milliseconds: Pick<BatchReport['milliseconds'], 'dedupe' | 'write' | 'mark'>,
    lookedUp: number,
  ): BatchReport {
    const all = [...counts.values()].flat();
    const sum = (name: 'stored' | 'duplicate' | 'dead' | 'conflict') =>
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
      lookedUp,
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
}

/**
 * Reads the projection whose small granules suit scattered ids. The planner never takes it by itself (it compares counts of
 * marks, which are many here), so that it is named.
 */
const lookupSql = (tenant: string, relation: string) =>
  "SELECT event_id, content_hash FROM mergeTreeProjection(currentDatabase(), 'events', 'ids') " +
  `WHERE tenant = ${quoteString(tenant)} ` +
  `AND event_id IN (SELECT id FROM ${relation})`;

/** The tenant of a row of a batch. Rows are asked for in any order; groups are found by bisection. */
function tenantOf({ batch: { groups } }: StagedBatch): (row: number) => string {
  return (row) => {
    let low = 0;
    let high = groups.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((groups[middle]?.firstRow ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return groups[low]?.group.tenant ?? '';
  };
}

function outcomesOf({ batch, judged, deadRows }: StagedBatch, verdict: Verdict): Uint8Array {
  const outcomes = new Uint8Array(batch.rows);
  for (const row of judged.rows) outcomes[row] = outcome.stored;
  for (const row of deadRows) outcomes[row] = outcome.dead;
  for (const index of verdict.duplicates) outcomes[judged.rows[index] ?? 0] = outcome.duplicate;
  for (const index of verdict.conflicts.keys()) outcomes[judged.rows[index] ?? 0] = outcome.conflict;
  return outcomes;
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
