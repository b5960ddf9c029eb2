import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { AskEvent, Route, RouteAnswer } from '../contracts/index.ts';
import type { Emit } from '../observe/index.ts';
import { begun, checkedEvents } from './checked-events.ts';
import { errorAnswer } from './error-answer.ts';
import { httpErrors } from './errors.ts';
import { writeEvents } from './event-stream.ts';
import { type Exchange, exchangeOf, limitSending } from './exchange.ts';
import type { RouteReply } from './handler.ts';
import type { Refused } from './options.ts';

export interface AnswerKit {
  readonly emit: Emit;
  readonly heartbeatMs?: number;
  readonly onRefused?: (refused: Refused) => void;
}

export interface Answering {
  readonly route: Route;
  readonly exchange: Exchange;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly answer: RouteReply;
}

const defaultHeartbeatMs = 15_000;
/** A client that takes nothing of a stream for this long is given up. */
const streamStallMs = 30_000;
const json = 'application/json; charset=utf-8';

/** Sends what a handler gave, after the route's own schema has agreed to it. */
export async function sendAnswer(kit: AnswerKit, answering: Answering): Promise<FastifyReply> {
  const { route, request, reply, answer } = answering;
  if ('events' in answer && route.answer.kind === 'events') {
    const events = await begun(checkedEvents(answer.events, whenFailing(kit, answering.exchange)));
    if (!wantsJson(request)) return await sendEvents(kit, answering, events);
    return sendJson(reply, 200, checkedBody(route.answer.gathered, await answer.gather(events)));
  }
  if ('text' in answer && route.answer.kind === 'text') {
    const policy = answer.contentSecurityPolicy;
    if (policy !== undefined) reply.header('content-security-policy', policy);
    return send(reply.type(route.answer.mediaType), answer.text);
  }
  if ('body' in answer && route.answer.kind === 'json')
    return sendJson(
      reply,
      statusOf(route.answer, answer.status),
      checkedBody(route.answer.schema, answer.body),
    );
  throw httpErrors.make('response_invalid', `${route.method} ${route.path} was answered in another kind`);
}

/** Answers with an error and tells the log: a fault of ours with its cause, a refusal only where it is asked for. */
export function sendError(
  kit: AnswerKit,
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): FastifyReply {
  const exchange = exchangeOf(request);
  const { error, status, headers, body } = errorAnswer(thrown, exchange?.trace.traceId ?? '');
  const route = exchange?.route ?? 'none';
  kit.emit({ kind: 'request-refused', route, reason: error.code, status }, exchange?.log);
  const { principal, presented } = exchange ?? { principal: undefined, presented: undefined };
  kit.onRefused?.({ code: error.code, status, route, traceId: body.trace_id, principal, presented });
  if (status >= 500 && !error.retryable) exchange?.log.error({ err: error }, 'a request failed');
  return sendJson(reply.headers(headers), status, JSON.stringify(body));
}

function checkedBody(schema: z.ZodType, body: unknown): string {
  const checked = schema.safeParse(body);
  if (checked.success) return JSON.stringify(checked.data);
  throw httpErrors.make(
    'response_invalid',
    `The response breaks its schema: ${z.prettifyError(checked.error)}`,
  );
}

function statusOf(answer: RouteAnswer & { readonly kind: 'json' }, status = answer.statuses[0]): number {
  if (answer.statuses.includes(status)) return status;
  throw httpErrors.make('response_invalid', `The status ${status} is not declared`);
}

const sendJson = (reply: FastifyReply, status: number, text: string) =>
  send(reply.code(status).type(json), text);

function send(reply: FastifyReply, text: string): FastifyReply {
  limitSending(reply);
  return reply.send(text);
}

/** True for a caller that names JSON and not event streams. */
function wantsJson(request: FastifyRequest): boolean {
  const accept = (request.headers.accept ?? '').toLowerCase();
  return accept.includes('application/json') && !accept.includes('text/event-stream');
}

async function sendEvents(
  kit: AnswerKit,
  { exchange, reply }: Answering,
  events: AsyncIterable<AskEvent>,
): Promise<FastifyReply> {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  const { signal } = exchange;
  const heartbeatMs = kit.heartbeatMs ?? defaultHeartbeatMs;
  const end = await writeEvents({ response, events, signal, heartbeatMs, stallMs: streamStallMs });
  finish(kit, exchange, reply, end);
  return reply;
}

function whenFailing(kit: AnswerKit, { log, route, trace }: Exchange) {
  const failed = (err: Error) => {
    kit.emit({ kind: 'stream-cut', route, reason: 'failed' }, log);
    log.error({ err }, 'a stream failed');
  };
  return { traceId: trace.traceId, failed };
}

function finish(
  kit: AnswerKit,
  exchange: Exchange,
  reply: FastifyReply,
  end: 'ended' | 'aborted' | 'stalled',
): void {
  exchange.abort();
  limitSending(reply);
  if (end === 'ended') {
    reply.raw.end();
  } else {
    const gone = reply.raw.destroyed || reply.raw.socket === null || reply.raw.socket.destroyed;
    const reason = end === 'stalled' ? 'client_stalled' : gone ? 'client_gone' : 'shutdown';
    kit.emit({ kind: 'stream-cut', route: exchange.route, reason }, exchange.log);
    if (reason === 'shutdown') reply.raw.end();
    else reply.raw.destroy();
  }
}
