import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Principal, type Role, scopesOfRole } from '../contracts/index.ts';
import type { State } from '../state/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  localPrincipal,
  openKeyStore,
  takeOverKeyFile,
} from './index.ts';
import { keyStoreSuite } from './key-store.suite.ts';
import { KeyRecord } from './key-store.ts';
import { openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let opened: Awaited<ReturnType<typeof rig.open>>;
let now = new Date('2026-11-23T12:00:00Z');
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

keyStoreSuite('journal', async () => {
  await rig.forget();
  const { store, close } = await rig.open();
  return { ...store, close };
});

describe('keys in the journal', () => {
  const me = localPrincipal('acme', 'root');
  const desk = () => createKeys({ store: opened.store, random: randomBytes, clock: () => now });
  const tryKey = (text: string, store = opened.store) =>
    createAuthenticate(
      store,
      createFailureLimit({ now: () => 0 }),
      () => now,
    )({
      authorization: `Bearer ${text}`,
      peer: '127.0.0.1',
    });
  beforeEach(async () => {
    now = new Date('2026-11-23T12:00:00Z');
    await rig.forget();
    opened = await rig.open();
  });
  afterEach(() => opened.close());

  it('are taken as soon as they are issued, and refused as soon as they are revoked', async () => {
    const { text, record } = await desk().issue(me, { name: 'ann', role: 'analyst' });
    expect(await tryKey(text)).toMatchObject({ ok: true, principal: { name: 'ann', tenant: 'acme' } });
    await desk().revoke(me, record.id);
    expect(await tryKey(text)).toMatchObject({ ok: false, error: { code: 'guard.credential_invalid' } });
  });

  it('are looked up without a statement', async () => {
    let isDown: boolean = false;
    const failing: State = {
      ...rig.state,
      query: (...call) => (isDown ? Promise.reject(new Error('down')) : rig.state.query(...call)),
      transaction: (work, options) => rig.state.transaction(work, options),
    };
    const store = await openKeyStore({ journal: opened.journal, state: failing });
    const { text } = await desk().issue(me, { name: 'ann', role: 'viewer' });
    await expect.poll(async () => (await store.list()).length).toBe(1);
    isDown = true;
    expect(await tryKey(text, store)).toMatchObject({ ok: true });
    await store.close();
  });

  it('that the journal took from elsewhere are known, and their revocation, soon after', async () => {
    const other = await openKeyStore({ journal: opened.journal, state: rig.state });
    const { text, record } = await desk().issue(me, { name: 'ann', role: 'viewer' });
    await expect.poll(async () => (await tryKey(text, other)).ok, { timeout: 10_000 }).toBe(true);
    await desk().revoke(me, record.id);
    await expect.poll(async () => (await tryKey(text, other)).ok, { timeout: 10_000 }).toBe(false);
    await other.close();
  });

  it('are there after a stop, and stay good while the tables are made again', async () => {
    const { text, record } = await desk().issue(me, { name: 'ann', role: 'viewer' });
    const gone = await desk().issue(me, { name: 'bob', role: 'viewer' });
    await desk().revoke(me, gone.record.id);
    await opened.close();
    await rig.forget();
    opened = await rig.open(rig.state, opened.folder);
    expect(await opened.store.find(record.id)).toEqual(record);
    const rebuilding = opened.journal.rebuild(() => undefined);
    expect(await tryKey(text)).toMatchObject({ ok: true });
    await rebuilding;
    expect(await tryKey(text)).toMatchObject({ ok: true });
    expect(await tryKey(gone.text)).toMatchObject({ ok: false });
  });

  it('end at their time', async () => {
    const { text } = await desk().issue(me, {
      name: 'ann',
      role: 'viewer',
      expires_at: '2026-11-23T12:00:01Z',
    });
    expect(await tryKey(text)).toMatchObject({ ok: true });
    now = new Date('2026-11-23T12:00:01Z');
    expect(await tryKey(text)).toMatchObject({ ok: false, error: { code: 'guard.credential_invalid' } });
    const past = desk().issue(me, { name: 'ann', role: 'viewer', expires_at: '2026-11-23T12:00:00Z' });
    await expect(past).rejects.toMatchObject({ code: 'guard.key_order' });
  });

  it.each(Object.entries(scopesOfRole))(
    'of the role %s may do what the role may do',
    async (role, scopes) => {
      const { text } = await desk().issue(me, { name: 'ann', role: role as Role });
      expect(await tryKey(text)).toMatchObject({ ok: true, principal: { scopes } });
    },
  );

  it('need scopes or a role, and not both', async () => {
    for (const order of [{}, { role: 'viewer', scopes: ['ask'] }] as const)
      await expect(desk().issue(me, { name: 'ann', ...order })).rejects.toMatchObject({
        code: 'guard.key_order',
      });
  });

  it('hand on no role that is more than the issuer has', async () => {
    const ann: Principal = {
      id: 'x',
      name: 'ann',
      tenant: 'acme',
      scopes: [...scopesOfRole.viewer, 'keys:admin'],
    };
    for (const role of ['admin', 'analyst', 'shipper'] as const)
      await expect(desk().issue(ann, { name: 'bob', role })).rejects.toMatchObject({
        code: 'guard.scope_missing',
      });
    expect((await desk().issue(ann, { name: 'bob', role: 'viewer' })).record.created_by).toBe('x');
  });

  it('make their tenant known with the first of them', async () => {
    await desk().issue(me, { name: 'ann', role: 'viewer' });
    await desk().issue(me, { name: 'bob', role: 'viewer' });
    await desk().issue(me, { name: 'eve', role: 'viewer', tenant: 'rival' });
    const rows = await rig.state.query('SELECT tenant FROM guard_tenants ORDER BY tenant');
    expect(rows).toEqual([{ tenant: 'acme' }, { tenant: 'rival' }]);
  });

  it('say who may be given work: names with a valid key of the tenant', async () => {
    await desk().issue(me, { name: 'ann', role: 'viewer' });
    await desk().issue(me, { name: 'ann', role: 'analyst' });
    await desk().issue(me, { name: 'web shipper', scopes: ['telemetry:write'] });
    await desk().issue(me, { name: 'eve', role: 'admin', tenant: 'rival' });
    await desk().issue(me, { name: 'temp', role: 'admin', expires_at: '2026-11-23T12:00:01Z' });
    const { record } = await desk().issue(me, { name: 'gone', role: 'admin' });
    await desk().revoke(me, record.id);
    now = new Date('2026-11-23T12:00:02Z');
    expect(await desk().people(me)).toEqual([
      { name: 'ann', role: 'analyst', assignable: true },
      { name: 'web shipper', role: null, assignable: false },
    ]);
  });

  it('leave neither their text in the journal nor their hash in the audit trail', async () => {
    const { text, record } = await desk().issue(me, { name: 'ann', role: 'viewer' });
    await desk().revoke(me, record.id);
    const { entries } = await opened.topics.read({ topic: 'changes', from: 0, limit: 9, maxBytes: 1e6 });
    const journal = entries.map(({ value }) => Buffer.from(value).toString('utf8')).join();
    expect(journal).toContain(record.id);
    expect(journal).not.toContain(text.slice(20));
    const trail = JSON.stringify(await rig.state.query('SELECT * FROM audit_trail ORDER BY entry'));
    expect(trail).toMatch(/keys\.issued.*keys\.revoked/);
    expect(trail).toContain('"by_name":"root"');
    expect(trail).not.toContain(record.hash);
    expect(trail).not.toContain(text.slice(20));
  });
});

describe('the keys.json of an earlier version', () => {
  const old = (digit: string, revoked_at: string | null = null) => ({
    id: digit.repeat(16),
    name: `shipper ${digit}`,
    tenant: 'acme',
    scopes: ['telemetry:write'],
    hash: digit.repeat(64),
    created_at: '2026-01-02T03:04:05.000Z',
    created_by: 'local',
    revoked_at,
  });
  const put = (folder: string, mode = 0o600) =>
    writeFileSync(
      join(folder, 'keys.json'),
      JSON.stringify({ version: 1, keys: [old('1'), old('2', '2026-02-03T04:05:06.000Z'), old('3')] }),
      { mode },
    );
  beforeEach(async () => {
    await rig.forget();
    opened = await rig.open();
  });
  afterEach(() => opened.close());

  it('is taken over once, with revoked keys as they are, and put aside', async () => {
    const { folder, store, topics } = opened;
    put(folder);
    expect(await takeOverKeyFile(folder, store)).toBe(3);
    expect(await store.list('acme')).toEqual(
      [old('1'), old('2', '2026-02-03T04:05:06.000Z'), old('3')].map((key) => ({
        ...key,
        role: null,
        expires_at: null,
      })),
    );
    expect(existsSync(join(folder, 'keys.json'))).toBe(false);
    expect(readFileSync(join(folder, 'keys.json.migrated'), 'utf8')).toContain('shipper 1');
    expect(await takeOverKeyFile(folder, store)).toBe(0);
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 3 });
    const who = await rig.state.query('SELECT DISTINCT by_id, by_name FROM audit_trail');
    expect(who).toEqual([{ by_id: 'system', by_name: 'Tyrian' }]);
  });

  it('is gone on with where it was broken off', async () => {
    const { folder, store, topics } = opened;
    put(folder);
    await store.add(KeyRecord.parse(old('1')), { id: 'system', name: 'Tyrian' });
    expect(await takeOverKeyFile(folder, store)).toBe(3);
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 3 });
  });

  it('is refused when others can read it, or it is damaged', async () => {
    const { folder, store } = opened;
    put(folder, 0o644);
    await expect(takeOverKeyFile(folder, store)).rejects.toMatchObject({ code: 'guard.keys_exposed' });
    const other = rig.newFolder();
    writeFileSync(join(other, 'keys.json'), '{', { mode: 0o600 });
    await expect(takeOverKeyFile(other, store)).rejects.toMatchObject({ code: 'guard.keys_unreadable' });
    expect(await store.list()).toEqual([]);
  });
});
