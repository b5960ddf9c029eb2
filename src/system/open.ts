import { hash } from 'node:crypto';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, RecordGroup } from '../contracts/index.ts';
import { createLedger, createRefusals, type Ledger, type Refusals } from '../ledger/index.ts';
import { type Appended, openLog, type Log as TelemetryLog } from '../log/index.ts';
import { createLiveCatalogue, type LiveCatalogue } from '../normalise/index.ts';
import type { Emit, Log, Metrics } from '../observe/index.ts';
import { createWatermark, type PipelineStep } from '../pipeline/index.ts';
import { trust } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { closeInReverse } from './close-all.ts';
import { type DataFolder, holdDataFolder } from './data-folder.ts';
import type { RulesInForce } from './pipeline-messages.ts';
import { observePipeline, type PipelineTotals } from './pipeline-metrics.ts';
import { startPipelineThread } from './pipeline-thread.ts';
import { openWorkflow, type Workflow } from './workflow.ts';

/** Free bytes that tmpfs must have before batches are handed over there instead of in the data folder. */
const neededShared = 2 * 1024 ** 3;
const trimEveryMilliseconds = 60_000;

export interface OpenInput {
  readonly config: Config;
  /** The command, as another one is told when it finds the folder held. */
  readonly command: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What is dropped, with its reason; one a process. */
  readonly emit: Emit;
  readonly clock: () => number;
  /** Source folders instead of the package's own. */
  readonly sourceFolders?: readonly string[];
  /** Tests stop the process between two writes. */
  readonly onStep?: (step: PipelineStep) => Promise<void>;
  readonly stops?: readonly PipelineStep[];
  /** The pipeline's thread is gone: nothing is stored any more. */
  readonly onFatal: (error: Error) => void;
}

export interface LastBatch {
  /** Milliseconds since the epoch, when it was stored. */
  readonly at: number;
  readonly records: number;
  readonly milliseconds: number;
}

/** Log, store, ledger and the running pipeline of one data folder. */
export interface Engine {
  readonly folder: DataFolder;
  readonly workflow: Workflow;
  readonly catalogue: LiveCatalogue;
  readonly telemetry: TelemetryLog;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly refusals: Refusals;
  /** Milliseconds up to which batches are whole. */
  snapshot(): number;
  totals(): PipelineTotals;
  /** How far the pipeline is behind the log, and its last batch in this process. */
  pace(): Promise<{ readonly framesWaiting: number; readonly lastBatch: LastBatch | null }>;
  /** Appends durably and wakes the pipeline. */
  append(group: RecordGroup): Promise<Appended>;
  /** Resolves when all that was appended before the call is stored. */
  settled(signal?: AbortSignal): Promise<void>;
  /** Stops in order: pipeline (the batch under way is finished), log, store, folder. */
  close(): Promise<void>;
}

