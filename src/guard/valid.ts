import type { KeyRecord } from './key-store.ts';

/** Whether a key is taken: not revoked, and not at its end yet. */
export function isValid({ revoked_at, expires_at }: KeyRecord, now: Date): boolean {
  return revoked_at === null && (expires_at === null || now.getTime() < Date.parse(expires_at));
}
