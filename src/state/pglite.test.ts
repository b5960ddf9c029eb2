import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openState } from './index.ts';
import { pgliteVersion, postgresMajor } from './pglite.ts';
import { stateSuite } from './port.suite.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(root, 'data-'));

stateSuite('the state in a thread of this process', () => {
  const folder = newFolder();
  return { open: (migrations, limits = {}) => openState({ folder, migrations, limits }) };
});

it('leaves the event loop free while a long statement runs', async () => {
  const state = await openState({ folder: newFolder(), migrations: [] });
  const order: string[] = [];
  const statement = state
    .query('SELECT count(*) AS n FROM generate_series(1, 2000000)')
    .then(() => order.push('statement'));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  order.push('timers');
  await statement;
  await state.close();
  expect(order).toEqual(['timers', 'statement']);
});

it('stops a statement that passes its bound, undoes what was not committed, and goes on', async () => {
  const faults: string[] = [];
  const state = await openState({
    folder: newFolder(),
    migrations: [{ room: 'a', version: 1, sql: 'CREATE TABLE a (x int4)' }],
    limits: { statementMs: 3_000 },
    onFault: (error) => faults.push(error.code),
  });
  const endless = 'SELECT count(*) FROM generate_series(1, 1000000000000)';
  const stopped = state.transaction(async (session) => {
    await session.query('INSERT INTO a VALUES (1)');
    await session.query(endless);
  });
  const waiting = state.query('INSERT INTO a VALUES (2)');
  await expect(stopped).rejects.toMatchObject({ code: 'state.timeout', retryable: true });
  await waiting;
  expect(await state.query('SELECT x FROM a')).toEqual([{ x: 2 }]);
  expect(faults).toEqual(['state.ended']);
  await state.close();
});

it('starts the engine again when it died of a statement, and tells who ran it', async () => {
  const faults: string[] = [];
  const state = await openState({
    folder: newFolder(),
    migrations: [{ room: 'a', version: 1, sql: 'CREATE TABLE a (x int4)' }],
    onFault: (error) => faults.push(error.code),
  });
  await state.query('INSERT INTO a VALUES (1)');
  // The bound on parameters does not see text that the statement itself makes JSON of.
  const deadly = state.query("SELECT repeat('[', 5000000)::jsonb");
  const waiting = state.query('SELECT x FROM a');
  await expect(deadly).rejects.toMatchObject({ code: 'state.ended', retryable: true });
  expect(await waiting).toEqual([{ x: 1 }]);
  expect(faults).toEqual(['state.ended']);
  await state.close();
});

it('undoes a transaction that is open for too long', async () => {
  const state = await openState({
    folder: newFolder(),
    migrations: [{ room: 'a', version: 1, sql: 'CREATE TABLE a (x int4)' }],
    limits: { transactionMs: 50 },
  });
  const stuck = state.transaction(async (session) => {
    await session.query('INSERT INTO a VALUES (1)');
    await new Promise(() => undefined);
  });
  await expect(stuck).rejects.toMatchObject({ code: 'state.timeout' });
  expect(await state.query('SELECT x FROM a')).toEqual([]);
  await state.close();
});

it('knows the version of its engine', async () => {
  const { version } = JSON.parse(
    await readFile(new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url), 'utf8'),
  );
  expect(version).toBe(pgliteVersion);
  const state = await openState({ folder: newFolder(), migrations: [] });
  const [row] = await state.query("SELECT current_setting('server_version') AS version");
  expect(String(row?.version).split('.')[0]).toBe(postgresMajor);
  await state.close();
});
