import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createSecrets } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-secrets-'));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, 'data-'));
const openIn = (folder: string) => createSecrets({ folder, random: randomBytes });

describe('sealed secrets', () => {
  it('open to what was sealed, also after a stop, and look different each time', async () => {
    const folder = newFolder();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        const wellFormed = text.toWellFormed();
        const sealed = await openIn(folder).seal(wellFormed);
        expect(await openIn(folder).open(sealed)).toBe(wellFormed);
        expect(await openIn(folder).seal(wellFormed)).not.toBe(sealed);
      }),
      { numRuns: 20 },
    );
  });

  it('hold nothing of the text or the key', async () => {
    const folder = newFolder();
    const sealed = await openIn(folder).seal('the secret of a webhook');
    const key = readFileSync(join(folder, 'secret.key'), 'utf8').trim();
    const bytes = Buffer.from(sealed.split(':').at(-1) ?? '', 'base64url').toString('latin1');
    expect(bytes).not.toContain('webhook');
    expect(sealed).not.toContain(key.slice(0, 8));
  });

  it('have a key that only its owner can read, made when it is first needed, by whoever comes first', async () => {
    const folder = newFolder();
    const all = Array.from({ length: 5 }, () => openIn(folder));
    expect(readdirSync(folder)).toEqual([]);
    const sealed = await Promise.all(all.map((secrets) => secrets.seal('x')));
    expect(readdirSync(folder)).toEqual(['secret.key']);
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
    for (const one of sealed) expect(await openIn(folder).open(one)).toBe('x');
  });

  it('say when the key is another one, or gone', async () => {
    const sealed = await openIn(newFolder()).seal('x');
    const other = newFolder();
    await expect(openIn(other).open(sealed)).rejects.toMatchObject({ code: 'guard.secret_key_wrong' });
    expect(readdirSync(other)).toEqual([]);
    await openIn(other).seal('y');
    await expect(openIn(other).open(sealed)).rejects.toMatchObject({ code: 'guard.secret_key_wrong' });
  });

  it('notice every change of a character', async () => {
    const folder = newFolder();
    const sealed = await openIn(folder).seal('a secret');
    for (const at of Array.from({ length: sealed.length - 26 }, (_, index) => index + 26)) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      if (Buffer.from(changed.slice(26), 'base64url').equals(Buffer.from(sealed.slice(26), 'base64url')))
        continue;
      await expect(openIn(folder).open(changed)).rejects.toMatchObject({ code: 'guard.secret_damaged' });
    }
    for (const text of ['', 'plain', sealed.slice(0, 40), `${sealed}=`, 'sealed:1:0000000000000000:short'])
      await expect(openIn(folder).open(text)).rejects.toMatchObject({ code: 'guard.secret_damaged' });
  });

  it('are refused while others can read the key, or it is no key', async () => {
    const folder = newFolder();
    const sealed = await openIn(folder).seal('x');
    chmodSync(join(folder, 'secret.key'), 0o644);
    await expect(openIn(folder).open(sealed)).rejects.toMatchObject({ code: 'guard.secret_key_exposed' });
    chmodSync(join(folder, 'secret.key'), 0o600);
    writeFileSync(join(folder, 'secret.key'), 'half');
    await expect(openIn(folder).seal('x')).rejects.toMatchObject({ code: 'guard.secret_key_unreadable' });
  });
});
