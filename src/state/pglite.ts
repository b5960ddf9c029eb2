import { mkdirSync } from 'node:fs';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { parameterWriters, rowParsers } from './values.ts';

/** A packed data folder is made by one version of the engine for the same; a test holds it to the package's own. */
export const pgliteVersion = '0.5.16';
/** What `PG_VERSION` in a data folder of this engine says. */
export const postgresMajor = '18';

/**
 * The write-ahead log serves restarts only, and shrinks after a checkpoint (`Upkeep` makes them). The default of 128 MB of buffers
 * comes on top of what the operating system keeps of the same files. Expressions can't be compiled (`jit`) in WebAssembly.
 */
const settings = [
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=64MB',
  'min_wal_size=8MB',
  'shared_buffers=64MB',
  'maintenance_work_mem=32MB',
  'jit=off',
];

const options: PGliteOptions = {
  startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
  parsers: rowParsers,
  serializers: parameterWriters,
};

/** Opens a data folder that is there. Computes on the calling thread. */
export function openDatabase(folder: string): Promise<PGlite> {
  return PGlite.create(folder, options);
}

/** Makes an empty data folder: takes seconds and 800 MB. Segments of 1 MB, since 16 MB of zeros would be written and copied for each. */
export async function makeDatabase(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = await PGlite.create(folder, { ...options, initDbStartParams: ['--wal-segsize=1'] });
  await database.close();
}
