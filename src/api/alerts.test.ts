import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertsProjection, createAlerts, defaultLimits } from '../alerts/index.ts';
import { casesProjection, createCases, followOpenings } from '../cases/index.ts';
import { AlertBulkResult, AlertList, alertRoutes } from '../contracts/alert-routes.ts';
import { type Detection, TyrianError } from '../contracts/index.ts';
import { type Authenticate, localPrincipal } from '../guard/index.ts';
import { createHttpServer } from '../http/index.ts';
import { journalMigrations, openAudit, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { openState } from '../state/index.ts';
import { alertHandlers } from './alerts.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-alerts-api-'));
const closes: (() => Promise<unknown>)[] = [];
let url = '';

/** The bearer key names the tenant here; `viewer-of-acme` only reads. */
const authenticate: Authenticate = async ({ authorization = '' }) => {
  const [, role, tenant] = /^Bearer (?:(viewer)-of-)?(.+)$/.exec(authorization) ?? [];
  const all = { ...localPrincipal(tenant ?? ''), id: `key-of-${tenant}`, name: 'ann' };
  return { ok: true, principal: role === undefined ? all : { ...all, scopes: ['alerts:read'] } };
};

function detectionOf(index: number, tenant = 'acme'): Detection {
  const at = `2026-11-23T12:${String(index).padStart(2, '0')}:00.123456Z`;
  const number = String(index).padStart(12, '0');
  const hash = number.padStart(32, tenant === 'acme' ? 'a' : 'b');
  return {
    id: hash,
    tenant,
    rule: {
      id: `rule-${index % 3}`,
      logic: 'a'.repeat(64),
      title: `Rule ${index % 3}`,
      level: 'high',
      tags: [],
      pack: 'own',
      author: '',
      license: '',
    },
    event: {
      event_id: `00000000-0000-8000-8000-${number}`,
      time: at,
      received_at: at,
      source: 'linux',
      raw_sha256: 'c'.repeat(64),
    },
    entity: { kind: 'host', value: `h:${index}` },
    matched: [{ field: 'exe', value: `only-for-${tenant}` }],
    detected_at: at,
  };
}

beforeAll(async () => {
  const projection = alertsProjection(defaultLimits, followOpenings);
  const ofCases = casesProjection();
  const state = await openState({
    folder: join(folder, 'state'),
    migrations: [...journalMigrations, ...projection.migrations, ...ofCases.migrations],
  });
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const journal = await openJournal({
    topics,
    state,
    projections: [projection, ofCases],
    clock: () => new Date(),
    onFault: () => undefined,
  });
  const audit = await openAudit({ topics, state, clock: () => new Date(), onFault: () => undefined });
  await journal.detected(Array.from({ length: 12 }, (_, index) => detectionOf(index)));
  await journal.detected([detectionOf(1, 'other')]);
  await journal.settled();
  const metrics = createMetrics();
  const log = createLog({ level: 'silent', trace: createTrace(randomBytes) });
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
    alertRoutes,
    alertHandlers({
      alerts: createAlerts({ state, journal, people: async () => ['ann'], newId }),
      cases: createCases({ state, journal, people: async () => ['ann'], newId }),
      rules: { get: unloaded },
      store: { read: async () => await new Promise<never>(() => {}) },
      audit,
      snapshot: Date.now,
      clock: () => new Date('2026-11-24T00:00:00Z'),
      contextLimit: 200,
    }),
  );
  ({ url } = await server.listen({ host: '127.0.0.1', port: 0 }));
  closes.push(
    () => state.close(),
    () => topics.close(),
    () => journal.close(),
    () => audit.close(),
    () => server.close(0),
  );
}, 60_000);

