import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Actor } from '../contracts/index.ts';
import { readKeyFile, syncFolder } from './key-file.ts';
import type { KeyStore } from './key-store.ts';

const system: Actor = { id: 'system', name: 'Tyrian' };

/**
 * Takes the keys of an earlier version's `keys.json` into the journal, each as a change by Tyrian itself, then puts the
 * file aside as `keys.json.migrated`. Gives how many there were; 0 where there is no such file. Broken off, it goes on
 * the next time. Throws `guard.keys_exposed`, `guard.keys_unreadable`, `guard.keys_full`.
 */
export async function takeOverKeyFile(folder: string, store: KeyStore): Promise<number> {
  const path = join(folder, 'keys.json');
  const keys = await readKeyFile(path);
  if (keys === undefined) return 0;
  for (const key of keys) if ((await store.find(key.id)) === undefined) await store.add(key, system);
  await rename(path, `${path}.migrated`);
  await syncFolder(folder);
  return keys.length;
}
