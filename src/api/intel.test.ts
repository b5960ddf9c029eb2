import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IntelDocument, IntelDocumentList, IntelHits, intelRoutes } from '../contracts/index.ts';
import { localPrincipal } from '../guard/index.ts';
import { createIntel, ownNotesFolder } from '../intel/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { intelHandlers } from './intel.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-api-intel-'));
const clock = () => new Date('2026-11-23T12:00:00Z');
let store: Store;
const audited: unknown[] = [];
let handlers: ReturnType<typeof intelHandlers>;
beforeAll(async () => {
  store = await openStore({ folder });
  const intel = createIntel({ store, clock, newId: randomUUID, ownNotes: ownNotesFolder });
  handlers = intelHandlers({ intel, clock, audit: { record: async (line) => void audited.push(line) } });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (tenant: string, parts: object) =>
  ({
    ...{ principal: localPrincipal(tenant), signal: new AbortController().signal, log: { info: () => {} } },
    trace: { traceId: '1'.repeat(32) },
    ...parts,
  }) as never;
const search = async (tenant: string, q: string) => {
  const query = intelRoutes.searchIntel.query.parse({ q });
  const { body } = await handlers.searchIntel(request(tenant, { query }));
  return IntelHits.parse(body);
};
const list = async (tenant: string) => {
  const { body } = await handlers.intelDocuments(request(tenant, { query: {} }));
  return IntelDocumentList.parse(body).documents.filter(({ trust }) => trust !== 'own');
};

it('imports, lists, searches and removes a document, for its tenant alone', async () => {
  const query = intelRoutes.importIntel.query.parse({ name: 'echidna.md', licence: 'ours' });
  const body = Buffer.from('# Echidna\n\nSpines out at 198.51.100[.]7.');
  const answer = await handlers.importIntel(request('acme', { query, body }));
  expect(answer.status).toBe(201);
  const document = IntelDocument.parse(answer.body);
  expect(document).toMatchObject({ name: 'echidna.md', licence: 'ours', trust: 'note', passages: 1 });
  expect(await list('acme')).toEqual([document]);
  expect((await search('acme', 'anything about 198.51.100.7?')).hits[0]).toMatchObject({
    document_id: document.id,
    why: ['198.51.100.7'],
  });
  expect(await list('rival')).toEqual([]);
  expect((await search('rival', 'echidna 198.51.100.7')).hits).toEqual([]);
  const remove = (tenant: string) => handlers.removeIntel(request(tenant, { params: { id: document.id } }));
  await expect(remove('rival')).rejects.toMatchObject({ code: 'intel.no_such_document', status: 404 });
  expect(IntelDocument.parse((await remove('acme')).body).id).toBe(document.id);
  expect(await list('acme')).toEqual([]);
});

it('finds notes that come with the program for every tenant', async () => {
  expect((await search('anybody', 'kerberoasting')).hits[0]?.trust).toBe('own');
});
