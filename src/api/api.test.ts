import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { type AskEvent, AskResult, routes, Scope } from '../contracts/index.ts';
import { createHostAnalyst, noonUtc, openEngines, startApi, tenantData } from './rig.suite.ts';

const acme = tenantData('acme');
let engines: Awaited<ReturnType<typeof openEngines>>;
let api: Awaited<ReturnType<typeof startApi>>;
let key: string;
beforeAll(async () => {
  engines = await openEngines([acme]);
  api = await startApi(engines);
  key = (await api.issue('acme')).text;
});
afterAll(async () => {
  await api.stop();
  await engines.close();
});

const client = () => createClient({ url: api.url, key });
async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

describe('routes', () => {
  it.each(Object.entries(routes))('%s needs exactly the scope that it declares', async (_, route) => {
    const path = route.path
      .replace('{event_id}', acme.eventId)
      .replace('{run_id}', acme.eventId)
      .replace('{id}', '0'.repeat(16))
      .replace('{source}', 'auto');
    const statusWith = async (authorization: string | undefined) => {
      const headers = authorization === undefined ? {} : { authorization: `Bearer ${authorization}` };
      const response = await fetch(`${api.url}${path}`, { method: route.method, headers });
      await response.body?.cancel();
      return response.status;
    };
    if (route.access === 'public') {
      expect(await statusWith(undefined)).toBe(200);
      return;
    }
    const others = Scope.options.filter((scope) => scope !== route.access);
    expect(await statusWith(undefined)).toBe(401);
    expect(await statusWith((await api.issue('acme', others)).text)).toBe(403);
    expect([401, 403]).not.toContain(await statusWith((await api.issue('acme', [route.access])).text));
  });
});

describe('events', () => {
  it('are shown with their attributes: absent ones left out, integers as digits, times with their zone', async () => {
    expect(await client().event({ params: { event_id: acme.eventId } })).toEqual({
      event_id: acme.eventId,
      time: '2026-11-23T11:00:00.123456Z',
      time_quality: 'exact',
      received_at: '2026-11-23T11:00:01.000Z',
      ingested_at: '2026-11-23T11:00:02.000Z',
      source: acme.mark,
      form: 'ecs',
      stream: acme.mark,
      mapping_version: 1,
      id_conflict: false,
      attributes: { class_uid: '18446744073709551615', device_hostname: acme.mark, answers: [acme.mark] },
      raw: `{"host":"${acme.mark}"}`,
    });
  });

  it('that are not there are 404', async () => {
    await expect(client().event({ params: { event_id: randomUUID() } })).rejects.toMatchObject({
      code: 'api.event_unknown',
      status: 404,
    });
  });
});

describe('dead letters', () => {
  it('are shown with a bounded part of the record and a place whose digits are kept', async () => {
    const { dead_letters, truncated } = await client().deadLetters({});
    expect(truncated).toBe(false);
    expect(dead_letters[0]).toMatchObject({
      place: { partition: 0, offset: '9007199254740993', sub: 1 },
      received_at: '2026-11-23T11:00:01.000Z',
      raw_bytes: 10_020,
    });
    expect(dead_letters[0]?.raw).toHaveLength(4_096);
  });

  it.each(['0', '201', '-1', '1.5', 'all'])('are not listed by a limit of %s', async (limit) => {
    await expect(client().deadLetters({ query: { limit } })).rejects.toMatchObject({
      code: 'http.invalid_request',
    });
  });
});

