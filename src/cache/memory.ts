import { cacheErrors } from './errors.ts';
import { type Cache, maxKeyLength, maxValueLength, type TakeLimit, type Taken } from './port.ts';

export interface MemoryCacheOptions {
  /** Milliseconds; never falls. */
  readonly clock?: () => number;
  /** Entries that are kept, values and windows together; past it the one that was used longest ago goes. */
  readonly maxEntries?: number;
}

/** What the memory twin tells beside the port. */
export interface MemoryCache extends Cache {
  /** `evicted`: entries that had to go before their time, so far. A window that goes gives its units back. */
  counts(): { readonly entries: number; readonly evicted: number };
}

interface Entry {
  readonly value: string | undefined;
  /** Units of the window that are taken. */
  readonly taken: number;
  readonly endsAt: number;
}

/** An entry takes at most some 130 KiB (a value of the longest kind), most a few hundred bytes. */
const defaultEntries = 100_000;

/** The cache within this process: what is in it ends with it. */
export function createMemoryCache(options: MemoryCacheOptions = {}): MemoryCache {
  const { clock = () => performance.now(), maxEntries = defaultEntries } = options;
  return new Memory(clock, maxEntries);
}

class Memory implements MemoryCache {
  readonly #clock: () => number;
  readonly #maxEntries: number;
  /** The entry used longest ago comes first. */
  readonly #entries = new Map<string, Entry>();
  #evicted = 0;
  #closed: boolean = false;

  constructor(clock: () => number, maxEntries: number) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#use(valueKey(this.#checked(key)))?.value;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    if (value.length > maxValueLength) throw tooLarge('a value', maxValueLength);
    const endsAt = this.#clock() + positive(ttlMs, 'the lifetime');
    this.#put(valueKey(this.#checked(key)), { value, taken: 0, endsAt });
  }

  async delete(key: string): Promise<void> {
    this.#checked(key);
    this.#entries.delete(valueKey(key));
    this.#entries.delete(windowKey(key));
  }

  async take(key: string, { limit, windowMs, cost = 1 }: TakeLimit): Promise<Taken> {
    for (const [name, number] of Object.entries({ limit, windowMs, cost })) positive(number, name);
    const name = windowKey(this.#checked(key));
    const now = this.#clock();
    const { taken, endsAt } = this.#use(name) ?? { taken: 0, endsAt: now + windowMs };
    const allowed = taken + cost <= limit;
    if (allowed) this.#put(name, { value: undefined, taken: taken + cost, endsAt });
    const remaining = Math.max(0, limit - taken - (allowed ? cost : 0));
    return { allowed, remaining, resetMs: Math.ceil(endsAt - now) };
  }

  counts() {
    return { entries: this.#entries.size, evicted: this.#evicted };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
  }

  #checked(key: string): string {
    if (this.#closed) throw cacheErrors.make('closed', 'the cache is closed');
    if (key.length > maxKeyLength) throw tooLarge('a key', maxKeyLength);
    return key;
  }

  /** The entry, made the one used last; undefined, and gone, when its time is over. */
  #use(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (entry.endsAt <= this.#clock()) return undefined;
    this.#entries.set(name, entry);
    return entry;
  }

  #put(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const now = this.#clock();
    for (const [oldest, { endsAt }] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(oldest);
      if (endsAt > now) this.#evicted += 1;
    }
  }
}

/** Values and windows of one key are apart. */
const valueKey = (key: string) => `v${key}`;
const windowKey = (key: string) => `w${key}`;

function positive(number: number, name: string): number {
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw cacheErrors.make('bad_limit', `${name} is ${number}, which is no positive whole number`);
}

function tooLarge(what: string, bound: number) {
  return cacheErrors.make('too_large', `${what} has more than ${bound} characters`);
}
