import type { Engine } from './engine.ts';

/** Bytes of write-ahead log after which a checkpoint makes it reusable: what a killed process has to read again. */
const walBytes = 32 * 1024 * 1024;
/** The log is measured after so many tasks. */
const measureEvery = 32;
/** A table is swept when more rows are dead or changed than this and a fifth of its live ones: the rule of Postgres' own autovacuum. */
const minChanged = 1_000;
const changedShare = 0.2;
/** Without a moment of rest, a table is swept between tasks after so many milliseconds. */
const sweepAtLatestMs = 600_000;

/**
 * What a Postgres server does in background processes that the engine in process lacks: checkpoints, and sweeping dead rows.
 * Without them log and tables grow for ever.
 */
export class Upkeep {
  readonly #engine: Engine;
  readonly #clock: () => number;
  #tasks = 0;
  #swept: number;

  /** `clock`: milliseconds. */
  constructor(engine: Engine, clock: () => number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#swept = clock();
  }

  /** Counts a task; true when it is time to look after the files. */
  due(): boolean {
    this.#tasks += 1;
    return this.#tasks >= measureEvery && !this.#engine.inTransaction;
  }

  /** Between tasks. */
  async look(): Promise<void> {
    this.#tasks = 0;
    await this.#checkpoint();
    if (this.#clock() - this.#swept >= sweepAtLatestMs) await this.sweep();
  }

  /** Sweeps the table that needs it most; false when none does. */
  async sweep(): Promise<boolean> {
    if (this.#engine.inTransaction) return false;
    this.#swept = this.#clock();
    // Else the counts of the last second may be missing.
    await this.#engine.query('SELECT pg_stat_force_next_flush()');
    const [row] = await this.#engine.query(
      `SELECT relid::regclass::text AS name FROM pg_stat_user_tables
      WHERE greatest(n_dead_tup, n_mod_since_analyze) > ${minChanged} + ${changedShare} * n_live_tup
      ORDER BY n_dead_tup DESC, relid LIMIT 1`,
    );
    if (row === undefined) return false;
    await this.#engine.query(`VACUUM (ANALYZE) ${String(row.name)}`);
    await this.#checkpoint();
    return true;
  }

  async #checkpoint(): Promise<void> {
    const [row] = await this.#engine.query(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()`,
    );
    if (Number(row?.bytes) > walBytes) await this.#engine.query('CHECKPOINT');
  }
}
