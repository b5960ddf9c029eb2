/** Attempts of one delivery, and the time after which it is given up whatever they were. */
export const maxAttempts = 20;
export const giveUpMs = 24 * 3_600_000;

const firstPauseMs = 5_000;
const longestPauseMs = 2 * 3_600_000;

/** Milliseconds before the next attempt after `attempts` failed ones: doubling, half of it at random. */
export function pauseAfter(attempts: number, random: () => number): number {
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}

/** Milliseconds that a `Retry-After` asks for (RFC 9110 10.2.3: seconds or a date), at most a day; undefined when it says nothing. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(giveUpMs, Math.max(0, ms));
}
