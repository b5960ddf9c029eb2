import { statfs } from 'node:fs/promises';
import * as z from 'zod';
import { ownVersion } from '../api/index.ts';
import type { Config, ProcessView } from '../contracts/index.ts';
import type { JobKind } from '../jobs/index.ts';
import { replayKind } from '../pipeline/index.ts';
import { trust } from '../sql/index.ts';
import { makeBackup } from './backup/make.ts';
import { systemErrors } from './errors.ts';
import { rebuildTables } from './rebuild-state.ts';
import { watchThroughput } from './throughput.ts';
import type { Tyrian } from './tyrian.ts';

/** Reading dead letters of months takes longer than a question may. */
const replaySeconds = 600;
/** How often a job that rebuilds tables says how far it is. */
const progressMilliseconds = 1_000;

export interface Operations {
  readonly kinds: readonly JobKind[];
  readonly program: {
    readonly version: string;
    readonly startedAt: Date;
    readonly status: (signal: AbortSignal) => Promise<ProcessView>;
  };
  close(): void;
}

/** What operators order and look at, over the engines of an open Tyrian. `url` is where the server listens by then. */
export function composeOperations(tyrian: Tyrian, config: Config, url: () => string): Operations {
  const throughput = watchThroughput(tyrian.totals, () => performance.now());
  const rows = (sql: string, signal: AbortSignal) =>
    tyrian.store.rows(trust(sql), { lane: 'background', signal, maxSeconds: replaySeconds });
  const replay = replayKind({
    store: { rows, insert: (...insert) => tyrian.store.insert(...insert) },
    log: tyrian.telemetry,
    append: (group) => tyrian.append(group),
    settled: (signal) => tyrian.settled(signal),
    clock: Date.now,
  });
  return {
    kinds: [backupKind(tyrian, config) as JobKind, rebuildKind(tyrian) as JobKind, replay as JobKind],
    program: {
      version: ownVersion(),
      startedAt: new Date(),
      status: (signal) => statusOf(tyrian, { url: url(), rates: throughput.rates() }, signal),
    },
    close: () => throughput.close(),
  };
}

const BackupParameters = z.strictObject({ folder: z.string() });

/** One attempt: a second one would find what the first one left. */
function backupKind(tyrian: Tyrian, config: Config): JobKind<z.infer<typeof BackupParameters>> {
  let running = false;
  return {
    name: 'backup.make',
    parameters: BackupParameters,
    maxAttempts: 1,
    async run({ tenant, by, parameters: { folder }, signal, progress }) {
      if (running) throw systemErrors.make('backup_running', 'Another backup is being made; try again later');
      running = true;
      try {
        const { bytes, files, rows, began_at } = await makeBackup({
          ...{ engine: tyrian, config, program: ownVersion(), clock: Date.now, target: folder, signal },
          onStep: (step, done, total) => progress(done, total, step),
        });
        const result = { folder, bytes, files: files.length, rows, began_at };
        await tyrian.workflow.audit.record({
          ...{ tenant, by, action: 'backup.made', outcome: 'done', trace_id: '' },
          details: { folder, bytes, files: files.length },
        });
        return result;
      } finally {
        running = false;
      }
    },
  };
}

function rebuildKind({ workflow }: Tyrian): JobKind<Record<string, never>> {
  return {
    name: 'state.rebuild',
    parameters: z.strictObject({}),
    maxAttempts: 3,
    async run({ tenant, by, progress }) {
      const total = await entriesOf(workflow.topics);
      let told = 0;
      let telling: Promise<void> = Promise.resolve();
      const rebuilt = await rebuildTables(workflow, (applied) => {
        if (performance.now() - told < progressMilliseconds) return;
        told = performance.now();
        telling = progress(applied, total).catch(() => {});
      });
      await telling;
      const { changes, detections } = rebuilt;
      await workflow.audit.record({
        ...{ tenant, by, action: 'state.rebuilt', outcome: 'done', trace_id: '' },
        details: { changes, detections },
      });
      return { changes, detections };
    },
  };
}

async function entriesOf(topics: Tyrian['workflow']['topics']): Promise<number> {
  const [changes, detections] = [await topics.ends('changes'), await topics.ends('detections')];
  return changes.next - changes.first + detections.next - detections.first;
}

const partsSql = trust(
  'SELECT sum(bytes_on_disk) AS bytes, ' +
    "sumIf(rows, table = 'events') AS events, sumIf(rows, table = 'dead_letters') AS dead_letters " +
    'FROM system.parts WHERE active AND database = currentDatabase()',
);

async function statusOf(
  tyrian: Tyrian,
  known: { readonly url: string; readonly rates: { readonly records: number; readonly stored: number } },
  signal: AbortSignal,
): Promise<ProcessView> {
  const { rows, stored, duplicate, dead, faults } = tyrian.totals();
  const [{ framesWaiting, lastBatch }, [sizes], { bavail, blocks, bsize }] = await Promise.all([
    tyrian.pace(),
    tyrian.store.rows(partsSql, { signal }),
    statfs(tyrian.folder.path),
  ]);
  return {
    url: known.url,
    pipeline: {
      ...{ records: rows, stored, duplicate, dead, faults },
      records_per_second: known.rates.records,
      stored_per_second: known.rates.stored,
      frames_waiting: framesWaiting,
      last_batch: lastBatch === null ? null : { ...lastBatch, at: new Date(lastBatch.at).toISOString() },
    },
    store: {
      bytes: Number(sizes?.bytes ?? 0),
      events: Number(sizes?.events ?? 0),
      dead_letters: Number(sizes?.dead_letters ?? 0),
    },
    disk: { free_bytes: bavail * bsize, total_bytes: blocks * bsize },
  };
}
