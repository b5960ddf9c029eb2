/**
 * Cache: values that are looked up often, with a lifetime, and the counters of rate limits. It may forget at any time: nothing
 * stands here that is not found elsewhere. Knows no meaning of its keys; who uses it puts tenant and purpose into them.
 * `port.ts` is the shape that every twin has; `memory.ts` is the embedded one, bounded by entries.
 */
export { createMemoryCache, type MemoryCache, type MemoryCacheOptions } from './memory.ts';
export type { Cache, TakeLimit, Taken } from './port.ts';
