import type * as z from 'zod';
import type { AskEvent, Principal, Route, RouteAnswer, RouteBody } from '../contracts/index.ts';
import type { Log, TraceContext } from '../observe/index.ts';

type Nothing = Readonly<Record<never, never>>;
type Parsed<R, K extends 'params' | 'query' | 'headers'> = R extends {
  readonly [P in K]: infer S extends z.ZodType;
}
  ? z.output<S>
  : Nothing;
type BodyOf<B> = B extends { readonly kind: 'json'; readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : B extends { readonly kind: 'bytes' }
    ? Buffer
    : undefined;

/** What a handler gets: everything is parsed, the caller is known. */
export interface RouteRequest<R extends Route = Route> {
  readonly params: Parsed<R, 'params'>;
  readonly query: Parsed<R, 'query'>;
  readonly headers: Parsed<R, 'headers'>;
  /** Decoded; a handler must not keep it after it has answered. */
  readonly body: BodyOf<R extends { readonly body: infer B extends RouteBody } ? B : undefined>;
  /** The caller; a public route has none. */
  readonly principal: R['access'] extends 'public' ? undefined : Principal;
  /** Our span within the trace of the request. */
  readonly trace: TraceContext;
  /** Carries the trace id, the route and the caller's id. */
  readonly log: Log;
  /** Aborts when the client is gone or the server stops. */
  readonly signal: AbortSignal;
}

type ReplyTo<A extends RouteAnswer> = A extends {
  readonly kind: 'json';
  readonly statuses: readonly (infer C)[];
  readonly schema: infer S extends z.ZodType;
}
  ? { readonly body: z.input<S>; readonly status?: C }
  : A extends { readonly kind: 'events'; readonly gathered: infer G extends z.ZodType }
    ? {
        readonly events: AsyncIterable<AskEvent>;
        /** Makes the one object for a caller that wants no stream; throws what an `error` event stands for. */
        readonly gather: (events: AsyncIterable<AskEvent>) => Promise<z.input<G>>;
      }
    : {
        readonly text: string;
        /** What a page may load; without it nothing. */
        readonly contentSecurityPolicy?: string;
      };

/** What a handler gives; it is checked against the route's schema before it is sent. */
export type RouteReply<R extends Route = Route> = ReplyTo<R['answer']>;

/** Throws a `TyrianError` for anything that isn't the answer. */
export type RouteHandler<R extends Route = Route> = (request: RouteRequest<R>) => Promise<RouteReply<R>>;

export type RouteHandlers<T extends Readonly<Record<string, Route>>> = {
  readonly [N in keyof T]: RouteHandler<T[N]>;
};
