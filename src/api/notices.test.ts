import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noticeRoutes } from '../contracts/notice-routes.ts';
import { type Authenticate, createOutbound, createSecrets, localPrincipal } from '../guard/index.ts';
import { createHttpServer } from '../http/index.ts';
import { journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import {
  Circuits,
  channelProjection,
  createChannels,
  createChannelTest,
  createDeliveries,
  createSend,
} from '../respond/index.ts';
import { openState } from '../state/index.ts';
import { noticeHandlers } from './notices.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-notices-'));
const closes: (() => Promise<unknown>)[] = [];
let url = '';

/** The bearer key names the tenant here. */
const authenticate: Authenticate = async ({ authorization = '' }) => {
  const tenant = authorization.replace('Bearer ', '');
  return { ok: true, principal: { ...localPrincipal(tenant), id: `key-of-${tenant}`, name: 'ann' } };
};

beforeAll(async () => {
  const migrations = [...journalMigrations, ...channelProjection.migrations];
  const state = await openState({ folder: join(folder, 'state'), migrations });
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const clock = Date.now;
  const journal = await openJournal({
    topics,
    state,
    projections: [channelProjection],
    clock: () => new Date(),
    onFault: () => undefined,
  });
  const outbound = createOutbound({ allow: '' });
  const mail = { url: undefined, from: 'tyrian@localhost' };
  const secrets = createSecrets({ folder, random: randomBytes });
  const send = createSend({ outbound, secrets, mail, clock, version: '0' });
  const circuits = new Circuits();
  const channels = createChannels({ journal, state, secrets, circuits, clock, random: randomBytes });
  const log = createLog({ level: 'silent', trace: createTrace(randomBytes) });
  const metrics = createMetrics();
  const server = createHttpServer(
    {
      authenticate,
      log,
      metrics,
      emit: createEmit({ log, metrics }),
      random: randomBytes,
      now: () => performance.now(),
      maxBodyBytes: 1024 * 1024,
      maxInFlight: 8,
    },
    noticeRoutes,
    noticeHandlers({
      channels,
      deliveries: createDeliveries({ state, clock }),
      testChannel: createChannelTest({ channels, send, circuits, clock }),
    }),
  );
  ({ url } = await server.listen({ host: '127.0.0.1', port: 0 }));
  closes.push(
    () => state.close(),
    () => topics.close(),
    () => journal.close(),
  );
  closes.push(
    () => outbound.close(),
    () => server.close(0),
  );
}, 60_000);

afterAll(async () => {
  for (const close of closes.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function call(tenant: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

describe('channels over HTTP', () => {
  const hook = { name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:9/hidden' };

  it('are set, listed and removed; the secret comes once and the URL never', async () => {
    const set = await call('acme', 'POST', '/v1/notify/channels', hook);
    expect(set).toMatchObject({ status: 200, body: { secret: expect.stringMatching(/^whsec_/) as unknown } });
    const list = await call('acme', 'GET', '/v1/notify/channels');
    expect(list.body).toMatchObject({ channels: [{ name: 'hook', target: 'http://127.0.0.1:9/…' }] });
    expect(JSON.stringify(list.body)).not.toMatch(/hidden|whsec_/);
    expect((await call('acme', 'DELETE', '/v1/notify/channels/hook')).status).toBe(200);
    expect((await call('acme', 'DELETE', '/v1/notify/channels/hook')).status).toBe(404);
  });

  it("are the caller's tenant's alone", async () => {
    await call('acme', 'POST', '/v1/notify/channels', hook);
    expect((await call('other', 'GET', '/v1/notify/channels')).body).toEqual({ channels: [] });
    expect((await call('other', 'DELETE', '/v1/notify/channels/hook')).status).toBe(404);
    expect((await call('other', 'POST', '/v1/notify/channels/hook/test')).status).toBe(404);
  });

  it('say in a test why they do not work', async () => {
    await call('acme', 'POST', '/v1/notify/channels', hook);
    const { body } = await call('acme', 'POST', '/v1/notify/channels/hook/test');
    expect(body).toMatchObject({ delivered: false, code: 'guard.outbound_refused', status: null });
    expect(JSON.stringify(body)).toContain('outbound.allow');
  });

  it.each([
    { ...hook, url: 'ftp://example.com/' },
    { ...hook, url: 'https://me:pw@example.com/' },
    { ...hook, secret: 'whsec_short' },
    { ...hook, name: 'Not A Name' },
    { ...hook, kinds: ['everything'] },
    { ...hook, format: 'xml' },
    { name: 'mail', kind: 'email', to: ['a@example.org'], format: 'slack' },
    { name: 'mail', kind: 'email', to: [] },
    { name: 'mail', kind: 'email', to: ['a@example.org\r\nBcc: b@example.org'] },
  ])('are refused when they make no sense: %o', async (body) => {
    expect((await call('acme', 'POST', '/v1/notify/channels', body)).status).toBe(400);
  });

  it('say whether they rest, and of what their bodies are made', async () => {
    await call('acme', 'POST', '/v1/notify/channels', { ...hook, format: 'cef' });
    const { body } = await call('acme', 'GET', '/v1/notify/channels');
    const circuit = { state: 'closed', failures: 0, until: null };
    expect(body).toMatchObject({ channels: [{ name: 'hook', format: 'cef', circuit }] });
  });

  it('have deliveries to list and to replay', async () => {
    expect((await call('acme', 'GET', '/v1/deliveries?state=dead')).body).toEqual({
      deliveries: [],
      next: null,
    });
    expect((await call('acme', 'POST', '/v1/deliveries/replay', {})).body).toEqual({
      replayed: 0,
      remaining: 0,
    });
    expect((await call('acme', 'GET', '/v1/deliveries?limit=0')).status).toBe(400);
    const unknown = `/v1/deliveries/msg_${'0'.repeat(32)}.hook`;
    expect((await call('acme', 'GET', unknown)).status).toBe(404);
    expect((await call('acme', 'POST', `${unknown}/replay`)).status).toBe(404);
    expect((await call('acme', 'GET', '/v1/deliveries/hook')).status).toBe(400);
  });
});
