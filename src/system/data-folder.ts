import { hash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
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
  /** Unix domain socket on which it takes commands of this machine; '' while it does not. */
  socket: z.string().default(''),
});
type Holder = z.infer<typeof Holder>;

/** A data folder that this process holds alone. */
export interface DataFolder {
  readonly path: string;
  readonly log: string;
  readonly store: string;
  readonly topics: string;
  readonly state: string;
  readonly temporary: string;
  /** Where a socket for commands of this machine may lie: a folder that is the owner's alone, and a path that is short enough. */
  readonly socket: string;
  /** Tells other commands how to reach this process. */
  announce(reach: { readonly url?: string; readonly socket?: string }): void;
  /** To be called when everything in it was opened: from then on an older program refuses it. */
  opened(): void;
  release(): void;
}

const holderFile = 'holder.json';
const versionFile = 'version.json';
const socketFile = 'tyrian.sock';
/** There while a backup is restored into the folder, and after a restore that was killed. */
export const restoringFolder = 'restoring';
const ownerOnly = 0o700;
/** How often a stale holder is swept aside before giving up: two starters may sweep at once. */
const attempts = 3;

/**
 * Takes a data folder, making it when absent. Throws `system.folder_held` while another process holds it and
 * `system.folder_newer` when a newer program wrote it, `system.folder_restoring`.
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
  let holder: Holder = { pid: process.pid, started: startOf(process.pid), command, url: '', socket: '' };
  takeHold(path, holder);
  try {
    checkWhole(path);
    checkVersion(path);
  } catch (error) {
    rmSync(join(path, holderFile), { force: true });
    throw error;
  }
  return {
    path,
    log: join(path, 'log'),
    store: join(path, 'store'),
    topics: join(path, 'topics'),
    state: join(path, 'state'),
    temporary: join(path, 'temporary'),
    socket: socketIn(path),
    announce(reach) {
      holder = { ...holder, ...reach };
      writeAtomically(path, holderFile, holder);
    },
    opened() {
      if (readVersion(path) !== dataFolderVersion)
        writeAtomically(path, versionFile, { data_folder: dataFolderVersion });
    },
    release: () => rmSync(join(path, holderFile), { force: true }),
  };
}

/** The process that holds a data folder, as far as it can be asked something: undefined when none does. */
export function holderOf(path: string): Pick<Holder, 'pid' | 'command' | 'url' | 'socket'> | undefined {
  const holder = readHolder(join(path, holderFile));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** `sun_path` holds 108 bytes on Linux and 104 on macOS (unix(7), unix(4)), the closing zero included. */
const maxSocketPath = 100;

/** Beside the data where the path is short enough, else in a folder of the owner's among the temporary ones. */
function socketIn(path: string): string {
  const beside = join(path, 'run');
  const folder =
    Buffer.byteLength(join(beside, socketFile)) <= maxSocketPath
      ? beside
      : join(tmpdir(), `tyrian-${hash('sha256', path, 'hex').slice(0, 24)}`);
  mkdirSync(folder, { recursive: true, mode: ownerOnly });
  // Among the temporary ones anyone may have been there first, with a link that leads elsewhere as well.
  const status = lstatSync(folder);
  if (!status.isDirectory()) throw systemErrors.make('folder_unusable', `${folder} is no folder`);
  if (process.getuid !== undefined && status.uid !== process.getuid())
    throw systemErrors.make(
      'folder_unusable',
      `${folder} belongs to someone else; a shorter data_folder does without it`,
    );
  chmodSync(folder, ownerOnly);
  return join(folder, socketFile);
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

/** An older folder keeps its version until all of it was opened: where that fails, the older program still takes it. */
function checkVersion(path: string): void {
  const found = readVersion(path);
  if (found === undefined) writeAtomically(path, versionFile, { data_folder: dataFolderVersion });
  else if (found > dataFolderVersion)
    throw systemErrors.make(
      'folder_newer',
      `${path} has version ${found}; this program knows up to ${dataFolderVersion}. Start it with the newer program.`,
    );
}

function readVersion(path: string): number | undefined {
  try {
    return Version.parse(JSON.parse(readFileSync(join(path, versionFile), 'utf8'))).data_folder;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Throws `system.folder_restoring` for a folder that is only partly restored. */
function checkWhole(path: string): void {
  if (!existsSync(join(path, restoringFolder))) return;
  throw systemErrors.make(
    'folder_restoring',
    `A backup is being restored into ${path}, or its restore was stopped: empty the folder and restore again`,
  );
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
