import { open, type RootDatabase } from 'lmdb';
import { checkEnvironment } from './inspect.ts';
import { mapBytes } from './putting.ts';

/**
 * Opens or makes an LMDB environment in a file. It is never opened read-only: within a process lmdb-js gives every
 * opener the environment of the first one, and a reader that came first would take the writer's right to write.
 * Without overlapping sync a transaction is visible only once it is on disk, so that no reader can be ahead of
 * what survives; lmdb-js 3.5 resolves a put after the sync either way. `sync` is false only for `committed`.
 * Throws `MalformedBytes`.
 */
export function openEnvironment(
  path: string,
  { sync }: { readonly sync: boolean },
): RootDatabase<Buffer, Buffer> {
  checkEnvironment(path);
  return open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    noSync: !sync,
    mapSize: mapBytes,
  });
}