afterAll(async () => {
  for (const close of closes.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function call(key: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}
const list = async (query: string, key = 'acme') => {
  const { status, body } = await call(key, `/v1/alerts${query}`);
  expect([status, body]).toEqual([200, expect.anything()]);
  return AlertList.parse(body);
};

const newId = () => randomBytes(16).toString('hex');

/** What the rules say of one that is in no pack any more. */
function unloaded(): never {
  throw new TyrianError('rules.unknown_rule', 'There is no such rule', { status: 404 });
}

describe('alerts over HTTP', () => {
  test('are listed by page and filter', async () => {
    const first = await list('?limit=5&sort=last_seen');
    const second = await list(`?limit=50&sort=last_seen&cursor=${first.next}`);
    expect([first.alerts.length, second.alerts.length, second.next]).toEqual([5, 7, null]);
    const found = await list('?status=new,in_progress&severity=high&rule=rule-1&assignee=&title=RULE%201');
    expect(found.alerts).toHaveLength(4);
    expect((await list(`?entity=${encodeURIComponent('host:h:7')}`)).alerts).toMatchObject([
      { entity: { kind: 'host', value: 'h:7' } },
    ]);
  });

  test.each([
    '?status=open',
    '?entity=planet:x',
    '?limit=0',
    '?title=%00',
    '?from=yesterday',
    '?cursor=x&sort=score',
  ])('refuse %s', async (query) => {
    expect((await call('acme', `/v1/alerts${query}`)).status).toBe(400);
  });

  test('are shown whole, changed by the caller, and only when nobody else was first', async () => {
    const id = (await list('?rule=rule-0')).alerts[0]?.id;
    const change = { kind: 'status', status: 'closed', verdict: 'benign', note: 'known' };
    const done = await call('acme', `/v1/alerts/${id}/changes`, { change, expected: 0 });
    expect(done).toMatchObject({ status: 200, body: { status: 'closed', revision: 1 } });
    const late = await call('acme', `/v1/alerts/${id}/changes`, { change, expected: 0 });
    expect(late).toMatchObject({ status: 409, body: { code: 'alerts.changed', details: { revision: 1 } } });
    expect(await call('acme', `/v1/alerts/${id}`)).toMatchObject({
      status: 200,
      body: {
        history: [{ by: { id: 'key-of-acme', name: 'ann' }, note: 'known' }],
        detections: [{ ordinal: 1, detection: { tenant: 'acme' } }],
      },
    });
  });

  test('are shown in time, with what could not be fetched about them and why', async () => {
    const id = (await list('?rule=rule-1')).alerts[0]?.id;
    expect(await call('acme', `/v1/alerts/${id}`)).toMatchObject({
      status: 200,
      body: {
        context: {
          rule: { state: 'failed', code: 'rules.unknown_rule' },
          prevalence: { state: 'ready', hits: 4, alerts: 4, days_with_hits: 1, entities: 4 },
          values: { state: 'timeout', after_ms: 200 },
        },
      },
    });
    expect(await call('viewer-of-acme', `/v1/alerts/${id}`)).toMatchObject({
      body: { context: { values: { state: 'failed', code: 'guard.scope_missing' } } },
    });
  });

  test('of noisy rules are told apart: hits against alerts, and how many may open', async () => {
    const { body } = await call('acme', '/v1/alerts/rules?limit=1');
    expect(body).toMatchObject({ rules: [{ rule: 'rule-0', hits: 4, alerts: 4, folded: 0, excepted: 0 }] });
    const budget = { rule: 'rule-0', alerts_an_hour: 5 };
    expect((await call('viewer-of-acme', '/v1/alerts/budgets', budget)).status).toBe(403);
    expect((await call('acme', '/v1/alerts/budgets', { ...budget, alerts_an_hour: 0 })).status).toBe(400);
    expect(await call('acme', '/v1/alerts/budgets', budget)).toMatchObject({
      body: { usual: 100, budgets: [{ ...budget, changed_by: 'ann' }] },
    });
    expect((await call('other', '/v1/alerts/budgets')).body).toEqual({ usual: 100, budgets: [] });
  });

  test('are closed with a verdict, and assigned to people there are', async () => {
    const path = `/v1/alerts/${(await list('')).alerts[0]?.id}/changes`;
    const closing = await call('acme', path, { change: { kind: 'status', status: 'closed' } });
    expect(closing.status).toBe(400);
    const toEve = await call('acme', path, { change: { kind: 'assigned', assignee: 'eve' } });
    expect(toEve).toMatchObject({ status: 400, body: { code: 'alerts.person_unknown' } });
    expect((await call('acme', '/v1/alerts/people')).body).toEqual({ people: ['ann'] });
  });

  test('are changed together, by filter or by id', async () => {
    const change = { kind: 'assigned', assignee: 'ann' };
    const filter = { rule: 'rule-2' };
    const done = await call('acme', '/v1/alerts/changes', { change, filter });
    expect(done.body).toMatchObject({ changed: 4, unchanged: 0, next: null });
    const facets = await call('acme', '/v1/alerts/facets');
    expect(facets.body).toMatchObject({ assignees: [{ assignee: null }, { assignee: 'ann', new: 4 }] });
    expect((await call('acme', '/v1/alerts/changes', { change })).status).toBe(400);
    const { bulk } = AlertBulkResult.parse(done.body);
    const undo = `/v1/alerts/changes/${bulk}/undo`;
    expect((await call('viewer-of-acme', undo, {})).status).toBe(403);
    expect((await call('other', undo, {})).body).toMatchObject({ code: 'alerts.bulk_unknown' });
    expect((await call('acme', undo, {})).body).toMatchObject({ undone: 4, refused: 0, next: null });
    expect((await call('acme', undo, {})).body).toMatchObject({ undone: 0, refused: 4 });
  });

  test("are the caller's tenant's alone, and changed only with the scope", async () => {
    const own = (await list('?limit=200')).alerts;
    expect((await list('', 'other')).alerts).toHaveLength(1);
    const change = { kind: 'commented', note: 'x' };
    const path = `/v1/alerts/${own[0]?.id}`;
    expect((await call('other', path)).status).toBe(404);
    expect((await call('other', `${path}/changes`, { change })).status).toBe(404);
    expect((await call('viewer-of-acme', path)).status).toBe(200);
    expect((await call('viewer-of-acme', `${path}/changes`, { change })).status).toBe(403);
  });
});
