import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stateErrors } from './errors.ts';

const rebuild = 'run "tyrian state rebuild", which makes it again from the journal';

/** Where the engine's files lie. */
export function databaseFolder(folder: string): string {
  return join(folder, 'database');
}

/**
 * Sees to it that the engine's files are there, of this engine, and whole as far as a look tells: `make` makes them beside, so that
 * what a killed process left half-made is made again. Throws `state.damaged`, `state.other_engine`.
 */
export async function prepareFolder(
  folder: string,
  major: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const database = databaseFolder(folder);
  const making = join(folder, 'making');
  rmSync(making, { recursive: true, force: true });
  if (!existsSync(database)) {
    await make(making);
    renameSync(making, database);
  }
  const version = versionOf(database);
  if (version !== major)
    throw stateErrors.make(
      'other_engine',
      `the state in ${folder} was made by Postgres ${version}, this is ${major}: ${rebuild}`,
    );
  return database;
}

function versionOf(database: string): string {
  try {
    return readFileSync(join(database, 'PG_VERSION'), 'utf8').trim();
  } catch (cause) {
    throw damaged(database, cause);
  }
}

/** The error for files that the engine can't open. */
export function damaged(database: string, cause: unknown) {
  return stateErrors.make('damaged', `the state in ${database} cannot be opened: ${rebuild}`, { cause });
}

/**
 * Moves the engine's files aside, so that the next start makes new ones; nothing is deleted. The state must be closed.
 * Gives the new place, undefined when there was nothing.
 */
export function setStateAside(folder: string, clock: () => number): string | undefined {
  const database = databaseFolder(folder);
  if (!existsSync(database)) return undefined;
  const stamp = new Date(clock()).toISOString().replaceAll(/[-:.]/g, '');
  let aside = join(folder, `database-aside-${stamp}`);
  for (let copy = 2; existsSync(aside); copy += 1) aside = join(folder, `database-aside-${stamp}-${copy}`);
  renameSync(database, aside);
  return aside;
}

/** True when the folder was made already. */
export function hasDatabase(folder: string): boolean {
  return statSync(databaseFolder(folder), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
