import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal, Route } from '../contracts/index.ts';
import type { Authenticate } from '../guard/index.ts';
import { continueTrace, type Log, type RandomBytes, type TraceContext } from '../observe/index.ts';
import type { Share } from './admission.ts';

/** What is known of one request while it is worked on. */
export interface Exchange {
  /** `POST /v1/ask`, or `none` for a path that isn't declared. */
  readonly route: string;
  readonly trace: TraceContext;
  readonly startedAt: number;
  /** Aborts when the client is gone or the server stops. */
  readonly signal: AbortSignal;
  /** Ends the exchange from our side: the source of a stream is told to stop. */
  readonly abort: () => void;
  /** Given back when the response is on the wire, or the connection is gone. */
  readonly shares: Share[];
  log: Log;
  principal: Principal | undefined;
  /** What nobody could be recognised by. */
  presented: Parameters<Authenticate>[0] | undefined;
}

/** After an early refusal the rest of the body is read and thrown away for this long, so that the client sees why. */
const lingerMs = 2_000;
/** A client that doesn't take its answer is given up after this long. */
const takeAnswerMs = 60_000;

const exchanges = new WeakMap<FastifyRequest, Exchange>();

/** The exchange of this request, if it has begun. */
export function exchangeOf(request: FastifyRequest): Exchange | undefined {
  return exchanges.get(request);
}

/** Begins an exchange; `done` is called once, when the response is on the wire or the connection is gone. */
export function beginExchange(options: {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly route: Route | undefined;
  readonly log: Log;
  readonly random: RandomBytes;
  readonly now: () => number;
  readonly stopping: AbortSignal;
  readonly done: (exchange: Exchange) => void;
}): Exchange {
  const { request, reply, route } = options;
  const trace = continueTrace(headerText(request.headers.traceparent), options.random);
  const name = route === undefined ? 'none' : `${route.method} ${route.path}`;
  const gone = new AbortController();
  const exchange: Exchange = {
    route: name,
    trace,
    startedAt: options.now(),
    signal: AbortSignal.any([gone.signal, options.stopping]),
    abort: () => gone.abort(),
    shares: [],
    log: options.log.withTrace(trace).with({ route: name }),
    principal: undefined,
    presented: undefined,
  };
  exchanges.set(request, exchange);
  reply.raw.once('close', () => {
    gone.abort();
    for (const share of exchange.shares) share.release();
    linger(request);
    options.done(exchange);
  });
  return exchange;
}

/** Ends a connection whose client takes nothing of an answer that is ready. */
export function limitSending(reply: FastifyReply): void {
  const handle = setTimeout(() => reply.raw.destroy(), takeAnswerMs);
  handle.unref();
  reply.raw.once('close', () => clearTimeout(handle));
}

function linger({ raw }: FastifyRequest): void {
  if (raw.complete || raw.socket.destroyed) return;
  raw.resume();
  const handle = setTimeout(() => raw.socket.destroy(), lingerMs);
  raw.once('close', () => clearTimeout(handle)).once('end', () => clearTimeout(handle));
}

const headerText = (header: string | string[] | undefined) =>
  Array.isArray(header) ? header.join(', ') : header;
