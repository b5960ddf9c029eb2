import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localPrincipal, readScopeOf } from '../guard/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { createIntel, type Intel, ownNotesFolder, slimStix } from './index.ts';

/** Published catalogues beside the repository; skipped where they are absent. */
const shared = process.env.TYRIAN_SHARED ?? join(import.meta.dirname, '../../../shared');
const recordings = join(shared, 'data/intel');
const kevFile = join(recordings, 'cisa-kev.json.zst');
const attackFile = join(recordings, 'attack-enterprise-objects.ndjson.zst');
const haveRecordings = existsSync(kevFile) && existsSync(attackFile);
const unpack = (file: string) =>
  zstdDecompressSync(readFileSync(file), { params: { [constants.ZSTD_d_windowLogMax]: 27 } });

describe.skipIf(!haveRecordings)('the recorded CISA KEV and ATT&CK', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-intel-recordings-'));
  const principal = localPrincipal('default');
  const signal = new AbortController().signal;
  let store: Store;
  let intel: Intel;
  beforeAll(async () => {
    store = await openStore({ folder });
    intel = createIntel({ store, clock: () => new Date(), newId: randomUUID, ownNotes: ownNotesFolder });
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const take = (name: string, bytes: Uint8Array) =>
    intel.importDocument({ principal, name, kind: 'auto', bytes, signal });
  const search = async (text: string) => {
    const found = await intel.search({
      scope: readScopeOf(principal, 'ask', Date.now()),
      signal,
      text,
      limit: 3,
    });
    return found.hits;
  };

  it('are imported whole, and a second import replaces the first', async () => {
    const kev = await take('kev.json', unpack(kevFile));
    expect(kev).toMatchObject({
      id: 'cisa-kev',
      kind: 'kev',
      licence: 'CC0-1.0',
      trust: 'imported',
      version: 1,
    });
    expect(kev.passages).toBeGreaterThanOrEqual(1_404);
    const attack = await take('enterprise.ndjson', unpack(attackFile));
    // 2,238 objects, of which 427 are revoked or deprecated.
    expect(attack).toMatchObject({
      kind: 'stix',
      licence: 'MITRE ATT&CK terms of use',
      version: 1,
      left_out: 427,
    });
    expect(attack.passages).toBeGreaterThan(1_811);
    const again = await take('kev-newer.json', unpack(kevFile));
    expect(again).toMatchObject({ id: 'cisa-kev', version: 2, passages: kev.passages });
    const hits = await search('CVE-2021-44228');
    const ofKev = hits.filter(({ document_id }) => document_id === 'cisa-kev').map(({ text }) => text);
    expect(new Set(ofKev).size).toBe(ofKev.length);
  });

  it.each([
    ['CVE-2021-44228', 'CVE-2021-44228 Apache Log4j2 Remote Code Execution Vulnerability'],
    ['is cve-2025-48384 exploited?', 'CVE-2025-48384 Git Link Following Vulnerability'],
    ['what is T1003.001', 'T1003.001 OS Credential Dumping: LSASS Memory'],
    ['T1059', 'T1059 Command and Scripting Interpreter'],
    ['who is G0016', 'G0016 APT29'],
    ['mimikatz', 'S0002 Mimikatz'],
    ['extra window memory injection', 'T1055.011 Process Injection: Extra Window Memory Injection'],
    ['domain generation algorithms', 'T1568.002 Dynamic Resolution: Domain Generation Algorithms'],
  ])('answer %s among the first three', async (question, title) => {
    expect((await search(question)).map((hit) => hit.title)).toContain(title);
  });

  it('leave the notes of our own before them where these are about the question', async () => {
    expect((await search('how do I triage a cleared event log'))[0]?.document_id).toBe(
      'own:event-log-cleared',
    );
  });

  it('are the same when a whole bundle is made small before it is sent', async () => {
    const lines = unpack(attackFile).toString().trim().split('\n');
    const bundle = `{"type":"bundle","id":"bundle--1","objects":[${lines.slice(0, 200).join(',')}]}`;
    const slim = slimStix(bundle) ?? '';
    expect(slim.length).toBeLessThan(bundle.length / 1.5);
    const whole = await take('part', Buffer.from(bundle));
    const small = await take('part', Buffer.from(slim));
    expect(small).toMatchObject({ version: 2, passages: whole.passages, left_out: 0 });
  });
});
