import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { guardErrors } from './errors.ts';

/** A change takes milliseconds: who waits longer than this is told. */
const patienceMs = 5_000;
const retryMs = 20;

/**
 * Runs `change` while no other process changes the same file: a server and a command on this machine may both issue
 * keys, and neither change may be lost. The lock is a file beside it that names its process; one whose process is gone
 * is taken over. Throws `guard.keys_busy` when it can't be had.
 */
export async function withChangeLock<T>(path: string, change: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await take(lock);
  try {
    return await change();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += retryMs) {
    if (await create(lock)) return;
    if (await isLeftBehind(lock)) await rm(lock, { force: true });
    else await pause(retryMs);
  }
  throw guardErrors.make('keys_busy', `Another process is changing the keys; if none is, remove ${lock}`);
}

async function create(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

async function isLeftBehind(lock: string): Promise<boolean> {
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(holder) || holder <= 0) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (cause) {
    return codeOf(cause) === 'ESRCH';
  }
}

const codeOf = (cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
