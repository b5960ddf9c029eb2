import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Principal, Route } from '../contracts/index.ts';
import { requireScope } from '../guard/index.ts';
import { withSpan } from '../observe/index.ts';
import { type Admission, createAdmission } from './admission.ts';
import { type AnswerKit, sendAnswer, sendError } from './answer.ts';
import { bodyBound, checkBodyHeaders, readBody } from './body.ts';
import { httpErrors } from './errors.ts';
import { beginExchange, type Exchange, exchangeOf } from './exchange.ts';
import type { RouteHandler, RouteHandlers, RouteRequest } from './handler.ts';
import { parseInput } from './input.ts';
import { type HttpMeasures, measureHttp } from './measure.ts';
import type { HttpOptions, HttpServer } from './options.ts';
import { allowedMethods, methodsOf, routerPath } from './path.ts';

const defaultHeadersTimeoutMs = 10_000;
const defaultRequestTimeoutMs = 120_000;
/** How often Node looks for connections that are past their time. */
const timeoutCheckMs = 1_000;
const keepAliveMs = 65_000;
const maxHeaderBytes = 16 * 1024;
const maxPathParameter = 200;
/** Connections beyond this are closed as they come, unread. */
const maxConnections = 4_096;
/** Streams get this long to end by themselves when the server stops. */
const defaultGraceMs = 5_000;
/** After that, connections get this long to notice. */
const forceAfterMs = 1_000;

interface Kit extends AnswerKit {
  readonly options: HttpOptions;
  readonly admission: Admission;
  readonly measures: HttpMeasures;
  readonly stopping: AbortController;
  closing: boolean;
  /** Connections over the local socket, with who they speak for. */
  readonly local: WeakMap<Socket, PrincipalOf>;
}

type PrincipalOf = (headers: IncomingHttpHeaders) => Principal;

/**
 * Makes a server of declared routes with their handlers. A request's life: path and method (404, 405), identity (401),
 * scope (403), limits (503, 413, 415), validation (400), handler, the answer's own schema (500), the wire; then
 * everything it held is given back. It listens when told to.
 */
export function createHttpServer<const T extends Readonly<Record<string, Route>>>(
  options: HttpOptions,
  routes: T,
  handlers: RouteHandlers<T>,
): HttpServer {
  const admission = createAdmission({
    maxInFlight: options.maxInFlight,
    maxBodyBytes: options.maxBodyBytes,
    now: options.now,
  });
  const kit: Kit = {
    ...options,
    options,
    admission,
    measures: measureHttp(options.metrics, admission),
    stopping: new AbortController(),
    closing: false,
    local: new WeakMap(),
  };
  const localServers: Server[] = [];
  const app = createApp(kit);
  const all = Object.entries(routes);
  for (const [name, route] of all) register(app, kit, route, handlers[name] as unknown as RouteHandler);
  answerUnknown(
    app,
    kit,
    all.map(([, route]) => route),
  );
  return {
    async listen({ host, port }) {
      try {
        await app.listen({ host, port });
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw httpErrors.make('listen_failed', `${host} port ${port}: ${why}`, { cause });
      }
      if (!isLoopback(host))
        options.log.warn({ host }, 'listening beyond this machine: keys and telemetry travel in plain text');
      return urlOf(app, host);
    },
    async listenLocally({ path, principalOf }) {
      localServers.push(await listenLocally(app, kit, path, principalOf));
    },
    close: (graceMs = defaultGraceMs) => close(app, kit, graceMs, localServers),
  };
}

function createApp(kit: Kit): FastifyInstance {
  const { options } = kit;
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestTimeout: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: maxPathParameter, caseSensitive: true },
    http: {
      headersTimeout: options.headersTimeoutMs ?? defaultHeadersTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      connectionsCheckingInterval: timeoutCheckMs,
    },
    frameworkErrors: (error, request, reply) => {
      begin(kit, request, reply, undefined);
      sendError(kit, request, reply, error);
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
  });
  app.server.maxConnections = maxConnections;
  app.server.on('drop', () => kit.measures.connectionDropped());
  // Bodies are read by `readBody`, after identity and limits, and never by the framework.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => sendError(kit, request, reply, error));
  return app;
}

function register(app: FastifyInstance, kit: Kit, route: Route, handler: RouteHandler): void {
  app.route({
    method: [...methodsOf(route)],
    url: routerPath(route.path),
    onRequest: (request, reply) => admit(kit, request, route, begin(kit, request, reply, route)),
    handler: (request, reply) => serve(kit, { route, handler, request, reply }),
  });
}

/** An undeclared path is 404; a declared one with another method is 405, or tells its methods to OPTIONS. */
function answerUnknown(app: FastifyInstance, kit: Kit, routes: readonly Route[]): void {
  app.setNotFoundHandler(async (request, reply) => {
    begin(kit, request, reply, undefined);
    const allowed = allowedMethods(routes, request.url);
    if (allowed.length === 0) throw httpErrors.make('not_found', 'There is no such path');
    reply.header('allow', allowed.join(', '));
    if (request.method === 'OPTIONS') return reply.code(204).send();
    throw httpErrors.make('method_not_allowed', `This path takes ${allowed.join(', ')}`);
  });
}

