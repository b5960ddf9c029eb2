import type { PGlite } from '@electric-sql/pglite';
import { packFolder, unpackFolder } from './archive.ts';
import { damaged, prepareFolder } from './data-folder.ts';
import { stateErrors } from './errors.ts';
import type { EngineStart } from './messages.ts';
import { makeDatabase, openDatabase, postgresMajor } from './pglite.ts';
import type { StateParameter, StateRow } from './port.ts';
import { emptyTemplate } from './template.ts';

/** A statement that gives more is a page that was forgotten. */
const maxRows = 100_000;

/** SQLSTATEs of a prepared statement and of a portal that do not exist. */
const missingStep: ReadonlySet<unknown> = new Set(['26000', '34000']);
const comments = /--[^\n]*|\/\*[\s\S]*?\*\//g;
const bounds = { begin: 'BEGIN', commit: 'COMMIT', rollback: 'ROLLBACK' } as const;

/** Makes the data where there is none, and opens it. */
export async function openEngine({ folder, template }: EngineStart): Promise<Engine> {
  const path = await prepareFolder(folder, postgresMajor, async (making) => {
    const packed = template ?? (await emptyTemplate());
    await (packed === undefined ? makeDatabase(making) : unpackFolder(packed, making));
  });
  try {
    return new Engine(await openDatabase(path), path);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** The open data, on the thread that it computes on. One call at a time. */
export class Engine {
  readonly #database: PGlite;
  readonly #path: string;
  #broken: boolean = false;
  #inTransaction: boolean = false;

  constructor(database: PGlite, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** True once the engine swallowed a fault of its own: nothing that it says from then on can be trusted. */
  get broken(): boolean {
    return this.#broken;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  async query(sql: string, parameters: readonly StateParameter[] = []): Promise<readonly StateRow[]> {
    const { rows, command } = await this.#database
      .query<StateRow>(sql, [...parameters])
      .catch((error: unknown) => this.#trapped(error));
    this.#mustBeSaid(sql, command);
    if (rows.length > maxRows)
      throw stateErrors.make(
        'too_many_rows',
        `a statement gave ${rows.length} rows; at most ${maxRows} are passed on`,
      );
    return rows;
  }

  async script(sql: string): Promise<void> {
    const results = await this.#database.exec(sql);
    this.#mustBeSaid(sql, results.at(-1)?.command);
  }

  /** Begins or ends a transaction; a commit that the engine made a rollback of is an error. */
  async bound(kind: keyof typeof bounds): Promise<void> {
    const [result] = await this.#database.exec(bounds[kind]);
    this.#mustBeSaid(bounds[kind], result?.command);
    this.#inTransaction = kind === 'begin';
    if (kind === 'commit' && result?.command !== 'COMMIT')
      throw stateErrors.make('query', 'the transaction was undone, since a statement in it had failed');
  }

  /** Packs a consistent copy of the files. Nothing may run meanwhile. */
  async dump(path: string): Promise<void> {
    await this.query('CHECKPOINT');
    await packFolder(this.#path, path, { level: 3, mode: 0o600 });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Where WebAssembly trapped while it parsed, the next step of the statement misses what the step before should have left. */
  #trapped(error: unknown): never {
    if (error instanceof Error && 'code' in error && missingStep.has(error.code)) this.#fail();
    throw error;
  }

  #fail(): never {
    this.#broken = true;
    throw stateErrors.make('ended', 'the engine of the state failed within a statement');
  }

  /** A statement that is none has no command, and one within which WebAssembly trapped: PGlite swallows that. */
  #mustBeSaid(sql: string, command: string | undefined): void {
    if (command !== undefined) return;
    if (sql.replaceAll(comments, '').replaceAll(/[;\s]/g, '') === '')
      throw stateErrors.make('query', 'a statement is empty');
    this.#fail();
  }
}
