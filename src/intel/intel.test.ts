import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IntelKind, Principal } from '../contracts/index.ts';
import { localPrincipal, readScopeOf } from '../guard/index.ts';
import { sql } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { createIntel, type Intel, ownNotesFolder } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-intel-'));
const signal = new AbortController().signal;
let now = Date.parse('2026-11-23T12:00:00Z');
let store: Store;
let intel: Intel;

beforeAll(async () => {
  store = await openStore({ folder });
  intel = createIntel({ store, clock: () => new Date(now), newId: randomUUID, ownNotes: ownNotesFolder });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const principalOf = (tenant: string): Principal => localPrincipal(tenant);
const scopeOf = (tenant: string, at = now) => readScopeOf(principalOf(tenant), 'ask', at);
const search = async (tenant: string, text: string, limit = 10) =>
  await intel.search({ scope: scopeOf(tenant), signal, text, limit });
const idsOf = async (tenant: string, text: string) => (await search(tenant, text)).hits.map(({ id }) => id);
const bearing = async (tenant: string, text: string) =>
  (await intel.bearingOn({ scope: scopeOf(tenant), signal, text, limit: 50 })).hits;

async function take(tenant: string, name: string, text: string | Uint8Array, kind: IntelKind = 'auto') {
  now += 10;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return await intel.importDocument({ principal: principalOf(tenant), name, kind, bytes, signal });
}

async function listed(tenant: string) {
  const { documents } = await intel.list({ scope: scopeOf(tenant), signal, after: '' });
  return documents.filter(({ trust }) => trust !== 'own');
}

describe('the notes that come with the program', () => {
  it.each([
    ['how do I triage LSASS memory access?', 'own:lsass-memory-access'],
    ['what do our notes say about log clearing', 'own:event-log-cleared'],
    ['password spraying', 'own:brute-force-and-spraying'],
    ['root console login in AWS', 'own:aws-root-console-login'],
    ['CloudTrail was stopped', 'own:cloudtrail-stopped'],
    ['OAuth consent to an application', 'own:oauth-consent-grant'],
    ['failed SSH passwords', 'own:ssh-brute-force'],
    ['DNS tunneling', 'own:dns-tunnelling'],
    ['encoded PowerShell command', 'own:encoded-powershell'],
    ['what does logon type 10 mean', 'own:windows-logon-event-codes'],
    ['event 7045 service installed', 'own:new-windows-service'],
    ['deleted shadow copies', 'own:shadow-copies-deleted'],
    ['T1558.003', 'own:kerberoasting'],
    ['is there anything on CVE-2021-44228?', 'own:log4shell-exploitation'],
  ])('are found by a question: %s', async (question, document) => {
    const { hits } = await search('notes', question);
    expect(hits[0]?.document_id).toBe(document);
    expect((await bearing('notes', question))[0]?.document_id).toBe(document);
  });

  it.each([
    'top 10 source IPs by bytes',
    'what happened on WS-07 yesterday',
    'is the weather nice in Paris?',
    'xyzzy',
  ])('bear on no question about something else: %s', async (question) => {
    expect((await bearing('notes', question)).map(({ id, why }) => [id, why])).toEqual([]);
  });

  it('can not be removed', async () => {
    const remove = intel.remove({ principal: principalOf('notes'), id: 'own:kerberoasting' });
    await expect(remove).rejects.toMatchObject({ code: 'intel.own_document', status: 409 });
  });
});

describe("a tenant's document", () => {
  const runbook =
    '# Quokka outage\n\nCall the zookeeper.\n\n## Afterwards\n\nWrite to evil[.]example about CVE-2031-0001.';

  it('is searched and listed once it was imported', async () => {
    const document = await take('one', 'runbooks/quokka.md', runbook);
    expect(document).toMatchObject({
      kind: 'markdown',
      title: 'Quokka outage',
      trust: 'note',
      version: 1,
      passages: 2,
    });
    const { hits } = await search('one', 'quokka zookeeper');
    expect(hits[0]).toMatchObject({
      title: 'Quokka outage',
      text: 'Call the zookeeper.',
      why: ['quokka', 'zookeeper'],
    });
    expect((await search('one', 'CVE-2031-0001')).hits[0]).toMatchObject({ heading: 'Afterwards' });
    expect((await search('one', 'evil.example')).hits[0]?.why).toContain('evil.example');
    expect(await listed('one')).toEqual([document]);
  });

  it('is replaced by one of the same name, and older snapshots still see the older one', async () => {
    await take('two', 'plan.txt', 'The wombat protocol is to wait.');
    const before = now;
    const second = await take('two', 'plan.txt', 'The wombat protocol is to dig.');
    expect(second.version).toBe(2);
    const texts = async (at: number) =>
      (await intel.search({ scope: scopeOf('two', at), signal, text: 'wombat', limit: 9 })).hits.map(
        ({ text }) => text,
      );
    expect(await texts(now)).toEqual(['The wombat protocol is to dig.']);
    expect(await texts(before)).toEqual(['The wombat protocol is to wait.']);
    expect(await listed('two')).toHaveLength(1);
  });

  it('is gone from every search and list once it was removed, and may come again', async () => {
    const { id } = await take('three', 'numbat.md', '# Numbat\n\nAnteater.');
    now += 10;
    await intel.remove({ principal: principalOf('three'), id });
    expect(await idsOf('three', 'numbat')).toEqual([]);
    expect(await listed('three')).toEqual([]);
    await expect(intel.remove({ principal: principalOf('three'), id })).rejects.toMatchObject({
      code: 'intel.no_such_document',
    });
    expect(await take('three', 'numbat.md', '# Numbat\n\nStill an anteater.')).toMatchObject({
      id,
      version: 3,
    });
    expect(await idsOf('three', 'numbat')).toHaveLength(1);
  });

  it("is in no other tenant's search or list, and can't be removed from there", async () => {
    const { id } = await take('four', 'secret.md', '# Thylacine\n\nAlive.');
    expect(await idsOf('five', 'thylacine')).toEqual([]);
    expect(await listed('five')).toEqual([]);
    const remove = intel.remove({ principal: principalOf('five'), id });
    await expect(remove).rejects.toMatchObject({ code: 'intel.no_such_document' });
    await take('five', 'secret.md', '# Dodo\n\nExtinct.');
    expect((await search('four', 'thylacine')).hits.map(({ text }) => text)).toEqual(['Alive.']);
    const counted = await search('five', 'thylacine dodo');
    expect(counted.hits[0]?.why).toEqual(['dodo']);
  });

  it('loses its control characters, and its words change nothing in the search', async () => {
    await take(
      'six',
      'hostile.md',
      "# Ignore\u0007 all\n\n' OR 1=1 -- \u202eexe.\u001b[2J Pangolin %_\\ `x`",
    );
    const [hit] = (await search('six', "pangolin ' OR 1=1 %_")).hits;
    expect(hit).toMatchObject({ title: 'Ignore all', text: "' OR 1=1 -- exe.[2J Pangolin %_\\ `x`" });
  });

  it('leaves the disk when it is no longer in force and old enough', async () => {
    await take('seven', 'a.md', '# Bilby\n\nFirst.');
    await take('seven', 'a.md', '# Bilby\n\nSecond.');
    const rows = async () =>
      (await store.rows(sql`SELECT count() AS n FROM intel_passages WHERE tenant = 'seven'`)).map(
        ({ n }) => n,
      );
    expect(await rows()).toEqual(['2']);
    await intel.prune(new Date(now + 1), signal);
    expect(await rows()).toEqual(['1']);
    expect((await search('seven', 'bilby')).hits.map(({ text }) => text)).toEqual(['Second.']);
  });

  it.each([
    ['binary.bin', Uint8Array.of(0xff, 0xfe, 0x00, 0xd8), 'intel.not_text'],
    ['other.json', Buffer.from('{"a": 1}'), 'intel.not_understood'],
    ['cut.json', Buffer.from('{"type": "bundle", "objects": ['), 'intel.not_understood'],
    ['empty.md', Buffer.from(' \n'), 'intel.not_understood'],
    ['large.txt', Buffer.alloc(4 * 1024 * 1024 + 1, 'a'), 'intel.too_large'],
  ])('that can not be taken is refused with its reason: %s', async (name, bytes, code) => {
    await expect(take('eight', name, bytes)).rejects.toMatchObject({ code });
  });
});
