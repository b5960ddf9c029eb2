import { rowVersion } from '../contracts/index.ts';
import { stageColumns } from '../normalise/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';
import type { BatchFiles, BatchStore } from './batch-store.ts';
import { type DeadRow, deadBlock, deadStructure } from './dead.ts';
import { idBlock, rowBlock } from './encode.ts';
import type { OutcomeCount } from './outcome.ts';

/** Events that a rule hit are kept longer than others: they are what alerts rest on. */
const retentionClasses = { usual: 'standard', hit: 'evidence' } as const;

/** Who writes: the epoch rises with each start, the number with each batch, the stamp is the batch's `ingested_at`. */
export interface BatchMark {
  readonly writerEpoch: number;
  readonly batch: number;
  /** Milliseconds. */
  readonly stamp: number;
}

/** Columns that stand in the stage for the batch's own use. */
const stageOnly: ReadonlySet<string> = new Set(['row', 'ok', 'event_id']);
const copied = () => stageColumns.map(({ name }) => name).filter((name) => !stageOnly.has(name));

/** Stores dead letters; an empty list stores nothing. */
export async function writeDead(
  store: BatchStore,
  files: BatchFiles,
  rows: readonly DeadRow[],
  mark: BatchMark,
) {
  if (rows.length === 0) return;
  const columns = deadStructure.map(([name]) => name).join(', ');
  const structure = deadStructure.map(([name, type]) => `${name} ${type}`).join(', ');
  const relation = await files.write('dead', deadBlock(rows), structure);
  await store.run(
    `INSERT INTO dead_letters (${columns}, ingested_at, writer_epoch, batch) ` +
      `SELECT ${columns}, ${stampText(mark)}, ${mark.writerEpoch}, ${mark.batch} FROM ${relation}`,
  );
}

/** What of a stage becomes events: all sure rows, less `left` (row numbers), with second ids for conflicts. */
export interface Chosen {
  readonly stage: string;
  readonly rows: number;
  /** Row numbers that are not stored: duplicates, and what a crash had stored already. */
  readonly left: readonly number[];
  /** Row number → second id (16 bytes, latin1). */
  readonly secondIds: ReadonlyMap<number, string>;
  /** Row numbers that a rule hit. */
  readonly evidence: readonly number[];
}

/** Copies the chosen rows of a stage to `events`. */
export async function writeEvents(store: BatchStore, files: BatchFiles, chosen: Chosen, mark: BatchMark) {
  const { stage, rows, left, secondIds, evidence } = chosen;
  const retention =
    evidence.length === 0
      ? quoteString(retentionClasses.usual)
      : `if(row IN (SELECT row FROM ${await files.write('evidence', rowBlock(evidence), 'row UInt32')}), ` +
        `${quoteString(retentionClasses.hit)}, ${quoteString(retentionClasses.usual)})`;
  if (rows - left.length - secondIds.size > 0) {
    const apart = [...left, ...secondIds.keys()];
    const where =
      apart.length === 0
        ? ''
        : ` AND row NOT IN (SELECT row FROM ${await files.write('left', rowBlock(apart), 'row UInt32')})`;
    await store.run(
      copy(
        { stage, id: 'event_id', conflict: 0, from: `FROM ${stage} WHERE ok = 1${where}`, retention },
        mark,
      ),
    );
  }
  if (secondIds.size > 0) {
    const block = idBlock([...secondIds.values()], [...secondIds.keys()]);
    const relation = await files.write('second-ids', block, 'id FixedString(16), row UInt32');
    const from = `FROM ${stage} INNER JOIN (SELECT id, row FROM ${relation}) AS second USING (row) WHERE ok = 1`;
    await store.run(copy({ stage, id: 'second.id', conflict: 1, from, retention }, mark));
  }
}

interface Copy {
  readonly stage: string;
  readonly id: string;
  readonly conflict: 0 | 1;
  readonly from: string;
  /** Expression of the retention class. */
  readonly retention: string;
}

function copy({ stage, id, conflict, from, retention }: Copy, mark: BatchMark): string {
  const columns = copied();
  return (
    `INSERT INTO events (${columns.join(', ')}, event_id, id_conflict, ingested_at, schema_version, retention_class, ` +
    `writer_epoch, batch) SELECT ${columns.map((name) => `${stage}.${name}`).join(', ')}, ${id}, ${conflict}, ` +
    `${stampText(mark)}, ${rowVersion}, ${retention}, ${mark.writerEpoch}, ${mark.batch} ${from}`
  );
}

/** One insert with one row per partition: the batch is done, and a later start goes on behind it. */
export async function writeMarkers(
  store: BatchStore,
  ranges: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
  counts: ReadonlyMap<number, readonly OutcomeCount[]>,
  mark: BatchMark,
): Promise<void> {
  const rows = [...ranges].map(([partition, { from, to }]) => {
    const of = counts.get(partition) ?? [];
    const texts = (pick: (count: OutcomeCount) => string) =>
      `[${of.map((count) => quoteString(pick(count))).join(', ')}]`;
    const numbers = (pick: (count: OutcomeCount) => number) => `[${of.map(pick).join(', ')}]`;
    return (
      `(${partition}, ${from}, ${to}, ${stampText(mark)}, ${mark.writerEpoch}, ${mark.batch}, ` +
      `${texts((count) => count.tenant)}, ${texts((count) => count.source)}, ${numbers((count) => count.minute)}, ` +
      `${numbers((count) => count.received)}, ${numbers((count) => count.stored)}, ` +
      `${numbers((count) => count.duplicate)}, ${numbers((count) => count.dead)}, ${numbers((count) => count.conflict)}, ` +
      // Nothing filters records yet; the ledger's balance names it.
      `${numbers((count) => count.joined)}, ${numbers(() => 0)})`
    );
  });
  await store.run(
    'INSERT INTO markers (partition, from_offset, to_offset, ingested_at, writer_epoch, batch, ' +
      `tenants, sources, minutes, received, stored, duplicate, dead, conflict, joined, filtered) VALUES ${rows.join(', ')}`,
  );
}

const stampText = ({ stamp }: BatchMark) => timeSql(stamp);
