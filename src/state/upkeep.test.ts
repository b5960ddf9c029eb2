import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openEngine } from './engine.ts';
import { openState } from './index.ts';
import { Upkeep } from './upkeep.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const table = 'CREATE TABLE a (x int4, filler text)';
const fill = "INSERT INTO a SELECT g, repeat('x', 200) FROM generate_series(1, 5000) g";

it('keeps the log of a busy state within its bound', async () => {
  const folder = mkdtempSync(join(root, 'data-'));
  const state = await openState({ folder, migrations: [{ room: 'a', version: 1, sql: table }] });
  // 125 MB of log, were it kept.
  for (let round = 0; round < 100; round += 1) {
    await state.query(fill);
    await state.query('TRUNCATE a');
  }
  const log = join(folder, 'database', 'pg_wal');
  const bytes = readdirSync(log).reduce((sum, name) => sum + statSync(join(log, name)).size, 0);
  await state.close();
  expect(bytes).toBeLessThan(96 * 1024 * 1024);
});

it('sweeps a table with many dead rows, at rest or at the latest after ten minutes of work, never within a transaction', async () => {
  const engine = await openEngine({ folder: mkdtempSync(join(root, 'data-')), template: undefined });
  let now = 0;
  const upkeep = new Upkeep(engine, () => now);
  const dead = async () => {
    await engine.query('SELECT pg_stat_force_next_flush()');
    const [row] = await engine.query('SELECT n_dead_tup AS n FROM pg_stat_user_tables');
    return row?.n;
  };
  const makeDead = () => engine.query("UPDATE a SET filler = repeat('y', 200)");
  await engine.script(`${table}; ${fill}`);
  await makeDead();
  expect(await dead()).toBe(5_000);

  await engine.bound('begin');
  expect(await upkeep.sweep()).toBe(false);
  await engine.bound('rollback');
  expect(await upkeep.sweep()).toBe(true);
  expect(await dead()).toBe(0);
  expect(await upkeep.sweep()).toBe(false);

  await makeDead();
  await upkeep.look();
  expect(await dead()).toBe(5_000);
  now += 600_000;
  await upkeep.look();
  expect(await dead()).toBe(0);
  await engine.close();
});
