/** The tables of the workflow state made again from the journal: a whole one, a deleted one, a damaged one. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeys, localPrincipal } from '../src/guard/index.ts';
import { rebuildState, type Tyrian } from '../src/system/index.ts';
import { groupOf } from './crash-records.ts';
import { temporaryFolder } from './opened.ts';
import { alertsOf, configAt, quiet, tenant, withOperated, writeBucketRule } from './operated.ts';

const temporary = temporaryFolder('state-rebuild');
afterAll(() => temporary.remove());
const folder = join(temporary.path, 'data');
const config = configAt(folder, { rules: { folder: join(temporary.path, 'rules') } });
const never = new AbortController().signal;

/** What is made from the journal, and the audit trail. */
const tables = [
  ...[
    'alerts',
    'alert_keys',
    'alert_detections',
    'alert_remembered',
    'alert_history',
    'alert_counts',
    'alert_rules',
  ],
  ...[
    'guard_tenants',
    'guard_keys',
    'rule_settings',
    'rule_packs',
    'notify_channels',
    'holds',
    'audit_trail',
  ],
];

/** The rows of all tables, whatever their order. */
async function dumpOf(tyrian: Tyrian): Promise<Readonly<Record<string, readonly string[]>>> {
  const { state, journal, audit } = tyrian.workflow;
  await journal.settled();
  await audit.list(tenant, { limit: 1 });
  const known = await state.query(
    "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const made = known.map(({ name }) => String(name)).filter((name) => tables.includes(name));
  const found = made.map(async (name) => {
    const rows = await state.query(`SELECT to_jsonb(one)::text AS row FROM "${name}" AS one`);
    return [name, rows.map(({ row }) => String(row)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

let before: Awaited<ReturnType<typeof dumpOf>>;
beforeAll(async () => {
  writeBucketRule(join(temporary.path, 'rules'));
  await withOperated(config, async (tyrian) => {
    await tyrian.append(groupOf(3, 0, 300, Date.now()));
    await tyrian.settled(never);
    const by = { id: 'local', name: 'ann' };
    for (const [index, { id }] of (await alertsOf(tyrian)).entries())
      if (index % 2 === 0)
        await tyrian.workflow.alerts.change({
          ...{ tenant, by, id, change: { kind: 'status', status: 'closed', verdict: 'benign' } },
        });
    const keys = createKeys({ store: tyrian.workflow.keys, random: randomBytes, clock: () => new Date() });
    await keys.issue(localPrincipal(tenant), { name: 'bob', role: 'admin' });
    const line = { action: 'test.done', outcome: 'done', details: {}, trace_id: '' } as const;
    await tyrian.workflow.audit.record({ tenant, by, ...line });
    before = await dumpOf(tyrian);
  });
  expect(before.alerts?.length).toBeGreaterThan(5);
  expect(before.guard_keys).toHaveLength(1);
  expect(before.audit_trail?.length).toBeGreaterThan(3);
}, 240_000);

const rebuilt = () => rebuildState({ config, log: quiet, clock: Date.now, onProgress: () => {} });
const dumped = () => withOperated(config, dumpOf);

test('of a whole state gives the same rows', async () => {
  expect(await rebuilt()).toMatchObject({ aside: null });
  expect(await dumped()).toEqual(before);
}, 240_000);

test('of a deleted state gives the same rows', async () => {
  rmSync(join(folder, 'state'), { recursive: true });
  const { detections, changes } = await rebuilt();
  expect(detections).toBeGreaterThan(5);
  expect(changes).toBeGreaterThan(3);
  expect(await dumped()).toEqual(before);
}, 240_000);

test('of a state that does not open puts its files aside and gives the same rows', async () => {
  writeFileSync(join(folder, 'state', 'database', 'global', 'pg_control'), 'nothing of a database');
  await expect(dumped()).rejects.toThrow('tyrian state rebuild');
  const { aside } = await rebuilt();
  expect(existsSync(aside ?? '')).toBe(true);
  expect(await dumped()).toEqual(before);
  rmSync(join(folder, 'state', 'database', 'PG_VERSION'));
  await expect(dumped()).rejects.toMatchObject({ code: 'state.damaged' });
  await rebuilt();
  expect(await dumped()).toEqual(before);
  expect(readdirSync(join(folder, 'state')).filter((name) => name.startsWith('database-aside'))).toHaveLength(
    2,
  );
}, 240_000);
