import type { RootDatabase } from 'lmdb';

/** lmdb-js takes put options that its typings give to `putSync` only. */
interface Putting {
  put(key: Buffer, value: Buffer, options: { readonly noOverwrite: true }): Promise<boolean>;
}

/** An error of lmdb-js when a transaction fails; the reason follows as a promise. */
interface CommitFailure {
  readonly commitError?: Promise<never>;
}

/** Address space to map at once, no file size: LMDB maps more when a file outgrows it. */
export const mapBytes = 2 * 1024 * 1024 * 1024;

/** Puts that never replace: false when the key was there. Those of one turn of the event loop are one transaction. */
export const puttingNew = (db: RootDatabase<Buffer, Buffer>): Putting => db as unknown as Putting;

/** Waits for all puts of a transaction, and on failure for LMDB's own reason. */
export async function settle(puts: readonly Promise<boolean>[]): Promise<readonly boolean[]> {
  const results = await Promise.allSettled(puts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await (failed.reason as CommitFailure).commitError;
    throw failed.reason;
  }
  return results.map((result) => result.status === 'fulfilled' && result.value);
}
