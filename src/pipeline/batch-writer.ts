import { quoteString } from '../sql/index.ts';
import type { BatchFiles } from './batch-store.ts';
import { type IdLookup, idBytes, judge, type Verdict } from './dedupe.ts';
import { detectionsOf } from './detect.ts';
import { idBlock } from './encode.ts';
import type { IdFilter } from './id-filter.ts';
import type { PipelineInput } from './loop.ts';
import { countOutcomes, outcome } from './outcome.ts';
import type { Recovered } from './recover.ts';
import { reportOf } from './report.ts';
import { writeRuleHits } from './rule-hits.ts';
import type { StagedBatch } from './stage.ts';
import { type BatchMark, writeDead, writeEvents, writeMarkers } from './write.ts';

/** What outlives an error: the filter, and the numbers of this process's batches. */
export interface WriterState {
  readonly filter: IdFilter;
  batch: number;
  epoch: number | undefined;
}

/** Writes staged batches one after the other: dedupe, detections, dead letters, events, markers. */
export class BatchWriter {
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
    const secondIds = new Map(
      [...verdict.conflicts].map(([index, id]) => [staged.judged.rows[index] ?? 0, id]),
    );
    const leftRows = new Set(left);
    const detections = detectionsOf(staged.hits, leftRows, secondIds, new Date(clock()));
    if (detections.length > 0) await this.#input.onDetections(detections);
    await writeRuleHits(store, files, { found: staged.hits, left: leftRows, secondIds }, mark);
    await onStep?.('detections-written');
    await writeDead(
      store,
      files,
      staged.dead.filter((row) => !this.#recovered.dead.has(row.partition, row.offset, row.sub)),
      mark,
    );
    await onStep?.('dead-letters-written');
    const evidence = staged.hits.map(({ row }) => row).filter((row) => !leftRows.has(row));
    await writeEvents(
      store,
      files,
      { stage: staged.stage, rows: staged.judged.rows.length, left, secondIds, evidence },
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
      reportOf(
        staged,
        counts,
        mark,
        { dedupe: judgedAt - started, write: writtenAt - judgedAt, mark: clock() - writtenAt },
        { lookedUp: verdict.lookedUp, detections: detections.length },
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

/** A joined record ends as its event does: with a duplicate it is one itself. */
function outcomesOf({ batch, judged, deadRows, joined }: StagedBatch, verdict: Verdict): Uint8Array {
  const outcomes = new Uint8Array(batch.rows);
  for (const row of judged.rows) outcomes[row] = outcome.stored;
  for (const row of deadRows) outcomes[row] = outcome.dead;
  for (const index of verdict.duplicates) outcomes[judged.rows[index] ?? 0] = outcome.duplicate;
  for (const index of verdict.conflicts.keys()) outcomes[judged.rows[index] ?? 0] = outcome.conflict;
  for (const [row, first] of joined)
    outcomes[row] = outcomes[first] === outcome.duplicate ? outcome.duplicate : outcome.joined;
  return outcomes;
}
