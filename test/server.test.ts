import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { AskEvent, AskResult, type LedgerView, routes } from '../src/contracts/index.ts';
import { takeApart, wordsOf } from './asked.ts';
import { logon } from './bad-records.ts';
import { temporaryFolder } from './opened.ts';
import { post, type RunningServer, runCommand, startCommand, startServer } from './running-server.ts';

const folder = temporaryFolder('server');
const place = (name: string) => join(folder.path, name);
afterAll(() => folder.remove());

/** `count` logons of one host, numbered from `first` on; each is another event. */
function logons(host: string, count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2024, 4, 1, 12) + (first + index) * 1_000).toISOString();
    return logon(host, { EventRecordID: first + index, TimeCreated: at });
  });
}

async function settled(client: RunningServer['client']): Promise<LedgerView> {
  for (;;) {
    const view = await client.ledger({ query: {} });
    if (view.total.in_flight === 0) return view;
    await pause(50);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Tries until it holds; the last error when it does not in time. */
async function within(ms: number, check: () => Promise<void>): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(25);
    }
  }
}

/** All events of a run. */
async function collect(events: AsyncIterable<AskEvent>): Promise<AskEvent[]> {
  const all: AskEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('a running server', () => {
  const data = place('data');
  let server: RunningServer;
  let red: { readonly key: string; readonly client: RunningServer['client'] };

  beforeAll(async () => {
    server = await startServer(data);
    const { out, code, err } = await runCommand([
      ...['--data', data, '--tenant', 'red', 'keys', 'create', 'red team'],
      ...['--scopes', Object.values(scopesOf()).join(',')],
    ]);
    expect(err).toBe('');
    expect(code).toBe(0);
    const key = out.trim();
    red = { key, client: createClient({ url: server.url, key }) };
  });
  afterAll(async () => {
    await server.stop();
  });

  const send = (
    body: Buffer | string,
    {
      source = 'windows',
      key = server.key,
      headers = {},
    }: { source?: string; key?: string; headers?: Record<string, string> } = {},
  ) => post(`${server.url}/v1/telemetry/${source}`, { key, body, headers });

  it('prints its address on loopback and the first key, and keeps its folder to its owner', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(server.key.length).toBeGreaterThan(30);
    for (const path of [data, join(data, 'run'), join(data, 'state'), join(data, 'topics')])
      expect(statSync(path).mode & 0o077, path).toBe(0);
  });

  it('takes NDJSON, an array, Records and one object; plain, as gzip and as zstd', async () => {
    const before = (await settled(server.client)).total;
    const bodies: readonly (readonly [string | Buffer, number, Record<string, string>])[] = [
      [logons('plain', 20).join('\n'), 20, {}],
      [`[${logons('array', 20).join(',')}]`, 20, { 'content-type': 'application/json' }],
      [`{"Records":[${logons('wrapped', 20).join(',')}]}`, 20, {}],
      [logons('single', 1).join(''), 1, {}],
      [gzipSync(logons('gzip', 20).join('\n')), 20, { 'content-encoding': 'gzip' }],
      [zstdCompressSync(logons('zstd', 20).join('\n')), 20, { 'content-encoding': 'zstd' }],
    ];
    for (const [body, accepted, headers] of bodies) {
      const answer = await send(body, { headers });
      expect(answer, JSON.stringify(answer.json)).toMatchObject({
        ...{ status: 202, json: { accepted, refused: { total: 0, records: [] } } },
      });
    }
    const { total } = await settled(server.client);
    expect(total).toMatchObject({
      received: before.received + 101,
      stored: before.stored + 101,
      balanced: true,
    });
  });

  it('stores a repeated body once, and both when the Idempotency-Key differs', async () => {
    const body = '{"made-up":"an event without a natural key","n":1}';
    const before = (await settled(server.client)).total;
    for (const key of ['', '', 'one', 'two', 'two'])
      await send(body, { source: 'auto', headers: key === '' ? {} : { 'idempotency-key': key } });
    const { total } = await settled(server.client);
    expect(total).toMatchObject({ received: before.received + 5, stored: before.stored + 3, balanced: true });
  });

  it('answers an unknown source with 404 and the list, and recognises by auto', async () => {
    const unknown = await send('{}', { source: 'nonsense' });
    expect(unknown).toMatchObject({ status: 404, json: { code: 'intake.unknown_source' } });
    const { sources } = await server.client.sources({});
    const listed = (unknown.json.details as { sources: string[] }).sources;
    expect(listed).toEqual(expect.arrayContaining(['auto', 'windows', ...sources.map(({ name }) => name)]));
    const before =
      (await settled(server.client)).rows.find(({ source }) => source === 'windows')?.stored ?? 0;
    await send(logons('by-itself', 5).join('\n'), { source: 'auto' });
    const after = (await settled(server.client)).rows.find(({ source }) => source === 'windows')?.stored ?? 0;
    expect(after - before).toBe(5);
  });

  it.each([
    ['no key', undefined, 401, 'guard.credential_missing'],
    ['a wrong key', 'tyr_0000000000000000_wrong', 401, 'guard.credential_invalid'],
    ['an empty key', '', 401, undefined],
  ])('refuses %s', async (_name, key, status, code) => {
    const answer = await post(`${server.url}/v1/telemetry/auto`, {
      ...(key === undefined ? {} : { key }),
      body: '{}',
    });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.json).toMatchObject({ code, trace_id: expect.any(String) });
  });

  it('answers a wrong method with 405 before it asks who calls, and a wrong path with 404', async () => {
    const get = await fetch(`${server.url}/v1/telemetry/auto`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, expect.stringContaining('POST')]);
    expect((await fetch(`${server.url}/v2/nothing`)).status).toBe(404);
  });

  it('asks over server-sent events and in one object, with the same evidence', async () => {
    await settled(server.client);
    const question = { question: 'top 5 hosts by number of events between 2024-05-01 and 2024-05-02' };
    const events = await collect(server.client.ask({ body: question }));
    for (const event of events) AskEvent.parse(event);
    const streamed = takeApart(events);
    expect(streamed.types.at(-1)).toBe('done');
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => (events[0]?.id ?? 0) + index));
    const whole = await post(`${server.url}/v1/ask`, {
      key: server.key,
      body: JSON.stringify(question),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    expect(whole.status).toBe(200);
    const result = AskResult.parse(whole.json);
    expect(result.evidence.map(({ row_hash }) => row_hash).sort()).toEqual(
      streamed.evidence.map(({ row_hash }) => row_hash).sort(),
    );
    expect(result.answer.sentences.length).toBeGreaterThan(1);
  });

  it('resumes a stream behind any event of its run, for its own tenant only', async () => {
    const events = await collect(server.client.ask({ body: { question: 'failed logons of alice' } }));
    const run = events[0]?.run_id ?? '';
    const middle = events[Math.floor(events.length / 2)]?.id ?? 0;
    const rest = await collect(
      server.client.resumeAsk({ params: { run_id: run }, headers: { 'last-event-id': String(middle) } }),
    );
    expect(rest).toEqual(events.filter(({ id }) => id > middle));
    await expect(
      collect(red.client.resumeAsk({ params: { run_id: run }, headers: {} })),
    ).rejects.toMatchObject({
      code: 'analyst.no_such_run',
    });
  });

  it('answers a question it can not plan with 422 over JSON, and an error event in the stream', async () => {
    const body = JSON.stringify({ question: 'please write me a poem about the sea' });
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const answer = await post(`${server.url}/v1/ask`, { key: server.key, body, headers });
    expect(answer).toMatchObject({ status: 422, json: { code: 'analyst.cannot_plan' } });
  });

  it('keeps two tenants apart in everything that they can ask for', async () => {
    await send(logons('blue-secret', 30).join('\n'));
    await send(logons('red-secret', 40).join('\n'), { key: red.key });
    await settled(server.client);
    const view = await settled(red.client);
    expect(view.total).toMatchObject({ received: 40, stored: 40, balanced: true });

    const hosts = async (client: RunningServer['client']) => {
      const body = { question: 'top 50 hosts by number of events between 2024-05-01 and 2024-05-02' };
      const { evidence, answer } = takeApart(await collect(client.ask({ body })));
      return JSON.stringify([evidence.map(({ rows }) => rows), answer]);
    };
    const [blue, reds] = [await hosts(server.client), await hosts(red.client)];
    expect(blue).toContain('blue-secret');
    expect(blue).not.toContain('red-secret');
    expect(reds).toContain('red-secret');
    expect(reds).not.toContain('blue-secret');
    const nothing = takeApart(
      await collect(red.client.ask({ body: { question: 'what happened on host blue-secret' } })),
    );
    expect(wordsOf(nothing)).toMatch(/no evidence/i);

    const own = takeApart(
      await collect(red.client.ask({ body: { question: 'show events on host red-secret' } })),
    );
    const rows = own.evidence.find(({ kind }) => kind === 'rows');
    const id = rows?.rows[0]?.[rows.columns.findIndex(({ name }) => name === 'event_id')];
    const params = { event_id: String(id) };
    expect(await red.client.event({ params })).toMatchObject({ event_id: id, source: 'windows' });
    await expect(server.client.event({ params })).rejects.toMatchObject({
      code: 'api.event_unknown',
      status: 404,
    });

    const [redKey] = (await red.client.keys({})).keys;
    await expect(server.client.revokeKey({ params: { id: redKey?.id ?? '' } })).rejects.toMatchObject({
      code: 'guard.key_unknown',
    });
    expect((await server.client.keys({})).keys.map(({ tenant }) => tenant)).not.toContain('red');
  });

  it('gives two tenants the same record each as its own event', async () => {
    const [line] = logons('common', 1);
    const before = [(await settled(server.client)).total.stored, (await settled(red.client)).total.stored];
    await send(line ?? '');
    await send(line ?? '', { key: red.key });
    expect((await settled(server.client)).total.stored).toBe((before[0] ?? 0) + 1);
    expect((await settled(red.client)).total.stored).toBe((before[1] ?? 0) + 1);
  });

  it('refuses a key within a second of its revocation by another command', async () => {
    const made = await runCommand([
      '--data',
      data,
      'keys',
      'create',
      'short-lived',
      '--scopes',
      'ledger:read',
    ]);
    const client = createClient({ url: server.url, key: made.out.trim() });
    await within(2_000, async () => {
      await client.ledger({ query: {} });
    });
    const { keys } = await server.client.keys({});
    const id = keys.find(({ name }) => name === 'short-lived')?.id ?? '';
    await expect(client.keys({})).rejects.toMatchObject({ code: 'guard.scope_missing', status: 403 });
    const revoked = await runCommand(['--data', data, 'keys', 'revoke', id]);
    expect(revoked).toMatchObject({ code: 0, err: '' });
    await within(1_500, () =>
      expect(client.ledger({ query: {} })).rejects.toMatchObject({
        code: 'guard.credential_invalid',
        status: 401,
      }),
    );
  });

  it('revokes over HTTP too, at once', async () => {
    const { key, secret } = await server.client.issueKey({
      body: { name: 'brief', scopes: ['ledger:read'] },
    });
    const client = createClient({ url: server.url, key: secret });
    await client.ledger({ query: {} });
    await server.client.revokeKey({ params: { id: key.id } });
    await expect(client.ledger({ query: {} })).rejects.toMatchObject({ code: 'guard.credential_invalid' });
  });

  it('tells a second server who holds the folder and how to reach it', async () => {
    const { code, err } = await runCommand(['--data', data, 'serve', '--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain('system.folder_held');
    expect(err).toContain('"serve"');
    expect(err).toContain(`process ${server.child.pid}`);
    expect(err).toContain(server.url);
  });

  it('answers the ask command from another process', async () => {
    const words = [
      'ask',
      'top 5 hosts by number of events between 2024-05-01 and 2024-05-02',
      '--url',
      server.url,
    ];
    const good = await runCommand(words, { TYRIAN_KEY: server.key });
    expect(good.code, good.err).toBe(0);
    expect(good.out).toContain('blue-secret');
    const bad = await runCommand(words, { TYRIAN_KEY: 'wrong' });
    expect(bad.code).toBe(1);
    expect(bad.err).toContain('guard.credential_invalid');
  });

  it('says that it lives and is ready to anyone, and its metrics to whom they are for', async () => {
    expect(await (await fetch(`${server.url}/livez`)).json()).toEqual({ status: 'live' });
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ ready: true });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    const text = await server.client.metrics({});
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [-+\d.eInfNa]+)$/);
    expect(text).toMatch(/^tyrian_records_accepted_total\{source="windows"\} \d+$/m);
    expect(text).toMatch(/^tyrian_pipeline_records_total\{/m);
  });

  it('stops the engine within a second of a closed stream, so that others go on', async () => {
    const question = { question: 'top 10 users by number of events' };
    for (let round = 0; round < 20; round += 1) {
      const stop = new AbortController();
      const running = collect(server.client.ask({ body: question }, { signal: stop.signal }));
      await pause(round * 3);
      stop.abort();
      await running.catch(() => {});
    }
    await within(1_500, async () => {
      const text = await server.client.metrics({});
      const [own] = [...text.matchAll(/^tyrian_http_in_flight(?:\{[^}]*\})? (\d+)$/gm)];
      expect(Number(own?.[1])).toBeLessThanOrEqual(1);
    });
    expect(takeApart(await collect(server.client.ask({ body: question }))).types.at(-1)).toBe('done');
  });
});