function begin(kit: Kit, request: FastifyRequest, reply: FastifyReply, route: Route | undefined): Exchange {
  reply.headers(safetyHeaders);
  const { log, random, now } = kit.options;
  const done = (exchange: Exchange) => {
    const status = reply.raw.writableFinished ? String(reply.raw.statusCode) : 'gone';
    const seconds = (now() - exchange.startedAt) / 1_000;
    kit.measures.answered({ route: exchange.route, status, seconds });
    exchange.log.debug({ status, seconds }, 'request ended');
    // Node keeps the connection for a next request, which a server that closes would wait for.
    if (kit.closing) request.raw.socket.end();
  };
  const stopping = kit.stopping.signal;
  return beginExchange({ request, reply, route, log, random, now, stopping, done });
}

/** Identity, scope, limits: in this order, before a byte of the body is read. Probes pass the limits. */
async function admit(kit: Kit, request: FastifyRequest, route: Route, exchange: Exchange): Promise<void> {
  if (route.access !== 'public') {
    const principal = await principalOf(kit, request, exchange);
    exchange.principal = principal;
    exchange.log = exchange.log.with({ caller: principal.id, tenant: principal.tenant });
    requireScope(principal, route.access);
    if (kit.closing) throw httpErrors.make('shutting_down', 'The server is stopping');
    exchange.shares.push(kit.admission.enter(laneOf(route), principal.tenant));
  }
  checkBodyHeaders(route, request.raw);
}

const laneOf = (route: Route) => (route.body?.kind === 'bytes' ? 'bulk' : 'small');

async function principalOf(kit: Kit, request: FastifyRequest, exchange: Exchange): Promise<Principal> {
  const local = kit.local.get(request.raw.socket);
  if (local !== undefined) return local(request.headers);
  const presented = { authorization: request.headers.authorization, peer: request.ip };
  const result = await kit.options.authenticate(presented);
  if (result.ok) return result.principal;
  exchange.presented = presented;
  throw result.error;
}

interface Work {
  readonly route: Route;
  readonly handler: RouteHandler;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function serve(kit: Kit, { route, handler, request, reply }: Work): Promise<FastifyReply> {
  const exchange = exchangeOf(request);
  if (exchange === undefined)
    throw httpErrors.make('internal', 'A request was served before it was admitted');
  const body = route.body === undefined ? undefined : await takeBody(kit, request, route, exchange);
  const { params, query } = request;
  const input = parseInput(route, { params, query, headers: request.headers, body });
  const span = { name: exchange.route, parent: exchange.trace, random: kit.options.random };
  return await withSpan(span, async (trace) => {
    const { principal, log, signal } = exchange;
    const answer = await handler({ ...input, principal, log, signal, trace } as unknown as RouteRequest);
    return await sendAnswer(kit, { route, exchange, request, reply, answer });
  });
}

async function takeBody(
  kit: Kit,
  request: FastifyRequest,
  route: Route,
  exchange: Exchange,
): Promise<Buffer> {
  const room = kit.admission.room(laneOf(route), exchange.principal?.tenant ?? '');
  exchange.shares.push(room);
  const maxBytes = bodyBound(route, kit.options.maxBodyBytes);
  const body = await readBody(request.raw, { maxBytes, take: room.take });
  kit.measures.bodyRead(exchange.route, body.length);
  return body;
}

/** No request was understood, so there is no trace to name and nobody to authenticate. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const what = brokenBy(error.code);
  const { status, code, message } = httpErrors.make(what, httpErrors.entries[what]?.meaning ?? '');
  const body = JSON.stringify({ code, message, trace_id: '' });
  socket.end(
    `HTTP/1.1 ${status} ${what}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function brokenBy(code: string | undefined): 'timeout' | 'headers_too_large' | 'malformed' {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed';
}

/** Nothing here is a page: nothing may be framed, cached, sniffed or embedded. */
const safetyHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

function urlOf(app: FastifyInstance, host: string): { readonly url: string; readonly port: number } {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port };
}

/** A server of the same routes on a Unix domain socket; its connections need no key. */
async function listenLocally(
  app: FastifyInstance,
  kit: Kit,
  path: string,
  principalOf: PrincipalOf,
): Promise<Server> {
  await app.ready();
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) =>
    app.routing(request, response),
  );
  server.maxConnections = maxConnections;
  server.on('connection', (socket) => kit.local.set(socket, principalOf));
  server.on('clientError', (error, socket) => answerBrokenRequest(error, socket as Socket));
  server.listen({ path });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw httpErrors.make('listen_failed', `${path}: ${why}`, { cause });
  }
  return server;
}

/** Stops accepting, lets requests end, then tells them to, then cuts them off. */
async function close(
  app: FastifyInstance,
  kit: Kit,
  graceMs: number,
  local: readonly Server[],
): Promise<void> {
  kit.closing = true;
  const servers = [app.server, ...local];
  const tell = setTimeout(() => kit.stopping.abort(), graceMs);
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, graceMs + forceAfterMs);
  try {
    await Promise.all([app.close(), ...local.map(closeServer)]);
  } finally {
    clearTimeout(tell);
    clearTimeout(cut);
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
