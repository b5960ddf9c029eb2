import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sql } from '../sql/index.ts';
import { openStore } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-store-copy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const letters = (from: number) =>
  Array.from({ length: 10 }, (_, index) => ({
    ...{ tenant: 'acme', source: 'windows', code: 'normalise.not_json', partition: 0, sub: index },
    ...{ offset: BigInt(from), received_at: 1_000, ingested_at: 1_000 },
  }));
const counted = sql`SELECT count() AS n FROM dead_letters`;

test('a copy is a store of its own with the rows of the moment, and leaves nothing frozen behind', async () => {
  const store = await openStore({ folder: join(folder, 'store') });
  await store.insert('dead_letters', letters(1));
  await store.insert('dead_letters', letters(2));
  const rows = await store.copy(join(folder, 'copy'), { first: ['markers', 'dead_letters'] });
  expect(rows).toMatchObject({ dead_letters: 20, events: 0, markers: 0 });
  await store.insert('dead_letters', letters(3));
  writeFileSync(join(folder, 'note'), 'mine');
  await expect(store.copy(folder, { first: [] })).rejects.toMatchObject({ code: 'store.not_empty' });
  await store.close();
  expect(readdirSync(join(folder, 'store', 'shadow'))).not.toContain('tyrian_copy');

  const copy = await openStore({ folder: join(folder, 'copy') });
  expect(await copy.rows(counted)).toEqual([{ n: '20' }]);
  await copy.insert('dead_letters', letters(4));
  expect(await copy.rows(counted)).toEqual([{ n: '30' }]);
  await copy.close();
});
