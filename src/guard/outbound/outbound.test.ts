import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  opened.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function outbound(options: Partial<OutboundOptions> = {}): Outbound {
  const made = createOutbound({ allow: '127.0.0.1', ...options });
  opened.push(() => made.close());
  return made;
}

const code = (suffix: string) => expect.objectContaining({ code: `guard.outbound_${suffix}` });

describe('an outbound call', () => {
  it('sends what it is given and brings the answer back', async () => {
    const port = await serve(async (request, response) => {
      const chunks = await request.toArray();
      response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers['user-agent']}`);
      response.end(Buffer.concat(chunks));
    });
    const answer = await outbound().request({
      url: `http://127.0.0.1:${port}/a?b=c`,
      method: 'POST',
      body: 'text',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-seen']).toBe('POST /a?b=c tyrian');
    expect(answer.body.toString()).toBe('text');
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
  ])('to %s is refused unless it is allowed', async (url) => {
    await expect(outbound({ allow: '' }).request({ url })).rejects.toThrowError(code('refused'));
  });

  it('sends nothing to an address that is refused', async () => {
    let called = 0;
    const port = await serve((_request, response) => {
      called += 1;
      response.end();
    });
    await expect(outbound({ allow: '' }).request({ url: `http://127.0.0.1:${port}/` })).rejects.toThrow();
    expect(called).toBe(0);
  });

  it('is refused when one address of a name is private, and tells which', async () => {
    const out = outbound({ allow: '', resolve: async () => ['1.1.1.1', '10.0.0.7'] });
    await expect(out.request({ url: 'http://rebind.example/' })).rejects.toThrow('rebind.example (10.0.0.7)');
  });

  it('connects to the addresses that were checked, though the name means others a moment later', async () => {
    const port = await serve((_request, response) => response.end('inside'));
    const answers = [['127.0.0.1'], ['10.0.0.7']];
    const out = outbound({ resolve: async () => answers.shift() ?? [] });
    const url = `http://rebind.example:${port}/`;
    expect((await out.request({ url, headers: { connection: 'close' } })).body.toString()).toBe('inside');
    await expect(out.request({ url })).rejects.toThrowError(code('refused'));
  });

  it('keeps the name in the Host header', async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    const out = outbound({ resolve: async () => ['127.0.0.1'] });
    const answer = await out.request({ url: `http://hooks.example:${port}/` });
    expect(answer.body.toString()).toBe(`hooks.example:${port}`);
  });

  it('gives a redirect back and does not follow it', async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    const answer = await outbound().request({ url: `http://127.0.0.1:${port}/` });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('http://169.254.169.254/');
  });

  it('takes a bounded answer', async () => {
    const port = await serve((_request, response) => response.end('x'.repeat(2_000)));
    const out = outbound({ limits: { maxAnswerBytes: 1_000 } });
    await expect(out.request({ url: `http://127.0.0.1:${port}/` })).rejects.toThrowError(
      code('answer_too_large'),
    );
  });

  it('ends when headers do not come, and when the body does not end', async () => {
    const silent = await serve(() => undefined);
    const endless = await serve((_request, response) => response.write('x'));
    const out = outbound({ limits: { headersMs: 60, wholeMs: 150 } });
    await expect(out.request({ url: `http://127.0.0.1:${silent}/` })).rejects.toThrow('The beginning');
    await expect(out.request({ url: `http://127.0.0.1:${endless}/` })).rejects.toThrow('The whole answer');
  });

  it("ends with the caller's own reason", async () => {
    const port = await serve(() => undefined);
    const stop = new AbortController();
    const call = outbound().request({ url: `http://127.0.0.1:${port}/`, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('takes http and https only, and tells nothing of user, password, path or query', async () => {
    const out = outbound({ allow: '' });
    for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'nonsense'])
      await expect(out.request({ url })).rejects.toThrowError(code('url'));
    await expect(out.request({ url: 'https://me:hidden@example.com/' })).rejects.toSatisfy(
      (error: Error) => !`${error.message}${error.stack}`.includes('hidden'),
    );
    await expect(out.request({ url: 'http://127.0.0.1/hidden?x=hidden' })).rejects.toSatisfy(
      (error: Error) => !`${error.message}${error.stack}`.includes('hidden'),
    );
  });

  it('tells apart what can not be resolved and what can not be reached', async () => {
    const nowhere = outbound({
      resolve: async () => {
        throw new Error('ENOTFOUND');
      },
    });
    await expect(nowhere.request({ url: 'http://nowhere.example/' })).rejects.toThrowError(
      code('unresolved'),
    );
    const port = await serve(() => undefined);
    for (const close of opened.splice(0).reverse()) await close();
    await expect(outbound().request({ url: `http://127.0.0.1:${port}/` })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an outbound socket', () => {
  async function listen(): Promise<number> {
    const server = createTcpServer((socket) => socket.on('error', () => undefined).end('hello'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    opened.push(async () => server.close());
    return (server.address() as AddressInfo).port;
  }

  it('is connected to a checked address', async () => {
    const port = await listen();
    const out = outbound({ resolve: async () => ['127.0.0.1'] });
    const socket = await out.connect({ host: 'mail.example', port });
    expect(Buffer.concat(await socket.toArray()).toString()).toBe('hello');
  });

  it('is refused like a call', async () => {
    const port = await listen();
    const out = outbound({ allow: '', resolve: async () => ['127.0.0.1'] });
    await expect(out.connect({ host: 'mail.example', port })).rejects.toThrowError(code('refused'));
    await expect(out.connect({ host: '127.0.0.1', port })).rejects.toThrowError(code('refused'));
  });

  it('is destroyed by the signal of who asked for it', async () => {
    const port = await listen();
    const stop = new AbortController();
    const socket = await outbound().connect({ host: '127.0.0.1', port, signal: stop.signal });
    stop.abort();
    expect(socket.destroyed).toBe(true);
  });
});
