import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { Route } from '../contracts/index.ts';
import { httpErrors } from './errors.ts';

/** A request as the router gives it; the body is decoded. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array | undefined;
}

interface Problem {
  readonly in: 'path' | 'query' | 'headers' | 'body';
  readonly path: string;
  readonly message: string;
}

/** At most this many problems are told. */
const maxProblems = 20;
const nothing = z.strictObject({});

/**
 * Checks path, query, headers and body against the route's schemas; unknown keys are refused, nothing is coerced.
 * Throws `http.invalid_request` that names every wrong place, or `http.body_not_json`.
 */
export function parseInput(route: Route, raw: RawInput) {
  const problems: Problem[] = [];
  const parse = (place: Problem['in'], schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...result.error.issues.map((issue) => problemOf(place, issue)));
    return result.data;
  };
  const input = {
    params: parse('path', route.params ?? nothing, raw.params ?? {}),
    query: parse('query', route.query ?? nothing, { ...(raw.query ?? {}) }),
    headers: parse('headers', route.headers ?? z.object({}), raw.headers),
    body: route.body?.kind === 'json' ? parse('body', route.body.schema, parseJson(raw.body)) : raw.body,
  };
  if (problems.length === 0) return input;
  const told = problems.slice(0, maxProblems);
  throw httpErrors.make(
    'invalid_request',
    `The request is wrong: ${told.map((one) => `${one.in}${one.path === '' ? '' : ` ${one.path}`}: ${one.message}`).join('; ')}`,
    { details: { problems: told } },
  );
}

function problemOf(place: Problem['in'], issue: z.core.$ZodIssue): Problem {
  return { in: place, path: issue.path.map(String).join('.'), message: issue.message };
}

function parseJson(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw httpErrors.make('body_not_json', 'The body is not JSON in UTF-8', { cause });
  }
}
