import type { BigIntStats } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { withChangeLock } from './change-lock.ts';
import { guardErrors } from './errors.ts';
import { KeyRecord, type KeyStore, maxKeys } from './key-store.ts';

export interface KeyFileOptions {
  /** The data folder; the file in it is `keys.json`. It must exist. */
  readonly folder: string;
  /** Milliseconds, rising: says when the file is looked at again. */
  readonly now: () => number;
}

const fileName = 'keys.json';
const ownerOnly = 0o600;
const othersMask = 0o077n;
/** A change from outside is seen at the latest after this many milliseconds; one stat call in that time. */
const lookEvery = 250;
const maxFileBytes = 16n * 1024n * 1024n;

const KeyFile = z.strictObject({ version: z.literal(1), keys: z.array(KeyRecord).max(maxKeys) });

interface Loaded {
  readonly mark: string;
  readonly keys: ReadonlyMap<string, KeyRecord>;
}

/**
 * Keys in `keys.json` of the data folder: mode 0600, refused when others can read it, replaced atomically (new file,
 * fsync, rename, fsync of the folder). Several processes may use it; changes are made one at a time.
 * A file that can't be trusted refuses every key: an operator who breaks it must not open a door by it.
 */
export async function openKeyFile(options: KeyFileOptions): Promise<KeyStore> {
  const path = join(options.folder, fileName);
  let loaded: Loaded = { mark: '', keys: new Map() };
  let lookedAt = -Infinity;
  let lastWork: Promise<unknown> = Promise.resolve();

  /** One look or change at a time, so that no change is lost between reading and replacing. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastWork.then(work, work);
    lastWork = turn.catch(() => undefined);
    return turn;
  };
  const look = async (): Promise<Loaded> => {
    const mark = await checkedMark(path);
    if (mark !== loaded.mark) loaded = { mark, keys: mark === '' ? new Map() : await readKeys(path) };
    lookedAt = options.now();
    return loaded;
  };
  const current = async (): Promise<Loaded> =>
    options.now() - lookedAt < lookEvery ? loaded : await inTurn(look);
  const change = (next: (keys: ReadonlyMap<string, KeyRecord>) => readonly KeyRecord[]): Promise<void> =>
    inTurn(() =>
      withChangeLock(path, async () => {
        const keys = next((await look()).keys);
        await replace(options.folder, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
        await look();
      }),
    );

  await inTurn(look);
  return {
    find: async (id) => (await current()).keys.get(id),
    list: async (tenant) => {
      const all = [...(await current()).keys.values()];
      return tenant === undefined ? all : all.filter((key) => key.tenant === tenant);
    },
    add: (record) =>
      change((keys) => {
        if (keys.size >= maxKeys)
          throw guardErrors.make(
            'keys_full',
            `There are ${maxKeys} keys already; remove revoked ones from ${path}`,
          );
        return [...keys.values(), KeyRecord.parse(record)];
      }),
    async revoke({ id, tenant, at }) {
      const known = (await inTurn(look)).keys.get(id);
      if (known?.tenant !== tenant || known.revoked_at !== null)
        return known?.tenant === tenant ? known : undefined;
      const revoked = { ...known, revoked_at: at };
      await change((keys) => [...keys.values()].map((key) => (key.id === id ? revoked : key)));
      return revoked;
    },
    close: async () => {
      await lastWork;
    },
  };
}

/** What tells one state of the file from another; '' when there is none. Throws when others can read it. */
async function checkedMark(path: string): Promise<string> {
  let status: BigIntStats;
  try {
    status = await stat(path, { bigint: true });
  } catch (cause) {
    if (isMissing(cause)) return '';
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
  return `${status.ino}:${status.mtimeNs}:${status.ctimeNs}:${status.size}`;
}

async function readKeys(path: string): Promise<ReadonlyMap<string, KeyRecord>> {
  try {
    const { keys } = KeyFile.parse(JSON.parse(await readFile(path, 'utf8')));
    return new Map(keys.map((key) => [key.id, key]));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** After a crash either the old or the new file is there, whole. */
async function replace(folder: string, text: string): Promise<void> {
  const path = join(folder, fileName);
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', ownerOnly);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

function unreadable(path: string, cause: unknown) {
  const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
  return guardErrors.make('keys_unreadable', `${path} can not be used, so no key is taken: ${reason}`, {
    cause,
  });
}
