import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { AskEvent } from '../contracts/index.ts';
import { createClient } from './index.ts';

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

const run_id = '018f4e9a-0000-7000-8000-000000000001';
const delta = (id: number): AskEvent => ({
  type: 'answer-delta',
  id,
  run_id,
  data: { sentence: 0, text: `${id}` },
});
const done = (id: number): AskEvent => ({ type: 'done', id, run_id, data: {} });
const wire = (events: readonly AskEvent[]) =>
  events.map((event) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return createClient({ url: `http://127.0.0.1:${port}/`, key: 'ty_key' });
}

describe('client', () => {
  it('writes path, query, headers and body as the route declares them', async () => {
    const seen: unknown[] = [];
    const client = await serve(async (request, response) => {
      const body = (await allOf(request)).join('');
      const { authorization, traceparent } = request.headers;
      seen.push([
        request.method,
        request.url,
        authorization,
        traceparent,
        request.headers['x-tyrian-stream'],
        body,
      ]);
      response.statusCode = 202;
      response.end('{"accepted":1,"refused":{"total":0,"records":[]}}');
    });
    const receipt = await client.sendTelemetry(
      { params: { source: 'a/b' }, headers: { 'x-tyrian-stream': 'dc1' }, body: '{}' },
      { traceparent: 'tp' },
    );
    expect(receipt.accepted).toBe(1);
    await client.deadLetters({ query: { source: 'zeek', limit: '3' } }).catch(() => undefined);
    expect(seen).toEqual([
      ['POST', '/v1/telemetry/a%2Fb', 'Bearer ty_key', 'tp', 'dc1', '{}'],
      ['GET', '/v1/dead-letters?source=zeek&limit=3', 'Bearer ty_key', undefined, undefined, ''],
    ]);
  });

  it('throws what the server says, with its trace id and how long to wait', async () => {
    const client = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '7' });
      response.end('{"code":"log.busy","message":"later","trace_id":"t"}');
    });
    await expect(client.sources({})).rejects.toMatchObject({
      code: 'log.busy',
      status: 503,
      retryable: true,
      details: { trace_id: 't', retry_after_seconds: 7 },
    });
  });

  it('tells a server that is none, and one that is not there', async () => {
    const client = await serve((_, response) => response.end('<html>'));
    await expect(client.live({})).rejects.toMatchObject({ code: 'client.answer_invalid' });
    const nobody = createClient({ url: 'http://127.0.0.1:1' });
    await expect(nobody.live({})).rejects.toMatchObject({ code: 'client.unreachable', retryable: true });
  });

  it('gives a declared status with its body: readiness while not ready', async () => {
    const client = await serve((_, response) => {
      response.statusCode = 503;
      response.end('{"ready":false,"checks":[]}');
    });
    expect(await client.ready({})).toEqual({ ready: false, checks: [] });
  });

  it('takes up a broken stream after the last event that it has', async () => {
    const asked: unknown[] = [];
    const client = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers['last-event-id']]);
      response.write(asked.length === 1 ? wire([delta(0), delta(1)]) : wire([delta(2), done(3)]));
      setTimeout(() => (asked.length === 1 ? response.destroy() : response.end()), 10);
    });
    const events = await allOf(client.ask({ body: { question: 'who?' } }));
    expect(events.map((event) => event.id)).toEqual([0, 1, 2, 3]);
    expect(asked).toEqual([
      ['POST', '/v1/ask', undefined],
      ['GET', `/v1/ask/${run_id}`, '1'],
    ]);
  });

  it('closes the stream when its reader leaves', async () => {
    const closed = Promise.withResolvers<void>();
    const client = await serve((_, response) => {
      response.on('close', () => closed.resolve());
      response.write(wire([delta(0)]));
    });
    for await (const event of client.ask({ body: { question: 'who?' } })) {
      expect(event.id).toBe(0);
      break;
    }
    await closed.promise;
  });

  it('stops by its signal', async () => {
    const client = await serve((_, response) => {
      response.write(wire([delta(0)]));
    });
    const stopping = new AbortController();
    const reading = (async () => {
      for await (const _ of client.ask({ body: { question: 'who?' } }, { signal: stopping.signal }))
        stopping.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
