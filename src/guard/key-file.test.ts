import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthenticate, createFailureLimit, createKeys, localPrincipal, openKeyFile } from './index.ts';
import { keyStoreSuite } from './key-store.suite.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-guard-'));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, 'data-'));

keyStoreSuite('file', () => openKeyFile({ folder: newFolder(), now: () => performance.now() }));

/** Two programs over one folder with a clock of their own each, as two processes have. */
async function openTwice() {
  const folder = newFolder();
  const time = { now: 0 };
  const open = () => openKeyFile({ folder, now: () => time.now });
  const store = await open();
  const outside = createKeys({ store: await open(), random: randomBytes, clock: () => new Date(0) });
  const authenticate = createAuthenticate(store, createFailureLimit({ now: () => time.now }));
  const path = join(folder, 'keys.json');
  const tryKey = (text: string) => authenticate({ authorization: `Bearer ${text}`, peer: '127.0.0.1' });
  return { folder, path, store, outside, tryKey, waitASecond: () => (time.now += 1_000) };
}
const me = localPrincipal('acme');

describe('key file', () => {
  it('is readable by its owner only and never holds a key', async () => {
    const { path, outside } = await openTwice();
    const { text } = await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(text.slice(20));
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('takes up a key that another process issued, and its revocation, within a second', async () => {
    const { outside, tryKey, waitASecond } = await openTwice();
    const { text, record } = await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    waitASecond();
    expect(await tryKey(text)).toMatchObject({ ok: true, principal: { id: record.id, tenant: 'acme' } });
    await outside.revoke(me, record.id);
    waitASecond();
    expect(await tryKey(text)).toMatchObject({ ok: false, error: { code: 'guard.credential_invalid' } });
  });

  it('is refused when others can read it, with the words that mend it', async () => {
    const { path, store, outside, tryKey, waitASecond } = await openTwice();
    const { text } = await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    chmodSync(path, 0o640);
    waitASecond();
    await expect(tryKey(text)).rejects.toMatchObject({ code: 'guard.keys_exposed', status: 503 });
    await expect(store.list()).rejects.toThrow(`mode 0640) and is refused; mend it: chmod 600 '${path}'`);
    chmodSync(path, 0o600);
    expect(await tryKey(text)).toMatchObject({ ok: true });
  });

  it.each([
    ['no JSON', '{"version":1,'],
    ['a later version', '{"version":2,"keys":[]}'],
    ['an unknown field', '{"version":1,"keys":[],"all":true}'],
  ])('takes no key while it holds %s', async (_, content) => {
    const { path, outside, tryKey, waitASecond } = await openTwice();
    const { text } = await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    writeFileSync(path, content);
    waitASecond();
    await expect(tryKey(text)).rejects.toMatchObject({ code: 'guard.keys_unreadable' });
    await expect(tryKey(text)).rejects.toMatchObject({ code: 'guard.keys_unreadable' });
  });

  it('takes no key when it was deleted', async () => {
    const { path, outside, tryKey, waitASecond } = await openTwice();
    const { text } = await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    rmSync(path);
    waitASecond();
    expect(await tryKey(text)).toMatchObject({ ok: false });
  });

  it('loses no change when two processes issue keys at once', async () => {
    const { store, folder, waitASecond } = await openTwice();
    const desks = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const own = await openKeyFile({ folder, now: () => performance.now() });
        return createKeys({ store: own, random: randomBytes, clock: () => new Date(0) });
      }),
    );
    const orders = desks.flatMap((desk) =>
      Array.from({ length: 5 }, () => desk.issue(me, { name: 'ann', scopes: ['ask'] })),
    );
    const issued = await Promise.all(orders);
    waitASecond();
    expect(new Set((await store.list()).map((key) => key.id))).toEqual(
      new Set(issued.map(({ record }) => record.id)),
    );
  });

  it('takes over the lock of a process that died with it', async () => {
    const { path, outside } = await openTwice();
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(`${path}.lock`, String(pid));
    await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('survives a process that died while it replaced the file', async () => {
    const { path, store, outside } = await openTwice();
    writeFileSync(`${path}.new`, '{"half', { mode: 0o644 });
    await outside.issue(me, { name: 'ann', scopes: ['ask'] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await store.list()).toBeDefined();
  });
});
