import type * as z from 'zod';
import { type ErrorCode, type Route, TyrianError, WireError } from '../contracts/index.ts';
import { clientErrors } from './errors.ts';

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Connection {
  readonly url: string;
  /** API key; without one only public routes answer. */
  readonly key?: string;
  readonly fetch: Fetch;
}

type Params<R> = R extends { readonly params: infer S extends z.ZodType }
  ? { readonly params: z.input<S> }
  : unknown;
type Query<R> = R extends { readonly query: infer S extends z.ZodType }
  ? { readonly query?: z.input<S> }
  : unknown;
type Headers<R> = R extends { readonly headers: infer S extends z.ZodType }
  ? { readonly headers?: z.input<S> }
  : unknown;
type Body<R> = R extends {
  readonly body: { readonly kind: 'json'; readonly schema: infer S extends z.ZodType };
}
  ? { readonly body: z.input<S> }
  : R extends { readonly body: { readonly kind: 'bytes' } }
    ? {
        readonly body: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>;
        readonly contentEncoding?: 'gzip' | 'zstd';
      }
    : unknown;

/** What a route takes, as its schemas say; no declared query or header is mandatory. */
export type RouteInput<R extends Route> = Params<R> & Query<R> & Headers<R> & Body<R>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** W3C trace context that the server takes up. */
  readonly traceparent?: string;
}

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly contentEncoding?: string;
}

/** Sends a request; gives the response when its status is one of the route's, else throws what the server says. */
export async function sendRequest(
  connection: Connection,
  route: Route,
  input: LooseInput,
  options: CallOptions,
): Promise<Response> {
  const response = await reach(connection, `${connection.url}${pathOf(route, input)}`, {
    method: route.method,
    headers: headersOf(connection, route, input, options),
    ...bodyOf(route, input),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const expected = route.answer.kind === 'json' ? route.answer.statuses : [200];
  if (expected.includes(response.status)) return response;
  throw await refusalOf(response);
}

async function reach(connection: Connection, url: string, init: RequestInit): Promise<Response> {
  try {
    return await connection.fetch(url, init);
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw clientErrors.make('unreachable', `No Tyrian server answers at ${connection.url}`, { cause });
  }
}

function pathOf(route: Route, { params = {}, query = {} }: LooseInput): string {
  const path = route.path.replace(/\{([a-z_]+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

function headersOf(connection: Connection, route: Route, input: LooseInput, options: CallOptions) {
  const named = Object.entries(input.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    accept: route.answer.kind === 'events' ? 'text/event-stream' : '*/*',
    ...(connection.key === undefined ? {} : { authorization: `Bearer ${connection.key}` }),
    ...(route.body === undefined ? {} : { 'content-type': contentTypes[route.body.kind] }),
    ...(input.contentEncoding === undefined ? {} : { 'content-encoding': input.contentEncoding }),
    ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
    ...Object.fromEntries(named),
  };
}

const contentTypes = { json: 'application/json', bytes: 'application/octet-stream' };

function bodyOf(route: Route, { body }: LooseInput): Pick<RequestInit, 'body' | 'duplex'> {
  if (route.body === undefined) return {};
  if (route.body.kind === 'json') return { body: JSON.stringify(body) };
  return { body: body as NonNullable<RequestInit['body']>, duplex: 'half' };
}

/** The server's error as it was thrown there, with its trace id and how long to wait in `details`. */
async function refusalOf(response: Response): Promise<TyrianError> {
  const text = await response.text().catch(() => '');
  const wire = WireError.safeParse(parseQuietly(text));
  if (!wire.success || !wire.data.code.includes('.'))
    return clientErrors.make(
      'answer_invalid',
      `${response.url} answered ${response.status}, not as Tyrian does`,
    );
  const { code, message, trace_id, details } = wire.data;
  const wait = response.headers.get('retry-after');
  return new TyrianError(code as ErrorCode, message, {
    status: response.status,
    retryable: response.status === 429 || response.status === 503,
    details: { ...details, trace_id, ...(wait === null ? {} : { retry_after_seconds: Number(wait) }) },
  });
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
