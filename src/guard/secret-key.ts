import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomBytes } from '../observe/index.ts';
import { guardErrors } from './errors.ts';
import { syncFolder } from './key-file.ts';

const fileName = 'secret.key';
const keyBytes = 32;
const keyShape = /^[0-9a-f]{64}\n?$/;
const ownerOnly = 0o600;
const othersMask = 0o077;

/**
 * The key of a data folder; undefined when there is none. Throws `guard.secret_key_exposed` when others can read it,
 * `guard.secret_key_unreadable`.
 */
export async function readSecretKey(folder: string): Promise<Buffer | undefined> {
  const path = join(folder, fileName);
  let text: string;
  try {
    const { mode } = await stat(path);
    // Windows has no such bits: what Node shows there says nothing about other users.
    if (process.platform !== 'win32' && (mode & othersMask) !== 0)
      throw guardErrors.make(
        'secret_key_exposed',
        `${path} can be read by others and is refused; mend it: chmod 600 '${path}', and set the secrets again if a stranger may have read it`,
      );
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    if (codeOf(cause) === 'guard.secret_key_exposed') throw cause;
    throw guardErrors.make('secret_key_unreadable', `${path} can not be read`, { cause });
  }
  if (!keyShape.test(text))
    throw guardErrors.make('secret_key_unreadable', `${path} is no key; restore it from a backup`);
  return Buffer.from(text.trim(), 'hex');
}

/** Makes the key, whole or not at all; whoever comes second takes the first one's. */
export async function makeSecretKey(folder: string, random: RandomBytes): Promise<Buffer> {
  const path = join(folder, fileName);
  const fresh = `${path}.${Buffer.from(random(8)).toString('hex')}.new`;
  const file = await open(fresh, 'wx', ownerOnly);
  try {
    await file.writeFile(`${Buffer.from(random(keyBytes)).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(fresh, path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  });
  await rm(fresh);
  await syncFolder(folder);
  const key = await readSecretKey(folder);
  if (key === undefined) throw guardErrors.make('secret_key_unreadable', `${path} is gone`);
  return key;
}

const codeOf = (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
