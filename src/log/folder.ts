import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { logFrameVersion } from '../contracts/index.ts';
import { logErrors } from './errors.ts';

/** Version of the folder's own layout: `log.json` and the segments. */
const folderVersion = 1;
const metaName = 'log.json';
/** Digits of a segment's number in its file name; sorted by name is sorted by number. */
const numberDigits = 12;
/** Room for more than LMDB's 126 readers: slots of 64 bytes, a prelude. */
const lockBytes = 16 * 1024;
const segmentPattern = /^(\d{12})\.mdb$/;

const Versions = z.object({ kind: z.literal('tyrian-log'), folder: z.int().min(1), frame: z.int().min(1) });
const Meta = Versions.extend({ partitions: z.int().min(1).max(65_536) });
type FolderMeta = z.infer<typeof Meta>;

/** Makes a rename, creation or removal in a folder last through power loss. */
export function syncFolder(folder: string): void {
  // Windows can't open a folder; its file systems journal the name with the file.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The number of partitions of the log in a folder, or undefined where there is none. */
export async function readMeta(folder: string): Promise<FolderMeta | undefined> {
  const text = await readFile(metaPath(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseMeta(folder, text);
}

function parseMeta(folder: string, text: string): FolderMeta {
  const versions = Versions.safeParse(parseJson(text));
  if (!versions.success) throw damaged(folder, `${metaName} does not describe a log`);
  if (versions.data.folder > folderVersion || versions.data.frame > logFrameVersion) {
    throw logErrors.make(
      'newer_folder',
      `the log in ${folder} was made by a newer program; update this one`,
      {
        details: { folder: versions.data, known: { folder: folderVersion, frame: logFrameVersion } },
      },
    );
  }
  const meta = Meta.safeParse(parseJson(text));
  if (!meta.success) throw damaged(folder, `${metaName} does not say the number of partitions`);
  return meta.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const damaged = (folder: string, what: string, cause?: unknown) =>
  logErrors.make('damaged_folder', `${folder}: ${what}; restore it from a copy or start an empty one`, {
    cause,
  });

/** Makes the log's folder for good, or checks the one that is there. Errors: the folder codes of the catalogue. */
export async function makeFolder(folder: string, partitions: number): Promise<void> {
  await mkdir(segmentsOf(folder), { recursive: true, mode: 0o700 });
  syncFolder(dirname(folder));
  const meta = await readMeta(folder);
  if (meta) checkPartitions(folder, meta.partitions, partitions);
  else if ((await segmentNumbers(folder)).length > 0) throw damaged(folder, `segments without ${metaName}`);
  // Said before the first frame of a new version is written, so that an older program refuses the folder whole.
  if (meta?.frame === logFrameVersion) return;
  await writeMeta(folder, { kind: 'tyrian-log', folder: folderVersion, frame: logFrameVersion, partitions });
}

function checkPartitions(folder: string, made: number, asked: number): void {
  if (made === asked) return;
  throw logErrors.make(
    'partition_mismatch',
    `the log in ${folder} was made with ${made} partitions, which is fixed; it can't be opened with ${asked}`,
    { details: { partitions: made } },
  );
}

/** Whole or not at all, whenever the process or the power ends. */
async function writeMeta(folder: string, meta: FolderMeta): Promise<void> {
  const draft = join(folder, `${metaName}.new`);
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(meta)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, metaPath(folder));
  syncFolder(folder);
}

/** The file that says what a folder is. */
export const metaPath = (folder: string): string => join(folder, metaName);

export const segmentsOf = (folder: string): string => join(folder, 'segments');

export const segmentPath = (folder: string, number: number): string =>
  join(segmentsOf(folder), `${String(number).padStart(numberDigits, '0')}.mdb`);

/** Where a segment is made before it gets its name. */
export const draftPath = (folder: string): string => join(segmentsOf(folder), 'draft.mdb');

/** The numbers of all segments, lowest first. */
export async function segmentNumbers(folder: string): Promise<readonly number[]> {
  const names = await readdir(segmentsOf(folder));
  return names
    .map((name) => segmentPattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

const lockPath = (path: string): string => `${path}-lock`;

/**
 * Makes an environment's lock file, every byte of it on disk. LMDB would make it with holes and map it: to touch a
 * hole on a full disk ends the process (SIGBUS), while writing zeros is a plain ENOSPC.
 */
export async function makeLock(path: string): Promise<void> {
  await writeFile(lockPath(path), Buffer.alloc(lockBytes), { mode: 0o600 });
}

/** Gives a closed environment its name; once the name is there, so is the lock file. */
export async function renameSegment(from: string, to: string): Promise<void> {
  await rename(lockPath(from), lockPath(to));
  await rename(from, to);
  syncFolder(dirname(to));
}

/** Removes an environment's file and its lock file. */
export async function removeSegment(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(lockPath(path), { force: true });
}
