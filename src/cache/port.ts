/** Longest key, in characters (UTF-16). */
export const maxKeyLength = 512;
/** Longest value, in characters (UTF-16). */
export const maxValueLength = 65_536;

/** So much may be taken within any window that begins with the first take. */
export interface TakeLimit {
  /** Units a window: a positive whole number. */
  readonly limit: number;
  /** Milliseconds of a window: a positive whole number. */
  readonly windowMs: number;
  /** Units of this take: a positive whole number, 1 by default; more than `limit` never fits. */
  readonly cost?: number;
}

/** What became of a take. Nothing is taken when it is refused. */
export interface Taken {
  readonly allowed: boolean;
  /** Units left in the window after it. */
  readonly remaining: number;
  /** Milliseconds until the window ends and all units are back. */
  readonly resetMs: number;
}

/**
 * Small, forgetful memory: what is looked up often and can be found elsewhere, and counters of rate limits. An entry may be gone
 * at any time before its lifetime is over. Each verb is atomic, also among processes that share a server.
 * Every verb throws `cache.closed`, and `cache.too_large` past the bounds above.
 */
export interface Cache {
  /** The value, undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a value for at most so many milliseconds from now (a positive whole number, or `cache.bad_limit`). */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Forgets a value and what was taken under the key. */
  delete(key: string): Promise<void>;
  /** Takes units of a key's window, which begins with the first take and ends `windowMs` later. Throws `cache.bad_limit`. */
  take(key: string, limit: TakeLimit): Promise<Taken>;
  close(): Promise<void>;
}
