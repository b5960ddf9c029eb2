import { setTimeout as wait } from 'node:timers/promises';
import { TyrianError } from '../contracts/index.ts';

/** Tries again for as long as the server says that a later try may succeed, each time after the pause that it names. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TyrianError) || !error.retryable) throw error;
      const seconds = Number(error.details.retry_after_seconds ?? 1);
      await wait(seconds * 1_000, undefined, { signal });
    }
  }
}
