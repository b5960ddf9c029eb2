import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { dataFolderVersion } from '../contracts/index.ts';
import { systemErrors } from './errors.ts';

/** The holder of a data folder, as it stands in `holder.json`. */
const Holder = z.strictObject({
  pid: z.int().positive(),
  /** Start of that process in clock ticks since boot where the system tells it: a pid alone may be reused. */
  started: z.string(),
  command: z.string(),
  /** Where it can be reached; '' while it can not. */
  url: z.string(),
});
type Holder = z.infer<typeof Holder>;

/** A data folder that this process holds alone. */
export interface DataFolder {
  readonly path: string;
  readonly keys: string;
  readonly log: string;
  readonly store: string;
  readonly temporary: string;
  /** Tells other commands how to reach this process. */
  announce(url: string): void;
  release(): void;
}

const holderFile = 'holder.json';
const versionFile = 'version.json';
/** How often a stale holder is swept aside before giving up: two starters may sweep at once. */
const attempts = 3;

/**
 * Takes a data folder, making it when absent. Throws `system.folder_held` while another process holds it and
 * `system.folder_newer` when a newer program wrote it.
 */
export function holdDataFolder(path: string, command: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw systemErrors.make(
      'folder_unusable',
      `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const holder: Holder = { pid: process.pid, started: startOf(process.pid), command, url: '' };
  takeHold(path, holder);
  try {
    checkVersion(path);
  } catch (error) {
    rmSync(join(path, holderFile), { force: true });
    throw error;
  }
  return {
    path,
    keys: join(path, 'keys.json'),
    log: join(path, 'log'),
    store: join(path, 'store'),
    temporary: join(path, 'temporary'),
    announce: (url) => writeAtomically(path, holderFile, { ...holder, url }),
    release: () => rmSync(join(path, holderFile), { force: true }),
  };
}

function takeHold(path: string, holder: Holder): void {
  const file = join(path, holderFile);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, JSON.stringify(holder));
      fsyncSync(descriptor);
      closeSync(descriptor);
      return;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) {
        throw systemErrors.make('folder_unusable', `${file}: ${String(error)}`, { cause: error });
      }
    }
    const other = readHolder(file);
    if (other !== undefined && isAlive(other)) throw held(path, other);
    sweep(file, other);
  }
  throw systemErrors.make('folder_held', `${path} is being taken by another process; try again`);
}

/**
 * Moves a dead holder's file away. Another starter may have swept and taken the folder in between: what was moved is looked
 * at, and put back if it is not the dead one's.
 */
function sweep(file: string, dead: Holder | undefined): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.pid !== dead?.pid) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function held(path: string, { pid, command, url }: Holder) {
  const reach = url === '' ? 'wait until it has ended, or stop it' : `it can be reached at ${url}`;
  return systemErrors.make('folder_held', `${path} is held by "${command}" (process ${pid}); ${reach}`, {
    details: { pid, command, url },
  });
}

function readHolder(file: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  if (pid === process.pid) return startOf(pid) === started;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM');
  }
  return started === '' || startOf(pid) === started;
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)), behind the command name in brackets; '' where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

const Version = z.object({ data_folder: z.int().positive() });

function checkVersion(path: string): void {
  let text: string | undefined;
  try {
    text = readFileSync(join(path, versionFile), 'utf8');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  if (text === undefined) {
    writeAtomically(path, versionFile, { data_folder: dataFolderVersion });
    return;
  }
  const found = Version.parse(JSON.parse(text)).data_folder;
  if (found > dataFolderVersion) {
    throw systemErrors.make(
      'folder_newer',
      `${path} has version ${found}; this program knows up to ${dataFolderVersion}. Start it with the newer program.`,
    );
  }
}

function writeAtomically(path: string, name: string, value: unknown): void {
  const temporary = join(path, `${name}.${process.pid}.new`);
  const descriptor = openSync(temporary, 'w', 0o600);
  writeSync(descriptor, JSON.stringify(value));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, join(path, name));
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code;
