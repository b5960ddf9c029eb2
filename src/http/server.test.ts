import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { constants, createGzip, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AskEvent, AskResult, type Route } from '../contracts/index.ts';
import type { RouteHandlers } from './index.ts';
import { rawExchange, startServer } from './rig.suite.ts';

const megabyte = 1024 * 1024;

const declared = {
  open: {
    method: 'GET',
    path: '/open',
    access: 'public',
    summary: '',
    answer: { kind: 'json', statuses: [200, 503], schema: z.strictObject({ trace: z.string() }) },
  },
  echo: {
    method: 'POST',
    path: '/echo/{name}',
    access: 'telemetry:write',
    summary: '',
    params: z.strictObject({ name: z.string().max(10) }),
    query: z.strictObject({ times: z.exactOptional(z.string().regex(/^\d$/)) }),
    headers: z.object({ 'x-note': z.exactOptional(z.string().max(5)) }),
    body: { kind: 'json', schema: z.strictObject({ count: z.int() }) },
    answer: {
      kind: 'json',
      statuses: [200],
      schema: z.strictObject({
        name: z.string(),
        count: z.int(),
        caller: z.string(),
        note: z.string().nullable(),
      }),
    },
  },
  take: {
    method: 'POST',
    path: '/take',
    access: 'telemetry:write',
    summary: '',
    body: { kind: 'bytes', description: '' },
    answer: { kind: 'json', statuses: [202], schema: z.strictObject({ bytes: z.int() }) },
  },
  wrong: {
    method: 'GET',
    path: '/wrong/{how}',
    access: 'events:read',
    summary: '',
    params: z.strictObject({ how: z.enum(['unknown_key', 'missing', 'status', 'throws']) }),
    answer: { kind: 'json', statuses: [200], schema: z.strictObject({ fine: z.boolean() }) },
  },
  hold: {
    method: 'GET',
    path: '/hold',
    access: 'ask',
    summary: '',
    answer: { kind: 'text', mediaType: 'text/plain; charset=utf-8' },
  },
  stream: {
    method: 'POST',
    path: '/stream',
    access: 'ask',
    summary: '',
    body: {
      kind: 'json',
      schema: z.strictObject({ how: z.enum(['fine', 'breaks', 'throws', 'never', 'refused', 'flood']) }),
    },
    answer: { kind: 'events', schema: AskEvent, gathered: AskResult },
  },
} as const satisfies Record<string, Route>;

const run_id = '018f4e9a-0000-7000-8000-000000000001';
const delta = (id: number, text = 'a'): AskEvent => ({
  type: 'answer-delta',
  id,
  run_id,
  data: { sentence: 0, text },
});
const done = (id: number): AskEvent => ({ type: 'done', id, run_id, data: {} });

const held = { release: () => {}, waiting: 0 };
const sources = { stopped: 0, given: 0 };

async function* source(how: string, signal: AbortSignal): AsyncGenerator<AskEvent> {
  if (how === 'refused') throw Object.assign(new Error('no room'), { statusCode: 400 });
  try {
    yield delta(0);
    if (how === 'throws') throw new Error('secret inside');
    if (how === 'breaks') yield { ...delta(1), secret: 'inside' } as unknown as AskEvent;
    if (how === 'never') await new Promise((resolve) => signal.addEventListener('abort', resolve));
    for (let id = 1; how === 'flood' && !signal.aborted; id += 1) {
      sources.given = id;
      yield delta(id, 'x'.repeat(100_000));
    }
    yield done(2);
  } finally {
    sources.stopped += 1;
  }
}

const handlers: RouteHandlers<typeof declared> = {
  open: async ({ trace }) => ({ body: { trace: trace.traceId } }),
  echo: async ({ params, body, headers, principal }) => ({
    body: { name: params.name, count: body.count, caller: principal.tenant, note: headers['x-note'] ?? null },
  }),
  take: async ({ body }) => ({ body: { bytes: body.length } }),
  wrong: async ({ params }) => {
    if (params.how === 'throws') throw new Error('secret inside');
    if (params.how === 'status') return { body: { fine: true }, status: 201 as 200 };
    return {
      body: (params.how === 'missing' ? {} : { fine: true, secret: 'inside' }) as unknown as {
        fine: boolean;
      },
    };
  },
  hold: async () => {
    held.waiting += 1;
    await new Promise<void>((resolve) => {
      held.release = resolve;
    });
    return { text: 'held' };
  },
  stream: async ({ body, signal }) => ({
    events: source(body.how, signal),
    gather: async (events) => {
      for await (const event of events) if (event.type === 'error') throw new Error(event.data.message);
      throw new Error('nothing to gather');
    },
  }),
};

