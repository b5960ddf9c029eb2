import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sql, type Table, trust } from '../sql/index.ts';
import { openStore, type Schema, type Store } from './index.ts';
import { telemetrySchema } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-migrate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the one folder with a schema, and closes it whatever happens: chDB binds one folder per process. */
async function within<T>(schema: Schema | undefined, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ folder, clock: () => 1000, ...(schema && { schema }) });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const recorded = (store: Store) =>
  store.rows(sql`SELECT number, name, phase FROM migrations ORDER BY number`);
const next = telemetrySchema.migrations.length + 1;
const withStep = (statements: readonly string[], number = next): Schema => ({
  ...telemetrySchema,
  migrations: [
    ...telemetrySchema.migrations,
    { number, name: 'a test column', phase: 'expand', statements: statements.map(trust) },
  ],
});
const addColumn = 'ALTER TABLE markers ADD COLUMN IF NOT EXISTS test_column String';

describe('migrations', () => {
  it('make the declared tables: every column with its type and comment, every index and projection', async () => {
    await within(undefined, async (store) => {
      const columns = await store.rows(sql`SELECT table, name, type, comment FROM system.columns
        WHERE database = currentDatabase() AND table != 'migrations'`);
      const found = columns.map((row) => `${row.table}.${row.name} ${row.type} ${row.comment}`);
      const declared = [...store.tables.values()].flatMap((table: Table) =>
        Object.entries(table.columns).map(
          ([name, column]) => `${table.name}.${name} ${column.type} ${column.comment}`,
        ),
      );
      expect(found.toSorted(byText)).toEqual(declared.toSorted(byText));
      const indexes = await store.rows(
        sql`SELECT name FROM system.data_skipping_indices WHERE table = 'events'`,
      );
      const wanted = store.tables.get('events')?.indexes?.map((index) => index.name) ?? [];
      expect(indexes.map((row) => String(row.name)).toSorted(byText)).toEqual(wanted.toSorted(byText));
      const projections = await store.rows(sql`SELECT name FROM system.projections WHERE table = 'events'`);
      expect(projections).toEqual([{ name: 'ids' }]);
    });
  });

  it('run once, and leave what is stored alone', async () => {
    await within(undefined, (store) =>
      store.insert('superseded', [{ tenant: 'a', writer_epoch: 1, batch: 1n, superseded_at: 1 }]),
    );
    await within(undefined, async (store) => {
      expect(await store.rows(sql`SELECT tenant FROM superseded`)).toEqual([{ tenant: 'a' }]);
      expect((await recorded(store)).length).toBe(telemetrySchema.migrations.length);
    });
  });

  it('go on where one was killed half way', async () => {
    await expect(within(withStep([addColumn, 'NOT A STATEMENT']), recorded)).rejects.toMatchObject({
      code: 'store.query',
    });
    await within(undefined, async (store) => {
      expect((await recorded(store)).length).toBe(telemetrySchema.migrations.length);
      const [column] = await store.rows(
        sql`SELECT count() AS n FROM system.columns WHERE name = 'test_column'`,
      );
      expect(column).toEqual({ n: '1' });
    });
    const rows = await within(withStep([addColumn]), recorded);
    expect(rows.at(-1)).toEqual({ number: String(next), name: 'a test column', phase: 'expand' });
  });

  it('refuse data that a newer program wrote, and touch nothing', async () => {
    await expect(within(undefined, recorded)).rejects.toMatchObject({
      code: 'store.newer',
      message: expect.stringContaining('newer program'),
    });
    const rows = await within(withStep([addColumn]), recorded);
    expect(rows.length).toBe(next);
  });
});

describe('stages', () => {
  it('are empty after every start', async () => {
    const schema = withStep([addColumn]);
    await within(schema, (store) => store.run(sql`INSERT INTO events_stage_0 (row, ok) VALUES (1, 1)`));
    const [count] = await within(schema, (store) => store.rows(sql`SELECT count() AS n FROM events_stage_0`));
    expect(count).toEqual({ n: '0' });
  });
});

const byText = (left: string, right: string) => (left < right ? -1 : 1);
