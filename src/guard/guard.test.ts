import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  localPrincipal,
  readScopeOf,
  requireScope,
} from './index.ts';
import { openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

async function setUp() {
  const time = { now: 0 };
  await rig.forget();
  const { store } = await rig.open();
  const keys = createKeys({ store, random: randomBytes, clock: () => new Date(0) });
  const failures = createFailureLimit({ now: () => time.now, burst: 3, forgiveEvery: 1_000 });
  const authenticate = createAuthenticate(store, failures);
  const { record, text } = await keys.issue(localPrincipal('acme'), {
    name: 'ann',
    scopes: ['ask', 'keys:admin', 'ask'],
  });
  const ann: Principal = { id: record.id, name: 'ann', tenant: 'acme', scopes: ['ask', 'keys:admin'] };
  return { time, keys, authenticate, text, record, ann };
}
const peer = '192.0.2.7';

describe('authenticate', () => {
  it('gives the tenant, name and scopes that the key was issued with', async () => {
    const { authenticate, text, ann } = await setUp();
    expect(text).toMatch(/^ty_[0-9a-f]{16}_[\w-]{43}$/);
    for (const scheme of ['Bearer', 'bearer', 'BEARER  '])
      expect(await authenticate({ authorization: `${scheme} ${text}`, peer })).toEqual({
        ok: true,
        principal: ann,
      });
  });

  it('asks for a key when there is none', async () => {
    const { authenticate } = await setUp();
    expect(await authenticate({ authorization: undefined, peer })).toMatchObject({
      ok: false,
      error: { code: 'guard.credential_missing', status: 401 },
    });
  });

  it('refuses a wrong secret, a wrong id, another scheme, and anything around the key', async () => {
    const { authenticate, text } = await setUp();
    const wrong = [
      `Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      `Bearer ty_${'0'.repeat(16)}${text.slice(19)}`,
      `Basic ${text}`,
      `Bearer ${text} ${text}`,
      `Bearer ${text}x`,
      `Bearer ${text.toUpperCase()}`,
      `Bearer ${'a'.repeat(100_000)}`,
      'Bearer',
    ];
    for (const [index, authorization] of wrong.entries())
      expect(await authenticate({ authorization, peer: `192.0.2.${index}` })).toMatchObject({
        ok: false,
        error: { code: 'guard.credential_invalid' },
      });
  });

  it('tells a peer that fails too often to wait, but always takes a right key', async () => {
    const { time, authenticate, text } = await setUp();
    const fail = (from = peer) => authenticate({ authorization: 'Bearer ty_wrong', peer: from });
    for (let count = 0; count < 3; count += 1)
      expect(await fail()).toMatchObject({ error: { code: 'guard.credential_invalid' } });
    expect(await fail()).toMatchObject({
      error: { code: 'guard.too_many_failures', status: 429, details: { retry_after_seconds: 1 } },
    });
    expect(await authenticate({ authorization: `Bearer ${text}`, peer })).toMatchObject({ ok: true });
    expect(await fail('192.0.2.8')).toMatchObject({ error: { code: 'guard.credential_invalid' } });
    time.now += 2_000;
    expect(await fail()).toMatchObject({ error: { code: 'guard.credential_invalid' } });
  });

  it('counts the addresses of one IPv6 network as one peer', () => {
    const failures = createFailureLimit({ now: () => 0, burst: 1, forgiveEvery: 1_000 });
    expect(failures.fail('2001:db8::1')).toBe(0);
    expect(failures.fail('2001:db8:0:0:ffff::2')).toBe(1_000);
    expect(failures.fail('2001:db8:0:1::1')).toBe(0);
  });
});

describe('keys', () => {
  it('keep each scope once', async () => {
    const { record } = await setUp();
    expect(record.scopes).toEqual(['ask', 'keys:admin']);
  });

  it('are never handed on with more than the issuer has, nor into another tenant', async () => {
    const { keys, ann } = await setUp();
    await expect(keys.issue(ann, { name: 'bob', scopes: ['ask', 'events:read'] })).rejects.toMatchObject({
      code: 'guard.scope_missing',
      message: expect.stringContaining('events:read'),
    });
    await expect(keys.issue(ann, { name: 'bob', scopes: ['ask'], tenant: 'other' })).rejects.toMatchObject({
      code: 'guard.tenant_foreign',
    });
    await expect(keys.issue(ann, { name: 'bob', scopes: ['ask'] })).resolves.toMatchObject({
      record: { created_by: ann.id, tenant: 'acme' },
    });
  });

  it('are listed and revoked within the tenant only', async () => {
    const { keys, ann, record } = await setUp();
    const stranger = { ...ann, tenant: 'other' };
    expect(await keys.list(ann)).toEqual([record]);
    expect(await keys.list(stranger)).toEqual([]);
    await expect(keys.revoke(stranger, record.id)).rejects.toMatchObject({
      code: 'guard.key_unknown',
      status: 404,
    });
  });
});

describe('scopes', () => {
  it('are all there for a command on this machine', () => {
    expect(() => requireScope(localPrincipal('acme'), 'keys:admin')).not.toThrow();
  });

  it('are named when one is missing', () => {
    const principal: Principal = { id: 'x', name: 'x', tenant: 'acme', scopes: ['ask'] };
    expect(() => requireScope(principal, 'events:read')).toThrow(/events:read/);
  });
});

describe('read scopes', () => {
  const principal: Principal = { id: 'x', name: 'x', tenant: 'acme', scopes: ['ask'] };

  it("carry the principal's tenant, whatever else is asked", () => {
    expect(readScopeOf(principal, 'ask', 5)).toMatchObject({ tenant: 'acme', snapshot: 5 });
  });

  it('are not granted without the scope that the read needs', () => {
    expect(() => readScopeOf(principal, 'events:read', 5)).toThrow(/events:read/);
  });
});
