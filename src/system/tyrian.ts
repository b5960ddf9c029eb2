import { randomUUID } from 'node:crypto';
import {
  type Analyst,
  createAnalyst,
  createDeterministicPlanner,
  createDeterministicTriager,
  createModelPlanner,
  createModelTriager,
  createModelWriter,
  createOfflineWriter,
  type Planner,
} from '../analyst/index.ts';
import type { ReadinessCheck } from '../api/index.ts';
import { type Config, type RecordGroup, TyrianError } from '../contracts/index.ts';
import { type ImportProgress, type ImportResult, importPaths } from '../intake/index.ts';
import { createIntel, type Intel, ownNotesFolder } from '../intel/index.ts';
import { openModel } from '../llm/index.ts';
import type { Appended } from '../log/index.ts';
import { trust } from '../sql/index.ts';
import { closeInReverse } from './close-all.ts';
import { systemErrors } from './errors.ts';
import { type Engine, type OpenInput, openEngine } from './open.ts';
import { createTenantReads } from './tenant-reads.ts';

const ping = trust('SELECT 1 AS one');

/** Pauses while the log is busy: it empties within a flush. */
const busyPauseMilliseconds = 20;

/** An open Tyrian: the engines, the analyst, and the ways in. */
export interface Tyrian extends Engine {
  readonly analyst: Analyst;
  readonly intel: Intel;
  readonly checks: readonly ReadinessCheck[];
  /** Imports files and folders as the local principal, for the configured tenant unless another one is named. */
  importPaths(request: {
    readonly paths: readonly string[];
    readonly source?: string | undefined;
    readonly tenant?: string;
    readonly signal: AbortSignal;
    readonly onProgress?: (progress: ImportProgress) => void;
  }): Promise<ImportResult>;
}

/** Opens everything that runs in one process. Who opens, closes. */
export async function openTyrian(input: OpenInput): Promise<Tyrian> {
  let fatal: Error | undefined;
  const engine = await openEngine({
    ...input,
    onFatal(error) {
      fatal = error;
      input.onFatal(error);
    },
  });
  const { config, clock, log } = input;
  const intel = createIntel({
    ...{ store: engine.store, newId: randomUUID, ownNotes: ownNotesFolder },
    clock: () => new Date(clock()),
  });
  const { planner, writer, triager } = analystParts(config);
  const analyst = createAnalyst({
    readsFor: createTenantReads({ engine, intel, planner, clock, maxSeconds: config.ask.max_seconds }),
    writer,
    triager,
    now: () => performance.now(),
    newRunId: randomUUID,
    limits: { maxRuns: config.ask.max_runs },
    onFailure: ({ run_id, trace_id, cause }) =>
      log.error({ err: cause, run_id, trace_id }, 'A question failed'),
  });
  return {
    ...engine,
    analyst,
    intel,
    checks: [
      { name: 'log', holds: async () => (await engine.telemetry.ends()).length > 0 },
      { name: 'pipeline', holds: () => fatal === undefined },
      { name: 'store', holds: async () => (await engine.store.rows(ping)).length === 1 },
    ],
    async importPaths({ paths, source, tenant = config.tenant, signal, onProgress }) {
      checkSource(engine, source);
      return await importPaths({
        ...{ paths, source, signal, clock, tenant },
        credential: 'local',
        sources: engine.catalogue,
        append: (group) => appendPatiently(engine, group, signal),
        ...(onProgress ? { onProgress } : {}),
      });
    },
    async close() {
      await closeInReverse([() => engine.close(), () => analyst.close()]);
    },
  };
}

function checkSource({ catalogue }: Engine, source: string | undefined): void {
  if (source === undefined || catalogue.sources.includes(source)) return;
  throw systemErrors.make(
    'unknown_source',
    `There is no source '${source}'; there are ${catalogue.sources.join(', ')}`,
    { details: { sources: catalogue.sources } },
  );
}

/** A file can wait: while the log is busy the append is tried again; what is not retryable ends the import. */
async function appendPatiently(engine: Engine, group: RecordGroup, signal: AbortSignal): Promise<Appended> {
  for (;;) {
    try {
      return await engine.append(group);
    } catch (error) {
      if (!(error instanceof TyrianError) || error.code !== 'log.busy') throw error;
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, busyPauseMilliseconds));
    }
  }
}

/** The offline analyst; with a configured model, the model's twins with the offline ones behind or before them. */
function analystParts(config: Config) {
  const model = openModel(config.model, { random: Math.random, now: Date.now });
  const planner = createDeterministicPlanner();
  const writer = createOfflineWriter();
  const triager = createDeterministicTriager();
  if (model === undefined) return { planner, writer, triager };
  return {
    planner: firstOf(planner, createModelPlanner({ model, name: config.model.name })),
    writer: createModelWriter({ model, fallback: writer }),
    triager: createModelTriager({ model, deterministic: triager }),
  };
}

/** The deterministic planner is there within milliseconds; the model plans what that one can't. */
function firstOf(first: Planner, second: Planner): Planner {
  return {
    async plan(question, context, signal) {
      const outcome = await first.plan(question, context, signal);
      return outcome.kind === 'plan' ? outcome : await second.plan(question, context, signal);
    },
  };
}