/** Opens the embedded engines of a data folder and starts the pipeline. Who opens, closes. */
export async function openEngine(input: OpenInput): Promise<Engine> {
  const { config, log, clock } = input;
  const folder = holdDataFolder(config.data_folder, input.command);
  const opened: (() => Promise<unknown>)[] = [async () => folder.release()];
  const closeAll = () => closeInReverse(opened.splice(0));
  try {
    let thread: ReturnType<typeof startPipelineThread> | undefined;
    const workflow = await openWorkflow({
      ...{ config, folder, log, clock },
      onRules: () => thread?.setRules(rulesInForce(workflow)),
      onMask: () => thread?.setMask(workflow.mask.entries()),
    });
    opened.push(() => workflow.close());
    const catalogue = await createLiveCatalogue({
      ...(input.sourceFolders === undefined ? {} : { own: input.sourceFolders }),
      folders: config.sources.folder === undefined ? [] : [config.sources.folder],
      // The thread knows a source before intake names it.
      beforeChange: async (sources) => thread?.adopt(sources),
      onChange: (change) => log.info({ ...change }, 'Sources of an own folder are taken up'),
      onFault: (fault) => log.warn({ ...fault }, 'A changed source is not sound; the one of before goes on'),
      clock: () => new Date(clock()),
    });
    const store = await openStore({ folder: folder.store });
    opened.push(() => store.close());
    const own = ownReads(store);
    const marks = await lastStamps(own);
    const telemetry = await openLog({
      folder: folder.log,
      partitions: config.log.partitions,
      durability: config.log.durability,
      minFreeShare: config.log.min_free_disk_share,
      retention: { ms: config.log.retention_hours * 3_600_000, bytes: config.log.max_bytes },
      floor: marks.positions,
    });
    opened.push(() => telemetry.close());
    const watermark = createWatermark(clock, marks.last, marks.lastMarker);
    const observed = observePipeline(input);
    const positions = new Map(marks.positions);
    const waiting = new Set<() => void>();
    let lastBatch: LastBatch | null = null;
    const temporary = temporaryFolder(folder);
    const pipeline = startPipelineThread(
      {
        logFolder: folder.log,
        temporaryFolder: temporary,
        sources: catalogue.texts(),
        limits: {
          records: config.pipeline.batch_records,
          milliseconds: config.pipeline.batch_ms,
          backlogRecords: config.pipeline.backlog_batch_records,
        },
        filterIds: config.pipeline.filter_ids,
        rules: rulesInForce(workflow),
        stops: input.stops ?? [],
      },
      {
        ...own,
        open: async () => watermark.open(),
        close: async (stamp) => watermark.close(stamp),
        recovered: async () => watermark.recovered(),
        detected: (detections) => workflow.journal.detected(detections),
        step: async (step) => input.onStep?.(step),
      },
      {
        onReport(report) {
          observed.batch(report);
          const milliseconds = Object.values(report.milliseconds).reduce((sum, value) => sum + value, 0);
          lastBatch = { at: clock(), records: report.rows, milliseconds };
          for (const [partition, offset] of report.positions) positions.set(partition, offset);
          for (const look of waiting) look();
        },
        onFault: observed.fault,
        onEnd: input.onFatal,
      },
    );
    thread = pipeline;
    opened.push(async () => rmSync(temporary, { recursive: true, force: true }));
    opened.push(() => pipeline.stop());
    opened.push(() => catalogue.close());
    const unsubscribe = telemetry.onAppended(() => pipeline.wake());
    const trimming = setInterval(() => {
      telemetry.trim(positions).catch((err: unknown) => log.warn({ err }, 'The log could not be trimmed'));
    }, trimEveryMilliseconds);
    trimming.unref();
    const refusals = createRefusals();
    const snapshot = () => watermark.snapshot();
    folder.opened();
    return {
      folder,
      workflow,
      catalogue,
      telemetry,
      store,
      refusals,
      ledger: createLedger({ store: own, log: telemetry, refusals, snapshot }),
      snapshot,
      totals: observed.totals,
      async pace() {
        const behind = (await telemetry.ends()).map(({ partition, first, next }) =>
          Math.max(0, next - (positions.get(partition) ?? first)),
        );
        return { framesWaiting: behind.reduce((sum, frames) => sum + frames, 0), lastBatch };
      },
      append: (group) => telemetry.append(group),
      async settled(signal) {
        const ends = await telemetry.ends();
        const behind = () =>
          ends.some(({ partition, first, next }) => next > (positions.get(partition) ?? first));
        await new Promise<void>((resolve, reject) => {
          const look = () => {
            if (behind() && signal?.aborted !== true) return;
            waiting.delete(look);
            if (signal?.aborted === true) reject(signal.reason as Error);
            else resolve();
          };
          waiting.add(look);
          signal?.addEventListener('abort', look);
          look();
        });
      },
      async close() {
        clearInterval(trimming);
        unsubscribe();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const rulesInForce = ({ rules, mask }: Workflow): RulesInForce => ({
  packs: rules.packs().map(({ name, license, author, off, rules: own, filters, correlations }) => ({
    ...{ name, license, author, off, filters, correlations },
    rules: own,
  })),
  mask: mask.entries(),
});

/** The program's own statements, for the pipeline and the ledger. */
function ownReads(store: Store) {
  return {
    run: (text: string) => store.run(trust(text)),
    bytes: (text: string) => store.bytes(trust(text)),
    rows: (text: string, signal?: AbortSignal) => store.rows(trust(text), signal ? { signal } : {}),
  };
}

/** Where markers end, and the stamps that new ones must lie above. */
async function lastStamps(own: ReturnType<typeof ownReads>) {
  const stamp = async (table: string) => {
    const [row] = await own.rows(`SELECT toUnixTimestamp64Milli(max(ingested_at)) AS stamp FROM ${table}`);
    return Number(row?.stamp ?? 0);
  };
  const markers = await own.rows('SELECT partition, max(to_offset) AS next FROM markers GROUP BY partition');
  const lastMarker = await stamp('markers');
  return {
    positions: new Map(markers.map((row) => [Number(row.partition), Number(row.next)])),
    lastMarker,
    last: Math.max(lastMarker, await stamp('events'), await stamp('dead_letters')),
  };
}

/**
 * Batches are handed to the engine as files that are read once: in memory where there is room, else beside the data.
 * The name follows from the data folder, so that what a killed process left is swept at the next start.
 */
function temporaryFolder({ path, temporary }: DataFolder): string {
  const shared = join('/dev/shm', `tyrian-${hash('sha256', path, 'hex').slice(0, 16)}`);
  for (const folder of [temporary, shared]) rmSync(folder, { recursive: true, force: true });
  const chosen = hasSharedMemory() ? shared : temporary;
  // Not one that somebody else made meanwhile.
  mkdirSync(chosen, { mode: 0o700 });
  return chosen;
}

function hasSharedMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= neededShared;
  } catch {
    return false;
  }
}
