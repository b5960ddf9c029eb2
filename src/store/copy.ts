import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { quoteIdentifier, sql, trust } from '../sql/index.ts';
import { errors } from './errors.ts';
import type { Store } from './port.ts';

/** What the engine names its frozen parts by (it would escape other signs in the folder's name); one copy at a time. */
const frozenName = 'tyrian_copy';
const shadowOf = (folder: string) => join(folder, 'shadow', frozenName);
/** Files that are copied at once. */
const atOnce = 8;

/** What a copy killed half-way left behind holds disk space for good: the parts that it froze. */
export async function forgetFrozen(folder: string): Promise<void> {
  await rm(shadowOf(folder), { recursive: true, force: true });
}

/**
 * Copies the tables of an embedded engine's folder into an empty one, from which a store can be opened. Each table as it is when it is
 * frozen, those of `first` before the others and in their order, while writes go on. Gives the rows of each.
 */
export async function copyTables(
  store: Pick<Store, 'run' | 'rows'>,
  from: string,
  to: string,
  { first, signal }: { readonly first: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<Readonly<Record<string, number>>> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  if ((await readdir(to)).length > 0)
    throw errors.make('not_empty', `a copy is written into an empty folder; ${to} is not empty`);
  await forgetFrozen(from);
  try {
    const tables = inOrder(await tablesOf(store), first);
    for (const { name } of tables)
      await store.run(
        sql`ALTER TABLE ${{ sql: trust(quoteIdentifier(name)) }} FREEZE WITH NAME ${frozenName}`,
        signal === undefined ? {} : { signal },
      );
    await copyDefinitions(from, to);
    const rows: Record<string, number> = {};
    for (const { name, path, filled } of tables) {
      const copied = await copyTable(from, to, relative(from, path), signal);
      if (filled && copied === 0) throw errors.make('copy', `${name} has rows, but no frozen part was found`);
      rows[name] = copied;
    }
    return rows;
  } finally {
    await forgetFrozen(from);
  }
}

interface StoredTable {
  readonly name: string;
  readonly path: string;
  readonly filled: boolean;
}

async function tablesOf(store: Pick<Store, 'rows'>): Promise<readonly StoredTable[]> {
  const rows = await store.rows(
    sql`SELECT name, data_paths[1] AS path, total_rows > 0 AS filled FROM system.tables
        WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name`,
  );
  return rows.map(({ name, path, filled }) => ({
    ...{ name: String(name), path: String(path) },
    filled: Number(filled) === 1,
  }));
}

function inOrder(tables: readonly StoredTable[], first: readonly string[]): readonly StoredTable[] {
  const rank = ({ name }: StoredTable) => (first.includes(name) ? first.indexOf(name) : first.length);
  return tables.toSorted((a, b) => rank(a) - rank(b));
}

/** How the tables are made: `metadata/<database>` is a link to the folder of their statements. */
async function copyDefinitions(from: string, to: string): Promise<void> {
  for (const database of await readdir(join(from, 'metadata'))) {
    const link = await readlink(join(from, 'metadata', database));
    const place = relative('.', join('metadata', link));
    const statements = (await readdir(join(from, place))).filter((name) => name.endsWith('.sql'));
    for (const name of statements) await copyDurably(join(from, place, name), join(to, place, name));
    await mkdir(join(to, 'metadata'), { recursive: true, mode: 0o700 });
    await symlink(link, join(to, 'metadata', database));
  }
}

/** Copies the frozen parts of a table; gives their rows. `place` is the table's folder below the engine's. */
async function copyTable(
  from: string,
  to: string,
  place: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const version = 'format_version.txt';
  await copyDurably(join(from, place, version), join(to, place, version));
  const frozen = join(shadowOf(from), place);
  const parts = await readdir(frozen).catch(() => []);
  let rows = 0;
  for (const part of parts) {
    signal?.throwIfAborted();
    const found = await readdir(join(frozen, part), { withFileTypes: true, recursive: true });
    const files = found
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (let at = 0; at < files.length; at += atOnce)
      await Promise.all(
        files
          .slice(at, at + atOnce)
          .map((file) => copyDurably(file, join(to, place, part, relative(join(frozen, part), file)))),
      );
    rows += Number(await readFile(join(frozen, part, 'count.txt'), 'utf8'));
  }
  return rows;
}

/** A clone where the file system can, else a copy; on disk when it resolves. */
async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, 0o600);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
