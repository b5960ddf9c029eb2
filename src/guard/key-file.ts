import type { BigIntStats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import * as z from 'zod';
import { guardErrors } from './errors.ts';
import { KeyRecord, maxKeys } from './key-store.ts';

const othersMask = 0o077n;
const maxFileBytes = 16n * 1024n * 1024n;

const KeyFile = z.strictObject({ version: z.literal(1), keys: z.array(KeyRecord).max(maxKeys) });

/** Whether there is such a file. Throws when others can read it. */
async function isThere(path: string): Promise<boolean> {
  let status: BigIntStats;
  try {
    status = await stat(path, { bigint: true });
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw unreadable(path, cause);
  }
  // Windows has no such bits: what Node shows there says nothing about other users.
  if (process.platform !== 'win32' && (status.mode & othersMask) !== 0n) {
    const mode = (status.mode & 0o777n).toString(8).padStart(4, '0');
    throw guardErrors.make(
      'keys_exposed',
      `${path} can be read by others (mode ${mode}) and is refused; mend it: chmod 600 '${path}', and issue new keys if a stranger may have read it`,
    );
  }
  if (status.size > maxFileBytes)
    throw unreadable(path, new Error(`it is larger than ${maxFileBytes} bytes`));
  return true;
}

async function readKeys(path: string): Promise<readonly KeyRecord[]> {
  try {
    return KeyFile.parse(JSON.parse(await readFile(path, 'utf8'))).keys;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Makes a rename or creation in a folder last through power loss. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder; its file systems journal the name with the file.
  if (process.platform === 'win32') return;
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * The keys of an earlier version's `keys.json`, in its order; undefined when there is none. A file that others can read, or that is broken, is not
 * trusted. Throws `guard.keys_exposed`, `guard.keys_unreadable`.
 */
export async function readKeyFile(path: string): Promise<readonly KeyRecord[] | undefined> {
  return (await isThere(path)) ? await readKeys(path) : undefined;
}

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

function unreadable(path: string, cause: unknown) {
  const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
  return guardErrors.make('keys_unreadable', `${path} can not be used, so no key is taken: ${reason}`, {
    cause,
  });
}