describe('ledger', () => {
  it('covers the last 24 hours by the clock unless a window is given', async () => {
    const day = await client().ledger({});
    expect(day.rows).toMatchObject([{ source: acme.mark, received: 2, stored: 1, dead: 1, balanced: true }]);
    expect([day.from, day.to]).toEqual(['2026-11-22T12:00:00.000Z', noonUtc.toISOString()]);
    const window = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const given = await client().ledger({ query: window });
    expect([given.from, given.to]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']);
    expect(given.rows[0]).toBeUndefined();
  });

  it('refuses a window that ends before it begins, and a time without a zone', async () => {
    const query = { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    await expect(client().ledger({ query })).rejects.toMatchObject({ code: 'api.window_invalid' });
    await expect(client().ledger({ query: { from: '2026-01-02T00:00:00' } })).rejects.toMatchObject({
      code: 'http.invalid_request',
    });
  });
});

describe('keys', () => {
  it('are issued, used, listed and revoked over the API', async () => {
    const { key: view, secret } = await client().issueKey({
      body: { name: 'shipper', scopes: ['ledger:read'] },
    });
    expect(view).toMatchObject({
      name: 'shipper',
      tenant: 'acme',
      scopes: ['ledger:read'],
      revoked_at: null,
    });
    const shipper = createClient({ url: api.url, key: secret });
    await expect(shipper.ledger({})).resolves.toBeDefined();
    expect((await client().keys({})).keys.map((one) => one.id)).toContain(view.id);
    const revoked = await client().revokeKey({ params: { id: view.id } });
    expect(revoked.revoked_at).not.toBeNull();
    await expect(shipper.ledger({})).rejects.toMatchObject({ code: 'guard.credential_invalid', status: 401 });
    expect(api.lines.join('')).toContain(view.id);
    expect(api.lines.join('')).not.toContain(secret.slice(-30));
  });
});

describe('questions', () => {
  const asked = () => allOf(client().ask({ body: { question: 'who?' } }));

  it('stream their run', async () => {
    const events = await asked();
    const types = events.map((event) => event.type);
    expect(types.slice(0, 2)).toEqual(['plan', 'evidence']);
    expect(types.slice(-3)).toEqual(['answer', 'usage', 'done']);
    expect(events.map((event) => event.id)).toEqual([...events.keys()]);
    expect(JSON.stringify(events)).toContain(acme.mark);
  });

  it('are resumed after the last event, or told from their beginning', async () => {
    const events = await asked();
    const params = { run_id: events[0]?.run_id ?? '' };
    expect(await allOf(client().resumeAsk({ params }))).toEqual(events);
    const rest = await allOf(client().resumeAsk({ params, headers: { 'last-event-id': '1' } }));
    expect(rest).toEqual(events.slice(2));
    await expect(allOf(client().resumeAsk({ params: { run_id: randomUUID() } }))).rejects.toMatchObject({
      code: 'analyst.no_such_run',
      status: 404,
    });
  });

  it('go on when the connection breaks and the stream is taken up again', async () => {
    const gate = Promise.withResolvers<void>();
    const analyst = createHostAnalyst(engines.store, gate.promise);
    const other = await startApi(engines, { analyst });
    try {
      const { text } = await other.issue('acme', ['ask']);
      let calls = 0;
      const breaking = async (url: string, init: RequestInit) => {
        calls += 1;
        if (calls > 1) {
          gate.resolve();
          return await fetch(url, init);
        }
        const connection = new AbortController();
        const response = await fetch(url, { ...init, signal: connection.signal });
        const reader = response.body?.getReader();
        const first = await reader?.read();
        connection.abort();
        return new Response(first?.value);
      };
      const events = await allOf(
        createClient({ url: other.url, key: text, fetch: breaking }).ask({ body: { question: 'who?' } }),
      );
      expect(calls).toBe(2);
      expect(events.map((event) => event.id)).toEqual([...events.keys()]);
      expect(events.at(-1)?.type).toBe('done');
    } finally {
      await other.stop();
      await analyst.close();
    }
  });

  const askJson = (url: string, authorization: string) =>
    fetch(`${url}/v1/ask`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', accept: 'application/json' },
      body: '{"question":"who?"}',
    });

  it('are answered in one object for a caller that takes JSON only', async () => {
    const response = await askJson(api.url, `Bearer ${key}`);
    expect(response.headers.get('content-type')).toContain('application/json');
    const result = AskResult.parse(await response.json());
    expect(result).toMatchObject({
      evidence: [{ id: 'e1', rows: [[acme.mark]] }],
      answer: { run_id: result.run_id },
    });
  });

  it('that can not be answered have the status of their error for such a caller', async () => {
    async function* refused(): AsyncGenerator<AskEvent> {
      const data = { code: 'analyst.cannot_plan', message: 'no', trace_id: '0', details: { can: ['who?'] } };
      yield { type: 'error', id: 0, run_id: randomUUID(), data };
    }
    const analyst = { ask: refused, resume: refused };
    const other = await startApi(engines, { analyst });
    try {
      const response = await askJson(other.url, `Bearer ${(await other.issue('acme', ['ask'])).text}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        code: 'analyst.cannot_plan',
        message: 'no',
        details: { can: ['who?'] },
      });
    } finally {
      await other.stop();
    }
  });

  it('hand question, window, caller and trace to the analyst', async () => {
    const requests: unknown[] = [];
    async function* run(request: object): AsyncGenerator<AskEvent> {
      requests.push(request);
      yield { type: 'done', id: 0, run_id: randomUUID(), data: {} };
    }
    const analyst = { ask: run, resume: run };
    const other = await startApi(engines, { analyst });
    try {
      const { id, text } = await other.issue('acme', ['ask']);
      const body = { question: ' who? ', since: '24h' };
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      await allOf(createClient({ url: other.url, key: text }).ask({ body }, { traceparent }));
      expect(requests).toMatchObject([
        {
          question: { text: 'who?', since: '24h' },
          principal: { id, tenant: 'acme' },
          traceparent: expect.stringContaining('4bf92f3577b34da6a3ce929d0e0e4736'),
        },
      ]);
    } finally {
      await other.stop();
    }
  });
});

describe('probes', () => {
  it('say what does not hold, and no more', async () => {
    const broken = await startApi(engines, {
      checks: [
        { name: 'log', holds: () => true },
        {
          name: 'store',
          holds: () => {
            throw new Error('the secret reason');
          },
        },
      ],
    });
    try {
      const response = await fetch(`${broken.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        ready: false,
        checks: [
          { name: 'log', ok: true },
          { name: 'store', ok: false },
        ],
      });
      expect(broken.lines.join('')).toContain('the secret reason');
      expect((await fetch(`${broken.url}/livez`)).status).toBe(200);
    } finally {
      await broken.stop();
    }
  });

  it('expose the metrics of the process to a key that may read them', async () => {
    expect(await client().metrics({})).toContain('# TYPE tyrian_http_requests_total counter');
  });
});
