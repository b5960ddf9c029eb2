import { randomUUID } from 'node:crypto';
import {
  type InsertRow,
  printInsert,
  printQuery,
  type Query,
  type QuerySettings,
  type ReadScope,
} from '../sql/index.ts';
import type { Connection, Engine } from './connect.ts';
import { copyTables, forgetFrozen } from './copy.ts';
import { errors } from './errors.ts';
import { execute } from './execute.ts';
import { type Connections, createLane } from './lane.ts';
import { migrate } from './migrate.ts';
import type { Lane, ReadOptions, ReadResult, StatementOptions, Store } from './port.ts';
import { jsonSettings, namedRows, parseResult } from './result.ts';
import { type Schema, telemetrySchema } from './schema.ts';
import { withSettings } from './statement.ts';

/** Connections a lane. Two for writes: while one batch is written the next is normalised. */
const laneSizes: Readonly<Record<Lane, number>> = { write: 2, interactive: 3, background: 1 };
/** Queries that may wait in each lane. */
const maxWaiting = 64;
const readLimits = { seconds: 10, bytes: 16 * 1024 * 1024, memory: 2 * 1024 * 1024 * 1024 } as const;

export interface StoreOptions {
  /** Folder of the embedded engine (made if absent), or URL of a ClickHouse server. */
  readonly folder?: string;
  readonly url?: string;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Marks each statement, so that it can be killed; unique among all who use the engine. */
  readonly newId?: () => string;
  readonly schema?: Schema;
}

/**
 * Opens the telemetry store and brings its tables up to date. Who opens, closes.
 * Throws `store.newer` when a newer program wrote the data, `store.open` when it can't be opened.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock = Date.now, newId = randomUUID, schema = telemetrySchema } = options;
  const engine = await engineOf(options);
  const store = new ClickHouseStore(engine, schema, newId);
  try {
    if (engine.folder !== undefined) await forgetFrozen(engine.folder);
    await migrate(store, schema, clock);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Each engine is loaded when it is chosen: chDB alone is 550 MB. */
async function engineOf({ folder, url }: StoreOptions): Promise<Engine> {
  try {
    if (folder !== undefined) return (await import('./chdb.ts')).chdbEngine(folder);
    if (url !== undefined) return (await import('./server.ts')).serverEngine(url);
  } catch (cause) {
    throw cannotOpen(cause);
  }
  throw errors.make('open', 'a store needs a folder or the URL of a server');
}

function cannotOpen(cause: unknown) {
  return errors.make('open', cause instanceof Error ? cause.message : String(cause), { cause });
}

class ClickHouseStore implements Store {
  readonly tables: Store['tables'];
  readonly #engine: Engine;
  readonly #newId: () => string;
  readonly #connections: Connection[] = [];
  readonly #lanes: Readonly<Record<Lane, Connections<Connection>>>;
  readonly #control: Connections<Connection>;
  /** One for each statement that waits or runs. */
  readonly #running = new Set<AbortController>();
  #closed: Promise<void> | undefined;

  constructor(engine: Engine, schema: Schema, newId: () => string) {
    this.#engine = engine;
    this.#newId = newId;
    this.tables = new Map(schema.tables.map((table) => [table.name, table]));
    const lane = (name: string, size: number) => createLane(name, this.#connect(size), maxWaiting);
    this.#lanes = {
      write: lane('write', laneSizes.write),
      interactive: lane('interactive', laneSizes.interactive),
      background: lane('background', laneSizes.background),
    };
    this.#control = createLane('control', this.#connect(1), Number.POSITIVE_INFINITY);
  }

  #connect(count: number): readonly Connection[] {
    try {
      const connections = Array.from({ length: count }, () => this.#engine.connect());
      this.#connections.push(...connections);
      return connections;
    } catch (cause) {
      throw cannotOpen(cause);
    }
  }

  async read(scope: ReadScope, query: Query, options: ReadOptions = {}): Promise<ReadResult> {
    const limit = Math.min(query.limit, options.maxRows ?? query.limit);
    const settings = readSettings(options);
    const limited = { ...query, limit };
    const text = printQuery(limited, { scope, tables: this.tables, oneMore: true });
    const started = performance.now();
    const bytes = await this.#run(text, 'interactive', { ...options, settings }, 'JSONCompact');
    const { columns, rows, rowsRead } = parseResult(bytes);
    return {
      columns,
      rows: rows.slice(0, limit),
      truncated: rows.length > limit,
      rowsRead,
      elapsedMs: performance.now() - started,
      sql: withSettings(printQuery(limited, { scope, tables: this.tables }), settings),
    };
  }

  async run(statement: string, options: StatementOptions = {}): Promise<void> {
    await this.#run(statement, 'write', options);
  }

  async rows(select: string, options: StatementOptions = {}) {
    const settings = { ...jsonSettings, ...options.settings };
    return namedRows(
      parseResult(await this.#run(select, 'interactive', { ...options, settings }, 'JSONCompact')),
    );
  }

  async bytes(select: string, options: StatementOptions = {}): Promise<Buffer> {
    return await this.#run(select, 'write', options, 'RowBinary');
  }

  async insert(name: string, rows: readonly InsertRow[], options: StatementOptions = {}): Promise<void> {
    if (rows.length === 0) return;
    const table = this.tables.get(name);
    if (table === undefined) throw errors.make('query', `there is no table ${JSON.stringify(name)}`);
    await this.run(printInsert(table, rows), options);
  }

  async copy(folder: string, options: Parameters<Store['copy']>[1]) {
    const { folder: own } = this.#engine;
    if (own === undefined)
      throw errors.make('no_copy', 'The store is a server: use its own BACKUP statement');
    return await copyTables(this, own, folder, options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #shut(): Promise<void> {
    const lanes = Object.values(this.#lanes).map((lane) => lane.close());
    for (const controller of this.#running) controller.abort(errors.make('closed', 'the store is closed'));
    await Promise.all(lanes);
    await this.#control.close();
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.#engine.release();
  }

  async #run(statement: string, lane: Lane, options: StatementOptions, format?: string): Promise<Buffer> {
    const queryId = this.#newId();
    const settings = {
      ...options.settings,
      ...(options.maxSeconds === undefined ? {} : { max_execution_time: options.maxSeconds }),
      log_comment: queryId,
    };
    const controller = new AbortController();
    const onAbort = () => controller.abort(options.signal?.reason);
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    this.#running.add(controller);
    try {
      return await execute(withSettings(statement, settings, format), {
        lane: this.#lanes[options.lane ?? lane],
        control: this.#control,
        queryId,
        signal: controller.signal,
      });
    } finally {
      this.#running.delete(controller);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }
}

function readSettings(options: ReadOptions): QuerySettings {
  return {
    ...jsonSettings,
    max_execution_time: options.maxSeconds ?? readLimits.seconds,
    max_result_bytes: options.maxBytes ?? readLimits.bytes,
    result_overflow_mode: 'throw',
    max_memory_usage: readLimits.memory,
  };
}
