/**
 * The telemetry store: ClickHouse SQL over a small pool of connections, in this process (chDB) or on a server. It
 * reads only within a scope, runs the program's own statements, brings its tables up to date, and kills what is no
 * longer wanted. It doesn't decide what is stored, in which order, or who may read.
 * An engine of layer 2: other rooms take `Store` by `import type`; `system/` opens it.
 */
export { openStore, type StoreOptions } from './open.ts';
export type { Lane, ReadOptions, ReadResult, StatementOptions, Store, StoredCell } from './port.ts';
export type { Migration, Schema } from './schema.ts';