let rig: Awaited<ReturnType<typeof startServer<typeof declared>>>;
let key: { authorization: string };
beforeAll(async () => {
  rig = await startServer(declared, handlers, { heartbeatMs: 20 });
  key = await rig.key('telemetry:write', 'events:read', 'ask');
});
afterAll(() => rig.stop());

const call = (path: string, init: RequestInit = {}) => fetch(`${rig.url}${path}`, init);
const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body, headers: { ...key, 'content-type': 'application/json', ...headers } });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const eventually = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe("a request's life", () => {
  it('answers with what the handler gives, once everything holds', async () => {
    const response = await post('/echo/bob?times=2', '{"count":3}', { 'x-note': 'hi' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ name: 'bob', count: 3, caller: 'acme', note: 'hi' });
  });

  it('asks in this order: path, method, identity, scope, body headers, body size, validation', async () => {
    const weak = await rig.key('metrics:read');
    const bad = { 'content-type': 'text/plain', 'content-encoding': 'br' };
    const huge = 'x'.repeat(300 * 1024);
    const steps: [string, RequestInit, number, string][] = [
      ['/nowhere', { method: 'POST', headers: bad, body: huge }, 404, 'http.not_found'],
      ['/echo/much-too-long', { method: 'PUT', headers: bad, body: huge }, 405, 'http.method_not_allowed'],
      ['/echo/much-too-long', { method: 'POST', headers: bad, body: huge }, 401, 'guard.credential_missing'],
      [
        '/echo/much-too-long',
        { method: 'POST', headers: { ...bad, ...weak }, body: huge },
        403,
        'guard.scope_missing',
      ],
      [
        '/echo/much-too-long',
        { method: 'POST', headers: { ...bad, ...key }, body: huge },
        415,
        'http.media_type',
      ],
      [
        '/echo/much-too-long',
        { method: 'POST', headers: { ...key, ...bad, 'content-type': 'application/json' }, body: huge },
        415,
        'http.encoding',
      ],
      [
        '/echo/much-too-long',
        { method: 'POST', headers: { ...key, 'content-type': 'application/json' }, body: huge },
        413,
        'http.body_too_large',
      ],
      [
        '/echo/much-too-long',
        { method: 'POST', headers: { ...key, 'content-type': 'application/json' }, body: '{"count":1}' },
        400,
        'http.invalid_request',
      ],
    ];
    for (const [path, init, status, code] of steps) {
      const response = await call(path, init);
      expect([response.status, await codeOf(response)]).toEqual([status, code]);
    }
  });

  it('names the methods of a path: Allow on 405, on OPTIONS, HEAD where there is GET', async () => {
    const refused = await call('/echo/x', { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    const options = await call('/open', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    const head = await call('/open', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await call('/stream', { method: 'HEAD' })).status).toBe(405);
    expect(
      await rawExchange(rig.port, 'PROPFIND /open HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    ).toContain('405');
  });

  it('says how to authenticate, and which scope is missing', async () => {
    expect((await call('/hold')).headers.get('www-authenticate')).toBe('Bearer realm="tyrian"');
    const wrong = await call('/hold', { headers: { authorization: 'Bearer ty_no' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer realm="tyrian", error="invalid_token"');
    const weak = await call('/hold', { headers: await rig.key('metrics:read') });
    expect(weak.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="ask"');
  });

  it('names every wrong place of a request, and refuses unknown keys', async () => {
    const response = await post('/echo/much-too-long?times=12&more=1', '{"count":"3","extra":1}', {
      'x-note': 'too long',
    });
    const body = (await response.json()) as { details: { problems: { in: string; path: string }[] } };
    expect(body.details.problems.map((one) => `${one.in} ${one.path}`)).toEqual([
      'path name',
      'query times',
      'query ',
      'headers x-note',
      'body count',
      'body ',
    ]);
  });

  it.each([
    ['broken JSON', '{"count":'],
    ['nothing', ''],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('refuses a JSON body of %s', async (_, body) => {
    const response = await post('/echo/x', body);
    expect([response.status, await codeOf(response)]).toEqual([400, 'http.body_not_json']);
  });

  it('gives every answer headers that keep browsers from doing anything with it', async () => {
    for (const path of ['/open', '/nowhere', '/hold'])
      expect(Object.fromEntries((await call(path)).headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
  });

  it('takes up the trace of the caller, and names it in every error', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    expect(await (await call('/open', { headers })).json()).toEqual({ trace: traceId });
    expect(await (await call('/nowhere', { headers })).json()).toMatchObject({ trace_id: traceId });
    expect(rig.lines.some((line) => line.includes(traceId))).toBe(true);
    expect(await (await call('/nowhere')).json()).toMatchObject({
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it.each(['unknown_key', 'missing', 'status', 'throws'])(
    'does not send an answer that breaks its contract (%s): a logged 500 without the inside',
    async (how) => {
      const response = await call(`/wrong/${how}`, { headers: key });
      const text = await response.text();
      const { code, trace_id } = JSON.parse(text) as { code: string; trace_id: string };
      expect([response.status, code]).toEqual([
        500,
        how === 'throws' ? 'http.internal' : 'http.response_invalid',
      ]);
      expect(text).not.toMatch(/secret|inside\b.*key|stack| at /);
      expect(
        rig.lines.filter((line) => line.includes(trace_id) && line.includes('"level":"error"')),
      ).toHaveLength(1);
    },
  );

  it('answers what is no request, and headers beyond the bound', async () => {
    expect(await rawExchange(rig.port, 'NONSENSE\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*"code":"http.malformed"/,
    );
    const large = `GET /open HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await rawExchange(rig.port, large)).toMatch(
      /^HTTP\/1.1 431 [\s\S]*"code":"http.headers_too_large"/,
    );
    const badUrl = 'GET /echo/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    expect(await rawExchange(rig.port, badUrl)).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"http.malformed"/);
  });

  it('counts what it answered', async () => {
    await call('/open');
    await eventually(() =>
      /tyrian_http_requests_total\{route="GET \/open",status="200"\} \d/.test(rig.metrics.expose()),
    );
    expect(rig.metrics.expose()).toContain('tyrian_http_in_flight 0');
    expect(rig.metrics.expose()).toContain('tyrian_http_held_body_bytes 0');
  });

  it('writes no key into the log', async () => {
    await call('/hold', { headers: { authorization: `${key.authorization}x` } });
    expect(rig.lines.join('')).not.toContain(key.authorization.slice(-20));
  });
});

describe('bodies', () => {
  const text = Buffer.from('{"a":1}\n'.repeat(1_000));

  it.each([
    ['plain', text, 'identity'],
    ['gzip', gzipSync(text), 'gzip'],
    [
      'gzip of two members',
      Buffer.concat([gzipSync(text.subarray(0, 100)), gzipSync(text.subarray(100))]),
      'GZIP',
    ],
    ['zstd', zstdCompressSync(text), 'zstd'],
  ])('are decoded: %s', async (_, body, encoding) => {
    const response = await post('/take', body, { 'content-encoding': encoding });
    expect([response.status, await response.json()]).toEqual([202, { bytes: text.length }]);
  });

  it.each([
    ['truncated gzip', gzipSync(text).subarray(0, -9), 'gzip'],
    ['truncated zstd', zstdCompressSync(text).subarray(0, -3), 'zstd'],
    ['gzip that is none', text, 'gzip'],
    ['zstd that is none', text, 'zstd'],
    [
      'zstd with a window beyond RFC 9659',
      zstdCompressSync(Buffer.alloc(32 * megabyte, 'tyrian'), {
        params: {
          [constants.ZSTD_c_windowLog]: 25,
          [constants.ZSTD_c_compressionLevel]: 3,
          [constants.ZSTD_c_enableLongDistanceMatching]: 1,
        },
        pledgedSrcSize: 32 * megabyte,
      }),
      'zstd',
    ],
  ])('that do not decode are told so: %s', async (_, body, encoding) => {
    const response = await post('/take', body, { 'content-encoding': encoding });
    expect([response.status, await codeOf(response)]).toEqual([400, 'http.body_undecodable']);
  });

  it('that are too large are refused by their announced length', async () => {
    const response = await post('/take', Buffer.alloc(megabyte + 1));
    expect([response.status, await codeOf(response)]).toEqual([413, 'http.body_too_large']);
  });

  it('that are too large are refused while they come in, without an announced length', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const response = await call('/take', {
      method: 'POST',
      body: endless,
      headers: key,
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(256 * megabyte);
  });

  it('that are bombs stop at the bound: a gibibyte of zeros in gzip', async () => {
    const zeros = Buffer.alloc(megabyte);
    const bomb = Readable.from(Array.from({ length: 1_024 }, () => zeros)).pipe(createGzip({ level: 1 }));
    const before = process.memoryUsage.rss();
    const status = await new Promise((resolve, reject) => {
      const headers = { ...key, 'content-encoding': 'gzip' };
      const sending = httpRequest(`${rig.url}/take`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        sending.destroy();
        bomb.destroy();
      });
      sending.on('error', reject);
      bomb.pipe(sending);
    });
    expect(status).toBe(413);
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * megabyte);
  });

  it('of all requests together are bounded', async () => {
    const small = await startServer(declared, handlers, { maxBodyBytes: 1_024, maxInFlight: 100 });
    try {
      const headers = { ...(await small.key('telemetry:write')), 'transfer-encoding': 'chunked' };
      const open = Array.from({ length: 4 }, () => {
        const sending = httpRequest(`${small.url}/take`, { method: 'POST', headers });
        sending.on('error', () => undefined).write('x'.repeat(1_024));
        return sending;
      });
      await eventually(() => small.metrics.expose().includes('tyrian_http_held_body_bytes 4096'));
      const refused = await fetch(`${small.url}/take`, {
        method: 'POST',
        headers: { ...(await small.key('telemetry:write')) },
        body: 'x',
      });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      for (const sending of open) sending.destroy();
      await eventually(() => small.metrics.expose().includes('tyrian_http_held_body_bytes 0'));
    } finally {
      await small.stop();
    }
  });
});

describe('limits', () => {
  it('refuse what is beyond the requests in flight, let probes pass, and give the place back', async () => {
    const narrow = await startServer(declared, handlers, { maxInFlight: 1 });
    try {
      const headers = await narrow.key('ask', 'events:read');
      const waiting = held.waiting;
      const first = fetch(`${narrow.url}/hold`, { headers });
      await eventually(() => held.waiting > waiting);
      const refused = await fetch(`${narrow.url}/hold`, { headers });
      expect([refused.status, refused.headers.get('retry-after'), await codeOf(refused)]).toEqual([
        503,
        '1',
        'http.busy',
      ]);
      expect((await fetch(`${narrow.url}/open`)).status).toBe(200);
      held.release();
      expect(await (await first).text()).toBe('held');
      await eventually(() => narrow.metrics.expose().includes('tyrian_http_in_flight 0'));
      expect((await fetch(`${narrow.url}/wrong/missing`, { headers })).status).toBe(500);
    } finally {
      await narrow.stop();
    }
  });

  it('leave room for small requests while bulk takes its share', async () => {
    const narrow = await startServer(declared, handlers, { maxInFlight: 4 });
    try {
      const headers = await narrow.key('telemetry:write', 'events:read');
      const open = Array.from({ length: 3 }, () => {
        const sending = httpRequest(`${narrow.url}/take`, { method: 'POST', headers });
        sending.on('error', () => undefined).write('x');
        return sending;
      });
      await eventually(() => narrow.metrics.expose().includes('tyrian_http_in_flight 3'));
      const more = await fetch(`${narrow.url}/take`, { method: 'POST', headers, body: 'x' });
      expect([more.status, await codeOf(more)]).toEqual([503, 'http.busy']);
      expect((await fetch(`${narrow.url}/wrong/missing`, { headers })).status).toBe(500);
      for (const sending of open) sending.destroy();
    } finally {
      await narrow.stop();
    }
  });

  it('end a request that trickles in: 408, and the connection is closed', async () => {
    const hasty = await startServer(declared, handlers, { headersTimeoutMs: 50, requestTimeoutMs: 100 });
    try {
      const slowHeaders = 'GET /open HTTP/1.1\r\nhost: x\r\n';
      const { authorization } = await hasty.key('telemetry:write');
      const slowBody = `POST /take HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 9\r\n\r\n1`;
      const answers = await Promise.all(
        [slowHeaders, slowBody].map((bytes) => rawExchange(hasty.port, bytes)),
      );
      for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"http.timeout"/);
      await eventually(() => hasty.metrics.expose().includes('tyrian_http_held_body_bytes 0'));
    } finally {
      await hasty.stop();
    }
  });

  it('give the place back when the client leaves before the answer', async () => {
    const waiting = held.waiting;
    const leaving = new AbortController();
    const gone = call('/hold', { headers: key, signal: leaving.signal });
    await eventually(() => held.waiting > waiting);
    leaving.abort();
    await expect(gone).rejects.toThrow();
    await eventually(() => rig.metrics.expose().includes('tyrian_http_in_flight 0'));
    held.release();
    expect(rig.metrics.expose()).toContain('tyrian_http_requests_total{route="GET /hold",status="gone"} 1');
  });

  it('a server that stops refuses new work, ends what runs, and closes', async () => {
    const stopping = await startServer(declared, handlers, {});
    const headers = await stopping.key('ask');
    const response = await fetch(`${stopping.url}/stream`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"how":"never"}',
    });
    const stopped = sources.stopped;
    await stopping.stop();
    await response.text();
    expect(sources.stopped).toBe(stopped + 1);
    await expect(fetch(`${stopping.url}/open`)).rejects.toThrow();
  });
});

describe('event streams', () => {
  const ask = (how: string, init: RequestInit = {}) =>
    call('/stream', {
      method: 'POST',
      body: JSON.stringify({ how }),
      headers: { ...key, 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
      ...(init.signal ? { signal: init.signal } : {}),
    });
  const typesOf = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1]);

  it('carry id, event and data, and end', async () => {
    const response = await ask('fine');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(
      `id: 0\nevent: answer-delta\ndata: ${JSON.stringify(delta(0))}\n\nid: 2\nevent: done\ndata: ${JSON.stringify(done(2))}\n\n`,
    );
  });

  it.each(['breaks', 'throws'])(
    'end in one error event without the inside when the source %s',
    async (how) => {
      const text = await (await ask(how)).text();
      expect(typesOf(text)).toEqual(['answer-delta', 'error']);
      expect(text).toContain(how === 'breaks' ? 'http.response_invalid' : 'http.internal');
      expect(text).not.toMatch(/secret/);
    },
  );

  it('that can not begin are answered with their own status', async () => {
    expect((await ask('refused')).status).toBe(400);
  });

  it('send a comment when it is quiet, and tell the source within a moment that the client left', async () => {
    const stopped = sources.stopped;
    const leaving = new AbortController();
    const response = await ask('never', { signal: leaving.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(': still here')) text += (await reader?.read())?.value ?? '';
    expect(sources.stopped).toBe(stopped);
    leaving.abort();
    await eventually(() => sources.stopped === stopped + 1);
    await eventually(() =>
      rig.metrics.expose().includes('tyrian_streams_cut_total{route="POST /stream",reason="client_gone"} 1'),
    );
  });

  it('take no more from the source than the client takes', async () => {
    const leaving = new AbortController();
    const response = await ask('flood', { signal: leaving.signal });
    let last = -1;
    await eventually(() => {
      const still = sources.given === last;
      last = sources.given;
      return still;
    });
    expect(sources.given).toBeLessThan(1_000);
    leaving.abort();
    await response.body?.cancel().catch(() => undefined);
  });

  it('are gathered into one object for a caller that takes JSON only', async () => {
    const response = await ask('throws', { headers: { accept: 'application/json' } });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toContain('application/json');
  });
});
