import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { logErrors } from '../errors.ts';
import { damaged, makeLock, removeSegment, renameSegment, syncFolder } from '../folder.ts';
import { MalformedBytes } from '../wire.ts';
import { NewerFile, TopicsFile } from './topics-file.ts';

const fileName = 'topics.mdb';
/** Where the file is made, or copied to, before it gets its name. */
const draftName = 'draft.mdb';

/** Opens the topics of a folder, making both when absent. Errors: `log.damaged_folder`, `log.newer_folder`. */
export async function openTopicsFile(folder: string, sync: boolean): Promise<TopicsFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  syncFolder(dirname(folder));
  const path = join(folder, fileName);
  if (existsSync(path)) await makeMissingLock(path);
  else await makeFile(folder, path);
  return load(folder, path, sync);
}

async function load(folder: string, path: string, sync: boolean): Promise<TopicsFile> {
  let file: TopicsFile | undefined;
  try {
    file = new TopicsFile(path, { sync });
    return file.load();
  } catch (error) {
    await file?.close();
    if (error instanceof NewerFile)
      throw logErrors.make(
        'newer_folder',
        `the topics in ${folder} were made by a newer program; update this one`,
      );
    if (error instanceof MalformedBytes) throw damaged(folder, `${fileName}: ${error.message}`, error);
    throw error;
  }
}

/** Made under another name and renamed when it says what it is, so that a file that is there at all is whole. */
async function makeFile(folder: string, path: string): Promise<void> {
  const draft = join(folder, draftName);
  await removeSegment(draft);
  await makeLock(draft);
  const made = new TopicsFile(draft, { sync: true });
  try {
    await made.putBase();
  } finally {
    await made.close();
  }
  await renameSegment(draft, path);
}

/** A copy from a backup comes without its lock file. */
async function makeMissingLock(path: string): Promise<void> {
  if (!existsSync(`${path}-lock`)) await makeLock(path);
}

/** Copies a file of topics into an empty folder, durably. Throws `log.folder_not_empty`. */
export async function copyTopicsFile(file: TopicsFile, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw logErrors.make(
      'folder_not_empty',
      `a copy is written into an empty folder; ${folder} is not empty`,
    );
  const draft = join(folder, draftName);
  await file.copy(draft);
  const handle = await open(draft, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(folder, fileName));
  syncFolder(folder);
}
