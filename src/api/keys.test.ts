import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRoutes, peopleRoutes, type Role, routes, type Scope } from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  guardProjection,
  localPrincipal,
  openKeyStore,
} from '../guard/index.ts';
import { createHttpServer } from '../http/index.ts';
import { journalMigrations, openAudit, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { openState } from '../state/index.ts';
import { auditHandlers } from './audit.ts';
import { keyHandlers } from './keys.ts';
import { peopleHandlers } from './people.ts';

/** Keys, people and audit trail over HTTP, on engines of their own. */
async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-keys-'));
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const state = await openState({
    folder: join(folder, 'state'),
    migrations: [...journalMigrations, ...guardProjection.migrations],
  });
  const clock = () => new Date();
  const onFault = () => undefined;
  const journal = await openJournal({ topics, state, projections: [guardProjection], clock, onFault });
  const audit = await openAudit({ topics, state, clock, onFault });
  const store = await openKeyStore({ journal, state });
  const keys = createKeys({ store, random: randomBytes, clock });
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    trace: createTrace(randomBytes),
    sink: { write: (line) => lines.push(line) },
  });
  const metrics = createMetrics();
  const now = () => performance.now();
  const { keys: list, issueKey, revokeKey } = routes;
  const server = createHttpServer(
    {
      authenticate: createAuthenticate(store, createFailureLimit({ now }), clock),
      emit: createEmit({ log, metrics }),
      random: randomBytes,
      maxBodyBytes: 1024 * 1024,
      maxInFlight: 8,
      ...{ log, metrics, now },
    },
    { keys: list, issueKey, revokeKey, ...peopleRoutes, ...auditRoutes },
    { ...keyHandlers({ keys }), ...peopleHandlers({ keys }), ...auditHandlers({ audit }) },
  );
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...{ lines, store, keys, audit },
    async call(key: string, path: string, method = 'GET', body?: object) {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}${path}`, { method, headers, ...sent });
      return { status: response.status, text: await response.text() };
    },
    async close() {
      await server.close(0);
      for (const one of [store, audit, journal, state, topics]) await one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

let api: Awaited<ReturnType<typeof open>>;
/** Every key's text and hash that there was: none of them may be answered or logged. */
const secret: string[] = [];
async function issue(
  name: string,
  permission: { readonly role: Role } | { readonly scopes: Scope[] },
  tenant = 'acme',
) {
  const issued = await api.keys.issue(localPrincipal(tenant, 'root'), { name, ...permission });
  secret.push(issued.text.slice(20), issued.record.hash);
  return { id: issued.record.id, text: issued.text };
}
beforeAll(async () => {
  api = await open();
});
afterAll(() => api.close());

describe('keys over HTTP', () => {
  it('are issued by role and with an end, shown with both, and refused once revoked', async () => {
    const admin = await issue('ann', { role: 'admin' });
    const order = { name: 'bob', role: 'analyst', expires_at: '2999-01-01T00:00:00Z' };
    const issued = await api.call(admin.text, '/v1/keys', 'POST', order);
    expect(issued.status).toBe(201);
    const { key, secret: text } = JSON.parse(issued.text);
    secret.push(text.slice(20));
    expect(key).toMatchObject({ name: 'bob', role: 'analyst', created_by: admin.id, tenant: 'acme' });
    expect((await api.call(text, '/v1/people')).status).toBe(200);
    expect((await api.call(admin.text, `/v1/keys/${key.id}`, 'DELETE')).status).toBe(200);
    expect((await api.call(text, '/v1/people')).status).toBe(401);
  });

  it('are refused without scopes and role, with both, or with an end that has passed', async () => {
    const { text } = await issue('ann', { role: 'admin' });
    const orders = [
      { name: 'bob' },
      { name: 'bob', role: 'viewer', scopes: ['ask'] },
      { name: 'bob', role: 'owner' },
      { name: 'bob', role: 'viewer', expires_at: '2001-01-01T00:00:00Z' },
      { name: 'bob', role: 'viewer', tenant: 'rival' },
    ];
    for (const order of orders) expect((await api.call(text, '/v1/keys', 'POST', order)).status).toBe(400);
  });

  it('hand on no scope that the issuer does not have, by scope or by role', async () => {
    const { text } = await issue('keeper', { scopes: ['keys:admin', 'ask'] });
    for (const permission of [{ role: 'viewer' }, { role: 'admin' }, { scopes: ['ask', 'audit:read'] }]) {
      const refused = await api.call(text, '/v1/keys', 'POST', { name: 'bob', ...permission });
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('guard.scope_missing')]);
    }
    const viewer = await issue('viewer', { role: 'viewer' });
    expect((await api.call(viewer.text, '/v1/keys', 'POST', { name: 'x', role: 'viewer' })).status).toBe(403);
    expect((await api.call(viewer.text, '/v1/audit')).status).toBe(403);
  });

  it('of another tenant are neither shown nor revoked, nor are its people or its audit trail', async () => {
    const mark = 'only in rival';
    const eve = await issue(mark, { role: 'admin' }, 'rival');
    await api.audit.record({
      tenant: 'rival',
      by: { id: eve.id, name: mark },
      action: 'backup.made',
      outcome: 'done',
      details: {},
      trace_id: '',
    });
    const { text } = await issue('ann', { role: 'admin' });
    for (const path of [
      '/v1/keys',
      '/v1/people',
      '/v1/audit',
      '/v1/audit?action=backup.made',
      `/v1/audit?by=${eve.id}`,
    ])
      expect((await api.call(text, path)).text).not.toContain(mark);
    expect((await api.call(text, `/v1/keys/${eve.id}`, 'DELETE')).status).toBe(404);
    expect((await api.call(eve.text, '/v1/audit')).text).toContain('backup.made');
    expect((await api.call(eve.text, '/v1/people')).text).toContain(mark);
  });
});

describe('the audit trail over HTTP', () => {
  it('shows who issued and revoked which key, page by page', async () => {
    const { text, id } = await issue('page reader', { role: 'admin' });
    for (const name of ['one', 'two', 'three']) await issue(name, { role: 'viewer' });
    const lines: { action: string; by: { name: string }; details: { name: string } }[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const before: string = next === '' ? '' : `&before=${next}`;
      const answer = await api.call(text, `/v1/audit?limit=2&action=keys.issued${before}`);
      const page = JSON.parse(answer.text);
      lines.push(...page.lines);
      next = page.next;
    }
    expect(lines.slice(0, 4).map((line) => line.details.name)).toEqual([
      'three',
      'two',
      'one',
      'page reader',
    ]);
    expect(lines[0]?.by.name).toBe('root');
    await api.call(text, `/v1/keys/${id}`, 'DELETE');
    const other = await issue('ann', { role: 'admin' });
    const revoked = await api.call(other.text, `/v1/audit?action=keys.revoked&by=${id}`);
    expect(JSON.parse(revoked.text).lines).toMatchObject([
      { by: { id, name: 'page reader' }, details: { id } },
    ]);
  });

  it('refuses what is no place in it', async () => {
    const { text } = await issue('ann', { role: 'admin' });
    for (const query of ['before=x', 'limit=0', 'limit=201', 'offset=3'])
      expect((await api.call(text, `/v1/audit?${query}`)).status).toBe(400);
  });

  it('holds no key and no hash of one; nor do other answers and the log', async () => {
    const { text } = await issue('ann', { role: 'admin' });
    const answers = await Promise.all(
      ['/v1/audit?limit=200', '/v1/keys', '/v1/people'].map((path) => api.call(text, path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const all = [...answers.map((answer) => answer.text), ...api.lines].join('\n');
    expect(all).toContain('keys.issued');
    expect(secret.length).toBeGreaterThan(10);
    for (const one of secret) expect(all).not.toContain(one);
  });
});
