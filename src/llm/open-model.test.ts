import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { streamText } from 'ai';
import { afterEach, describe, expect, it } from 'vitest';
import { TyrianError } from '../contracts/index.ts';
import { type ModelOptions, openModel } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, attempt: number, body: string) => void;

const servers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((close) => close()));
});

/** A server that speaks chat completions as far as a handler does. */
async function serve(handler: Handler): Promise<string> {
  let attempts = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      attempts += 1;
      handler(request, response, attempts, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

function speak(response: ServerResponse, ...texts: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ role: 'assistant' }));
  for (const content of texts) response.write(chunk({ content }));
}

function finish(response: ServerResponse): void {
  response.write(chunk({}, 'stop'));
  response.write(
    `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } })}\n\n`,
  );
  response.end('data: [DONE]\n\n');
}

const key = 'sk-very-secret';
const quick = { pauseMs: 1, longestPauseMs: 50, firstTokenMs: 5_000, callMs: 10_000 };

function modelAt(base_url: string, limits: ModelOptions['limits'] = {}) {
  const settings = { base_url, name: 'm', api_key: key, timeout_seconds: 10 };
  const model = openModel(settings, { random: () => 0, now: () => 0, limits: { ...quick, ...limits } });
  if (model === undefined) throw new Error('a model was configured');
  return model;
}

async function say(
  model: ReturnType<typeof modelAt>,
  signal?: AbortSignal,
  headers?: Record<string, string>,
) {
  const call = streamText({
    model,
    system: 'Answer.',
    prompt: 'Hello?',
    maxRetries: 0,
    onError: () => undefined,
    ...(signal && { abortSignal: signal }),
    ...(headers && { headers }),
  });
  let text = '';
  let tokens: number | undefined;
  let error: unknown;
  for await (const part of call.fullStream) {
    if (part.type === 'text-delta') text += part.text;
    if (part.type === 'finish') tokens = part.totalUsage.inputTokens;
    if (part.type === 'error') error = part.error;
  }
  return { text, tokens, error };
}

describe('a configured model', () => {
  it('streams what the server says, with its usage', async () => {
    const url = await serve((_, response) => {
      speak(response, 'Hel', 'lo.');
      finish(response);
    });
    expect(await say(modelAt(url))).toEqual({ text: 'Hello.', tokens: 7, error: undefined });
  });

  it('is none without a server', () => {
    expect(openModel({ name: '', timeout_seconds: 30 }, { random: () => 0, now: () => 0 })).toBeUndefined();
  });

  it('sends key, model and trace context to the server', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response, _, body) => {
      seen.push(
        request.headers.authorization,
        request.headers.traceparent,
        (JSON.parse(body) as { model: string }).model,
      );
      speak(response, 'x');
      finish(response);
    });
    await say(modelAt(url), undefined, { traceparent: '00-aa-bb-01' });
    expect(seen).toEqual([`Bearer ${key}`, '00-aa-bb-01', 'm']);
  });

  it.each([429, 500, 503])('tries again after %i, when the server says it may', async (status) => {
    const url = await serve((_, response, attempt) => {
      if (attempt < 3) response.writeHead(status, { 'retry-after': '0' }).end('{}');
      else {
        speak(response, 'ok');
        finish(response);
      }
    });
    expect((await say(modelAt(url))).text).toBe('ok');
  });

  it('gives up when the server asks for a longer pause than is allowed', async () => {
    let attempts = 0;
    const url = await serve((_, response, attempt) => {
      attempts = attempt;
      response.writeHead(429, { 'retry-after': '3600' }).end('{}');
    });
    expect((await say(modelAt(url))).error).toMatchObject({ code: 'llm.rate_limited' });
    expect(attempts).toBe(1);
  });

  it('does not try again what can not work', async () => {
    let attempts = 0;
    const url = await serve((_, response, attempt) => {
      attempts = attempt;
      response.writeHead(401).end(JSON.stringify({ error: { message: `Incorrect API key ${key}` } }));
    });
    const { error } = await say(modelAt(url));
    expect(error).toMatchObject({ code: 'llm.refused' });
    expect(attempts).toBe(1);
  });

  it('lets neither key nor prompt into an error', async () => {
    const url = await serve((request, response) => {
      response
        .writeHead(400)
        .end(JSON.stringify({ error: { message: `${request.headers.authorization} Hello?` } }));
    });
    const { error } = await say(modelAt(url));
    expect(error).toBeInstanceOf(TyrianError);
    const { message, cause, details } = error as TyrianError;
    expect(JSON.stringify({ message, cause, details })).not.toMatch(/secret|Hello/);
  });

  it('never says again what it has begun to say', async () => {
    let attempts = 0;
    const url = await serve((_, response, attempt) => {
      attempts = attempt;
      speak(response, 'Begun');
      setTimeout(() => response.destroy(), 20);
    });
    const { text, error } = await say(modelAt(url));
    expect({ text, code: (error as TyrianError).code, attempts }).toEqual({
      text: 'Begun',
      code: 'llm.broken',
      attempts: 1,
    });
  });

  it('waits for the first token, and for the whole answer, no longer than it may', async () => {
    const silent = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    expect((await say(modelAt(silent, { firstTokenMs: 30, attempts: 1 }))).error).toMatchObject({
      code: 'llm.out_of_time',
    });
    const slow = await serve((_, response) => speak(response, 'Begun'));
    expect(await say(modelAt(slow, { callMs: 60 }))).toMatchObject({
      text: 'Begun',
      error: { code: 'llm.out_of_time' },
    });
  });

  it('says so when nobody listens there', async () => {
    const { error } = await say(modelAt('http://127.0.0.1:9/v1'));
    expect(error).toMatchObject({ code: 'llm.unavailable', retryable: true });
  });

  it('hangs up on the server when the caller aborts', async () => {
    const stop = new AbortController();
    let hungUp = () => {};
    const left = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    const url = await serve((_, response) => {
      response.on('close', hungUp);
      speak(response, 'Begun');
      setTimeout(() => stop.abort(), 10);
    });
    await say(modelAt(url), stop.signal).catch(() => undefined);
    await left;
  });

  it('runs no more calls at once than it may, and refuses what can not even wait', async () => {
    const open: ServerResponse[] = [];
    const url = await serve((_, response) => {
      open.push(response);
      speak(response, 'x');
      setTimeout(() => finish(response), 30);
    });
    const model = modelAt(url, { concurrent: 1, waiting: 1 });
    const results = await Promise.all([say(model), say(model), say(model)]);
    expect(results.map(({ text }) => text).toSorted()).toEqual(['', 'x', 'x']);
    expect(
      results.flatMap(({ error }) => (error === undefined ? [] : [(error as TyrianError).code])),
    ).toEqual(['llm.busy']);
  });
});
