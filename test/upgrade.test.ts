/**
 * A data folder of version 1 is taken over: telemetry log and store as they were, keys in a file, neither journal nor state. It is built here
 * from the parts that such a folder had: the log, the store with the tables of the first migration, `keys.json`, `version.json`.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAuthenticate, createFailureLimit, createKeys, type KeyRecord } from '../src/guard/index.ts';
import { openLog } from '../src/log/index.ts';
import { trust } from '../src/sql/index.ts';
import { openStore } from '../src/store/index.ts';
import { telemetrySchema } from '../src/store/schema.ts';
import { groupOf, kindOf } from './crash-records.ts';
import { temporaryFolder } from './opened.ts';
import { configAt, ledgerOf, rows, tenant, withOperated } from './operated.ts';

const temporary = temporaryFolder('upgrade');
afterAll(() => temporary.remove());
const folder = join(temporary.path, 'data');
const never = new AbortController().signal;
const seed = 11;
const eventsUpTo = (end: number) =>
  Array.from({ length: end }, (_, index) => kindOf(seed, index)).filter((kind) => kind === 'event').length;
const names = 'SELECT count() AS n, uniqExact(metadata_uid) AS names FROM events';

/** A key as version 1 kept it: without role and end. */
async function oldKey(): Promise<{ readonly text: string; readonly record: object }> {
  const kept: KeyRecord[] = [];
  const store = {
    ...{ find: async () => undefined, list: async () => [], revoke: async () => undefined },
    close: async () => {},
    add: async (record: KeyRecord) => {
      kept.push(record);
    },
  };
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date() });
  const by = { id: 'local', name: 'local', tenant, scopes: ['ask' as const, 'keys:admin' as const] };
  const { text } = await keys.issue(by, { name: 'first key', scopes: ['ask'] });
  const { role: _, expires_at: __, ...record } = kept[0] as KeyRecord;
  return { text, record };
}

/** A store of then with nothing in it, a log that was not read yet. */
async function makeOldFolder(key: object): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'version.json'), '{"data_folder":1}');
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ version: 1, keys: [key] }), { mode: 0o600 });
  const [first] = telemetrySchema.migrations;
  const schema = { ...telemetrySchema, migrations: first === undefined ? [] : [first] };
  const store = await openStore({ folder: join(folder, 'store'), schema });
  expect(await store.rows(trust("SELECT name FROM system.tables WHERE name = 'replayed'"))).toEqual([]);
  await store.close();
  const log = await openLog({ folder: join(folder, 'log'), partitions: 4 });
  await log.append(groupOf(seed, 0, 300, Date.now()));
  await log.close();
}

test('a data folder of version 1 opens: events and keys are there, more can come, and the older program is warned off', async () => {
  const { text, record } = await oldKey();
  await makeOldFolder(record);
  await withOperated(configAt(folder), async (tyrian) => {
    await tyrian.settled(never);
    const [before] = await rows(tyrian, names);
    expect(Number(before?.names)).toBe(eventsUpTo(300));
    expect(before?.n).toBe(before?.names);
    await tyrian.append(groupOf(seed, 300, 600, Date.now()));
    await tyrian.settled(never);
    expect((await rows(tyrian, names))[0]).toEqual({ n: `${eventsUpTo(600)}`, names: `${eventsUpTo(600)}` });
    expect((await ledgerOf(tyrian)).total).toMatchObject({ balanced: true, in_flight: 0, received: 600 });
    const authenticate = createAuthenticate(
      tyrian.workflow.keys,
      createFailureLimit({ now: () => performance.now() }),
    );
    expect(await authenticate({ authorization: `Bearer ${text}`, peer: '::1' })).toMatchObject({
      principal: { name: 'first key', tenant, scopes: ['ask'] },
    });
  });
  expect(existsSync(join(folder, 'keys.json'))).toBe(false);
  expect(JSON.parse(readFileSync(join(folder, 'version.json'), 'utf8'))).toEqual({ data_folder: 2 });
  await withOperated(configAt(folder), async (tyrian) => {
    expect(await tyrian.workflow.keys.list(tenant)).toHaveLength(1);
    expect((await rows(tyrian, names))[0]?.n).toBe(`${eventsUpTo(600)}`);
  });
}, 240_000);
