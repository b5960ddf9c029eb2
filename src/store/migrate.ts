import { printCreateTable, quoteIdentifier, sql, type Table, trust } from '../sql/index.ts';
import { errors } from './errors.ts';
import type { Store } from './port.ts';
import type { Migration, Schema } from './schema.ts';
import { durableSettings } from './tables/settings.ts';

/** Which migrations have run; one row each (a repeat after a crash is harmless). */
const applied: Table = {
  name: 'migrations',
  comment: 'Migrations that have run here',
  engine: 'MergeTree',
  columns: {
    number: { type: 'UInt32', comment: 'number of the migration' },
    name: { type: 'String', comment: 'what it does' },
    phase: { type: 'String', comment: 'expand or contract' },
    applied_at: { type: "DateTime64(3, 'UTC')", comment: 'when it had run' },
  },
  orderBy: ['number'],
  settings: durableSettings,
  schemaVersion: 1,
  rowKey: ['number'],
  tenantColumn: 'none',
  snapshotColumn: 'none',
};

/**
 * Brings the tables to the schema: runs each migration that isn't recorded, in order, and records it when all of its
 * statements have run. Tables in memory are made anew. Throws `store.newer` when a migration is recorded that this
 * program doesn't know.
 */
export async function migrate(
  store: Pick<Store, 'run' | 'rows'>,
  schema: Schema,
  clock: () => number,
): Promise<void> {
  await store.run(printCreateTable(applied));
  const rows = await store.rows(sql`SELECT DISTINCT number FROM migrations ORDER BY number`);
  const done = new Set(rows.map((row) => Number(row.number)));
  refuseNewer(done, schema.migrations);
  for (const migration of schema.migrations) {
    if (done.has(migration.number)) continue;
    for (const statement of migration.statements) await store.run(statement);
    await record(store, migration, clock());
  }
  for (const table of schema.tables.filter(({ engine }) => engine === 'Memory')) {
    await store.run(sql`DROP TABLE IF EXISTS ${{ sql: trust(quoteIdentifier(table.name)) }}`);
    await store.run(printCreateTable(table));
  }
}

function refuseNewer(done: ReadonlySet<number>, migrations: readonly Migration[]): void {
  const latest = migrations.at(-1)?.number ?? 0;
  const newest = Math.max(0, ...done);
  if (newest <= latest) return;
  throw errors.make(
    'newer',
    `the data was written by a newer program (its tables are at migration ${newest}, this program knows ${latest}): ` +
      'use that program, or a copy of the data from before',
    { details: { found: newest, known: latest } },
  );
}

async function record(
  store: Pick<Store, 'run'>,
  { number, name, phase }: Migration,
  now: number,
): Promise<void> {
  const at = { sql: trust(`fromUnixTimestamp64Milli(${Math.floor(now)}, 'UTC')`) };
  await store.run(
    sql`INSERT INTO migrations (number, name, phase, applied_at) VALUES (${number}, ${name}, ${phase}, ${at})`,
  );
}
