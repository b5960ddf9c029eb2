import type * as z from 'zod';
import { type AskEvent, type Route, type RouteName, type Routes, routes } from '../contracts/index.ts';
import { clientErrors } from './errors.ts';
import { type CallOptions, type Connection, type Fetch, type RouteInput, sendRequest } from './request.ts';
import { followRun } from './run.ts';

export interface ClientOptions {
  /** `http://127.0.0.1:7117`, without a path. */
  readonly url: string;
  readonly key?: string;
  /** The platform's own unless given. */
  readonly fetch?: Fetch;
}

type AnswerOf<R extends Route> = R['answer'] extends {
  readonly kind: 'json';
  readonly schema: infer S extends z.ZodType;
}
  ? Promise<z.output<S>>
  : R['answer'] extends { readonly kind: 'events' }
    ? AsyncIterable<AskEvent>
    : Promise<string>;

/**
 * One function a declared route, under the route's name. Takes `params`, `query`, `headers` and `body` as the route's
 * schemas say; gives the checked answer, a text, or the events of a run. Throws the server's error as it was thrown
 * there (`code`, `status`, `details.trace_id`), `client.unreachable` or `client.answer_invalid`.
 */
export type Client = {
  readonly [N in RouteName]: (input: RouteInput<Routes[N]>, options?: CallOptions) => AnswerOf<Routes[N]>;
};

/** Makes a client of a server. */
export function createClient({ url, key, fetch = globalThis.fetch }: ClientOptions): Client {
  const connection: Connection = {
    url: url.replace(/\/+$/, ''),
    fetch,
    ...(key === undefined ? {} : { key }),
  };
  const calls = Object.entries(routes).map(([name, route]) => [name, callOf(connection, route)]);
  return Object.fromEntries(calls) as Client;
}

function callOf(connection: Connection, route: Route) {
  return (input: object = {}, options: CallOptions = {}) =>
    route.answer.kind === 'events'
      ? followRun(connection, route, input, options)
      : takeAnswer(route, sendRequest(connection, route, input, options));
}

async function takeAnswer(route: Route, sent: Promise<Response>): Promise<unknown> {
  const response = await sent;
  if (route.answer.kind !== 'json') return await response.text();
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = route.answer.schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw clientErrors.make(
    'answer_invalid',
    `${response.url} answered in another shape: ${parsed.error.message}`,
  );
}