/** Every scope that a route asks for. */
function scopesOf(): Readonly<Record<string, string>> {
  const named = Object.values(routes).flatMap(({ access }) =>
    access === 'public' ? [] : [[access, access] as const],
  );
  return Object.fromEntries(named);
}

describe('a server that is told to stop', () => {
  it('ends with code 0 while requests come in, and has stored all that it acknowledged', async () => {
    const data = place('stopped');
    const server = await startServer(data);
    let acknowledged = 0;
    let first = 0;
    const stopping = new AbortController();
    const sender = async (name: string) => {
      while (!stopping.signal.aborted) {
        const from = first;
        first += 200;
        try {
          const body = logons(name, 200, from).join('\n');
          const answer = await post(`${server.url}/v1/telemetry/windows`, { key: server.key, body });
          if (answer.status === 202) acknowledged += Number(answer.json.accepted);
          else expect(answer.status).toBe(503);
        } catch (error) {
          // Refused connections are no acknowledgement.
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
      }
    };
    const senders = ['a', 'b', 'c', 'd'].map(sender);
    await pause(1_500);
    const ended = await server.stop();
    stopping.abort();
    await Promise.all(senders);
    expect(ended, ended.err).toMatchObject({ code: 0 });
    expect(acknowledged).toBeGreaterThan(1_000);

    const again = await startServer(data, server.key);
    const { total } = await settled(again.client);
    expect(total.balanced).toBe(true);
    expect(total.stored).toBeGreaterThanOrEqual(acknowledged);
    expect(total.received).toBe(total.stored + total.duplicate);
    expect(existsSync(join(data, 'holder.json'))).toBe(true);
    expect((await again.stop()).code).toBe(0);
    expect(existsSync(join(data, 'holder.json'))).toBe(false);
  });
});

describe('an import that is killed', () => {
  it('and run again has stored every line once, by an outside count', async () => {
    const data = place('killed');
    const input = place('big');
    mkdirSync(input);
    const files = 12;
    const linesOfFile = 10_000;
    for (let file = 0; file < files; file += 1)
      writeFileSync(join(input, `${file}.ndjson`), logons(`host-${file}`, linesOfFile, file * 7).join('\n'));
    for (const milliseconds of [1_400, 2_100, 2_800]) {
      const { child, ended } = startCommand(['--data', data, 'import', input]);
      await pause(milliseconds);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await runCommand(['--data', data, 'import', input, '--json']);
    expect(last.code, last.err).toBe(0);
    const { out } = await runCommand(['--data', data, 'ledger', '--json']);
    const { total } = JSON.parse(out) as LedgerView;
    expect(total).toMatchObject({
      stored: files * linesOfFile,
      dead: 0,
      in_flight: 0,
      conflict: 0,
      balanced: true,
    });
    expect(total.received).toBe(total.stored + total.duplicate);
    const top = await runCommand([
      '--data',
      data,
      'ask',
      '--json',
      'top 20 hosts by number of events between 2024-05-01 and 2024-05-03',
    ]);
    const events = top.out
      .trim()
      .split('\n')
      .map((line) => AskEvent.parse(JSON.parse(line)));
    const groups = takeApart(events).evidence.find(({ kind }) => kind === 'top');
    expect(
      Object.fromEntries(groups?.rows.map(([host, count]) => [String(host), Number(count)]) ?? []),
    ).toEqual(Object.fromEntries(Array.from({ length: files }, (_, file) => [`host-${file}`, linesOfFile])));
  });

  it('by SIGINT ends with code 130 and keeps what was acknowledged', async () => {
    const data = place('interrupted');
    const { child, ended } = startCommand(['--data', data, 'import', place('big')]);
    await pause(2_500);
    child.kill('SIGINT');
    const { code } = await ended;
    // Code 0: it was done before it was told.
    expect([0, 130]).toContain(code);
    const { out } = await runCommand(['--data', data, 'ledger', '--json']);
    expect((JSON.parse(out) as LedgerView).total.balanced).toBe(true);
  });
});

describe('a server behind a name that is taken', () => {
  it('says which address is in use and ends with code 1', async () => {
    const other = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, err } = await runCommand(['--data', place('taken'), 'serve', '--port', String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(String(port));
    expect(err).not.toMatch(/\n\s+at /);
  });
});
