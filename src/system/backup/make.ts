import { chmod, copyFile, mkdir, open, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type Config, dataFolderVersion } from '../../contracts/index.ts';
import { systemErrors } from '../errors.ts';
import type { Engine } from '../open.ts';
import { type Manifest, syncFolder, writeManifest } from './manifest.ts';

/** What a backup is called below its folder; the same as in a data folder, but for the state, which is packed. */
export const parts = {
  store: 'store',
  state: 'state.tar.zst',
  topics: 'topics',
  log: 'log',
  secretKey: 'secret.key',
  settings: 'settings.json',
  version: 'version.json',
} as const;

/** What the pipeline writes last is frozen first: the log has all that lies beyond it. */
const frozenFirst = ['markers', 'dead_letters', 'events'];

export interface BackupRequest {
  readonly engine: Pick<Engine, 'folder' | 'store' | 'telemetry' | 'workflow'>;
  readonly config: Config;
  /** Version of this program. */
  readonly program: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Absolute; made when absent. */
  readonly target: string;
  readonly signal: AbortSignal;
  /** Called as each step begins. */
  readonly onStep: (step: string, done: number, total: number) => Promise<void>;
}

/**
 * Copies everything of a data folder into an empty folder while it is used. What is restored from it is the telemetry and the work as
 * they were when the log was copied: each part is copied before the one that it can be caught up or made again from, store and
 * topics before the log, the state before the topics. A backup that fails leaves nothing. Throws `system.backup_target`,
 * `system.backup_room`, what the engines throw, the signal's reason.
 */
export async function makeBackup(request: BackupRequest): Promise<Manifest> {
  const { engine, target, clock, signal, onStep } = request;
  await prepareTarget(engine.folder.path, target);
  const release = engine.telemetry.hold();
  try {
    await checkRoom(engine.folder.path, target);
    const began_at = new Date(clock()).toISOString();
    const entries = await entriesOf(engine.workflow);
    const steps = stepsOf(request);
    let rows: Readonly<Record<string, number>> = {};
    for (const [index, { name, copy }] of steps.entries()) {
      signal.throwIfAborted();
      await onStep(name, index, steps.length + 1);
      rows = { ...rows, ...(await copy()) };
    }
    await onStep('checksums', steps.length, steps.length + 1);
    const what = { data_folder: dataFolderVersion, program: request.program, began_at, rows, entries };
    const manifest = await writeManifest(target, what, { clock, signal });
    await onStep('whole', steps.length + 1, steps.length + 1);
    return manifest;
  } catch (error) {
    await emptied(target);
    throw error;
  } finally {
    release();
  }
}

interface Step {
  readonly name: string;
  /** Gives rows by table, where it copies tables. */
  readonly copy: () => Promise<Readonly<Record<string, number>> | undefined>;
}

function stepsOf({ engine, config, target, signal }: BackupRequest): readonly Step[] {
  const { folder, store, telemetry, workflow } = engine;
  const to = (part: keyof typeof parts) => join(target, parts[part]);
  return [
    { name: 'store', copy: () => store.copy(to('store'), { first: frozenFirst, signal }) },
    { name: 'state', copy: async () => void (await workflow.state.dump(to('state'), { signal })) },
    { name: 'topics', copy: async () => void (await workflow.topics.copy(to('topics'))) },
    { name: 'log', copy: async () => void (await telemetry.copy(to('log'), signal)) },
    { name: 'settings', copy: async () => void (await copySettings(folder.path, config, target)) },
  ];
}

/** The key that opens sealed secrets, the settings in force, and what the folder is. */
async function copySettings(folder: string, config: Config, target: string): Promise<void> {
  const key = join(target, parts.secretKey);
  await copyFile(join(folder, parts.secretKey), key).then(
    () => chmod(key, 0o600),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
  await writeJson(join(target, parts.settings), config);
  await writeJson(join(target, parts.version), { data_folder: dataFolderVersion });
  const files = await readdir(target, { withFileTypes: true });
  for (const { name } of files.filter((entry) => entry.isFile())) await syncFile(join(target, name));
  await syncFolder(target);
}

const writeJson = (path: string, value: unknown) =>
  writeFile(path, `${JSON.stringify(value)}\n`, { mode: 0o600 });

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function entriesOf({ topics }: Engine['workflow']): Promise<Record<string, number>> {
  const entries: Record<string, number> = {};
  for (const topic of await topics.topics()) entries[topic] = (await topics.ends(topic)).next;
  return entries;
}

async function prepareTarget(folder: string, target: string): Promise<void> {
  if (!isAbsolute(target))
    throw systemErrors.make('backup_target', `${target} does not say where it begins: name the whole path`);
  if (isWithin(folder, target) || isWithin(target, folder))
    throw systemErrors.make('backup_target', `${target} and the data folder ${folder} lie within each other`);
  try {
    await mkdir(target, { recursive: true, mode: 0o700 });
    if ((await readdir(target)).length === 0) return await chmod(target, 0o700);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw systemErrors.make('backup_target', `${target} can not be used: ${why}`, { cause });
  }
  throw systemErrors.make('backup_target', `${target} is not empty; a backup is made in an empty folder`);
}

/** Whether a path is a folder or lies below it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/** A disk that a backup fills would stop intake, where it is the data folder's own. */
async function checkRoom(folder: string, target: string): Promise<void> {
  const { bavail, bsize } = await statfs(target);
  const needed = await sizeOf(folder);
  if (bavail * bsize > needed) return;
  throw systemErrors.make(
    'backup_room',
    `${dirname(target)} has ${bavail * bsize} bytes free; the backup needs up to ${needed}`,
    { details: { needed } },
  );
}

/** Bytes of a folder's files; those that vanish meanwhile count nothing. */
export async function sizeOf(folder: string): Promise<number> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of found.filter((one) => one.isFile())) {
    const status = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += status?.size ?? 0;
  }
  return bytes;
}

/** The folder was empty before. */
async function emptied(target: string): Promise<void> {
  for (const name of await readdir(target)) await rm(join(target, name), { recursive: true, force: true });
}
