import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { dataFolderVersion, TyrianError } from '../../contracts/index.ts';
import { openState } from '../../state/index.ts';
import { restoringFolder } from '../data-folder.ts';
import { systemErrors } from '../errors.ts';
import { stateMigrations } from '../workflow.ts';
import { isWithin, parts } from './make.ts';
import { copyChecked, type Manifest, readManifest, syncFolder } from './manifest.ts';

export interface RestoreRequest {
  readonly backup: string;
  /** The data folder that is made: absent or empty. */
  readonly target: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (files: number, total: number) => void;
}

export interface Restored {
  readonly manifest: Manifest;
  /** False when its engine does not read the state any more: the first start makes alerts and keys again from the journal. */
  readonly state: boolean;
}

/**
 * Makes a data folder from a backup. Every file is checked against the manifest as it is copied; until all are, the folder holds one
 * part that says so, and nobody starts on it. Throws `system.backup_broken`, `system.backup_newer`,
 * `system.restore_target`, the signal's reason; the folder is then as it was.
 */
export async function restoreBackup(request: RestoreRequest): Promise<Restored> {
  const { clock, signal, onProgress } = request;
  const [backup, target] = [resolve(request.backup), resolve(request.target)];
  const manifest = await readManifest(backup, { dataFolder: dataFolderVersion });
  await prepareTarget(backup, target);
  const draft = join(target, restoringFolder);
  await mkdir(draft, { mode: 0o700 });
  try {
    await copyAll(backup, draft, manifest, { signal, onProgress });
    const state = await unpackState(draft, clock, signal);
    await syncFolders(draft);
    for (const name of await readdir(draft)) await rename(join(draft, name), join(target, name));
    await rm(draft, { recursive: true });
    await syncFolder(target);
    return { manifest, state };
  } catch (error) {
    for (const name of await readdir(target)) await rm(join(target, name), { recursive: true, force: true });
    throw error;
  }
}

async function syncFolders(folder: string): Promise<void> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const entry of found.filter((one) => one.isDirectory()))
    await syncFolder(join(entry.parentPath, entry.name));
  await syncFolder(folder);
}

async function prepareTarget(backup: string, target: string): Promise<void> {
  if (isWithin(backup, target) || isWithin(target, backup))
    throw systemErrors.make('restore_target', `${target} and the backup ${backup} lie within each other`);
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0)
    throw systemErrors.make(
      'restore_target',
      `${target} is not empty; a backup is restored into an empty folder`,
    );
}

async function copyAll(
  backup: string,
  draft: string,
  { files, links }: Manifest,
  { signal, onProgress }: Pick<RestoreRequest, 'signal' | 'onProgress'>,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    const to = join(draft, file.path);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await copyChecked(join(backup, file.path), to, file, signal);
    onProgress(index + 1, files.length);
  }
  for (const { path, target } of links) {
    await mkdir(dirname(join(draft, path)), { recursive: true, mode: 0o700 });
    await symlink(target, join(draft, path));
  }
}

/** Opened once, so that a state that does not open shows here. */
async function unpackState(draft: string, clock: () => number, signal: AbortSignal): Promise<boolean> {
  const [packed, folder] = [join(draft, parts.state), join(draft, 'state')];
  try {
    const options = { folder, template: packed, migrations: stateMigrations, clock, signal };
    await (await openState(options)).close();
    return true;
  } catch (error) {
    if (!(error instanceof TyrianError && error.code === 'state.other_engine')) throw error;
    await rm(folder, { recursive: true, force: true });
    return false;
  } finally {
    await rm(packed, { force: true });
  }
}
