import * as z from 'zod';
import { alertRoutes } from './alert-routes.ts';
import { Answer, AskEvent, Usage } from './answer.ts';
import { type AttributeName, attributeNames } from './attributes.ts';
import { auditRoutes } from './audit-routes.ts';
import { caseRoutes } from './case-routes.ts';
import { Evidence } from './evidence.ts';
import { exceptionRoutes } from './exception-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { HuntPlan } from './hunt-plan.ts';
import { huntRoutes } from './hunt-routes.ts';
import { importRoutes } from './import-routes.ts';
import { intelRoutes } from './intel-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { noticeRoutes } from './notice-routes.ts';
import { operationsRoutes } from './operations-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { Role, Scope, TenantName } from './principal.ts';
import { maxQuestionLength } from './question.ts';
import { retentionRoutes } from './retention-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import { scanRoutes } from './scan-routes.ts';
import { sourcesRoutes } from './sources-routes.ts';
import { TimeQuality } from './telemetry-event.ts';

/**
 * Every HTTP route as data. The server, the client, the reference and the test that crosses two tenants on every
 * route are made from this list. Shapes here are the wire's own; `api/` maps domain shapes to them. Counts are JSON
 * numbers (exact up to 2^53), 64-bit values of events are text.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` stands for one path segment. */
  readonly path: `/${string}`;
  /** The scope that a caller needs, or `public`. */
  readonly access: Scope | 'public';
  readonly summary: string;
  readonly params?: z.ZodObject;
  /** Query values come as text. */
  readonly query?: z.ZodObject;
  /** Headers that mean something here, by lower-case name; others are ignored. */
  readonly headers?: z.ZodObject;
  readonly body?: RouteBody;
  readonly answer: RouteAnswer;
}

/** json: at most `maxJsonBodyBytes`, checked by its schema. bytes: up to the configured bound, handed on decoded. */
export type RouteBody =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  | { readonly kind: 'bytes'; readonly description: string };

/**
 * json: the first status is the usual one, the others have the same shape. text: what a handler gives.
 * events: server-sent events of `schema`; a caller that accepts only `application/json` gets `gathered` instead.
 */
export type RouteAnswer =
  | { readonly kind: 'json'; readonly statuses: readonly [number, ...number[]]; readonly schema: z.ZodType }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'events'; readonly schema: typeof AskEvent; readonly gathered: z.ZodType };

/** Largest decoded JSON body of a route that takes a JSON object. */
export const maxJsonBodyBytes = 256 * 1024;
export const maxDeadLetters = 200;
const defaultDeadLetters = 50;
/** At most this many refused records are told one by one; `total` counts all. */
export const maxToldRefusals = 100;

const count = z.int().nonnegative();
const utc = z.iso.datetime();

export const Liveness = z.strictObject({ status: z.literal('live') });

/** Names only: what is behind a failing check stands in the log. */
export const Readiness = z.strictObject({
  ready: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean() })),
});
export type Readiness = z.infer<typeof Readiness>;

/** What became of the records of a request: the accepted ones are durable. */
export const TelemetryReceipt = z.strictObject({
  accepted: count,
  refused: z.strictObject({
    total: count,
    /** The first ones, by index within the request from 0. */
    records: z
      .array(z.strictObject({ index: count, code: z.string(), message: z.string() }))
      .max(maxToldRefusals),
  }),
});
export type TelemetryReceipt = z.infer<typeof TelemetryReceipt>;

export const AskRequest = z.strictObject({
  question: z.string().trim().min(1).max(maxQuestionLength),
  /** `24h`, `7d`, `90m`, or an ISO time; wins over what the question says. */
  since: z.exactOptional(z.string().max(40)),
  until: z.exactOptional(z.string().max(40)),
});
export type AskRequest = z.infer<typeof AskRequest>;

/** A finished run in one object. */
export const AskResult = z.strictObject({
  run_id: z.uuid(),
  plan: HuntPlan.nullable(),
  evidence: z.array(Evidence),
  answer: Answer,
  usage: Usage,
});
export type AskResult = z.infer<typeof AskResult>;

const ledgerCounts = {
  received: count,
  stored: count,
  joined: count,
  duplicate: count,
  filtered: count,
  dead: count,
  in_flight: count,
  /** Could not be framed; not part of `received`. */
  refused: count,
  /** Stored under a second id, because the id was known with other content; part of `stored`. */
  conflict: count,
  /** Rows that were erased on request; part of `stored` and `dead`. */
  erased: count,
  /** received = stored + joined + duplicate + filtered + dead + in_flight, and rows equal what the markers say. */
  balanced: z.boolean(),
};
/** What became of every record received in a window (what is older than retention is not compared any more), `from` inclusive, `to` exclusive, by the minute of receipt. */
export const LedgerView = z.strictObject({
  from: utc,
  to: utc,
  rows: z.array(z.strictObject({ source: z.string(), ...ledgerCounts })),
  total: z.strictObject(ledgerCounts),
});
export type LedgerView = z.infer<typeof LedgerView>;

export const DeadLetterView = z.strictObject({
  source: z.string(),
  stream: z.string(),
  place: z.strictObject({ partition: count, offset: z.string().regex(/^\d+$/), sub: count }),
  received_at: utc,
  ingested_at: utc,
  code: z.string(),
  path: z.string(),
  message: z.string(),
  /** The first 4 KiB of the record. */
  raw: z.string(),
  raw_bytes: count,
  raw_sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** Newest first. */
export const DeadLetterList = z.strictObject({
  dead_letters: z.array(DeadLetterView).max(maxDeadLetters),
  truncated: z.boolean(),
});
export type DeadLetterList = z.infer<typeof DeadLetterList>;

export const SourceList = z.strictObject({
  sources: z.array(
    z.strictObject({
      name: z.string(),
      mapping_version: z.int().positive(),
      /** Forms in which its records are understood: `ecs`, `nxlog`. */
      forms: z.array(z.string()),
    }),
  ),
});
export type SourceList = z.infer<typeof SourceList>;

const attributeName = z.enum(attributeNames as [AttributeName, ...AttributeName[]]);

/** One stored event; attributes that it doesn't have are left out, integers are digits. */
export const EventView = z.strictObject({
  event_id: z.uuid(),
  time: utc.nullable(),
  time_quality: TimeQuality,
  received_at: utc,
  ingested_at: utc,
  source: z.string(),
  form: z.string(),
  stream: z.string(),
  mapping_version: z.int().positive(),
  id_conflict: z.boolean(),
  attributes: z.partialRecord(attributeName, z.union([z.string(), z.array(z.string())])),
  raw: z.string(),
});
export type EventView = z.infer<typeof EventView>;

/** Person or service that a key is issued to: printable, so that lists and logs stay readable. */
export const KeyName = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,100}$/u, {
    error: 'a name is 1-100 characters without control characters',
  });

/** 16 lower-case hex digits. */
export const KeyId = z.string().regex(/^[0-9a-f]{16}$/, { error: 'a key id is 16 lower-case hex digits' });

export const KeyView = z.strictObject({
  id: KeyId,
  name: KeyName,
  tenant: TenantName,
  scopes: z.array(Scope),
  /** The role that it was issued by; null when it was issued by scopes. */
  role: Role.nullable(),
  created_at: utc,
  /** Id of the key that issued it, or `local`. */
  created_by: z.string(),
  /** From then on it is not taken any more; null: it does not end by itself. */
  expires_at: utc.nullable(),
  revoked_at: utc.nullable(),
});
export type KeyView = z.infer<typeof KeyView>;

export const KeyList = z.strictObject({ keys: z.array(KeyView) });

/** By scopes or by a role, which is a set of scopes. The tenant isn't in it: a key is issued within the caller's tenant. */
export const KeyRequest = z
  .strictObject({
    name: KeyName,
    scopes: z.exactOptional(z.array(Scope).min(1).max(20)),
    role: z.exactOptional(Role),
    /** A time to come, in UTC. */
    expires_at: z.exactOptional(utc),
  })
  .refine(({ scopes, role }) => (scopes === undefined) !== (role === undefined), {
    error: 'a key is issued with scopes or with a role: say one of the two',
  });
export type KeyRequest = z.infer<typeof KeyRequest>;

/** `secret` is shown this once; only its hash is kept. */
export const KeyIssued = z.strictObject({ key: KeyView, secret: z.string() });
export type KeyIssued = z.infer<typeof KeyIssued>;

const boundedCount = (most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
    .transform(Number)
    .pipe(z.int().min(1).max(most));

const lastEventId = z
  .string()
  .regex(/^\d{1,9}$/, { error: 'Last-Event-ID is the id of an event of this run' })
  .transform(Number);

const asked = { kind: 'events', schema: AskEvent, gathered: AskResult } as const;

export const routes = {
  ...alertRoutes,
  ...exceptionRoutes,
  ...caseRoutes,
  ...ruleRoutes,
  ...huntRoutes,
  ...noticeRoutes,
  ...scanRoutes,
  ...fleetRoutes,
  ...jobRoutes,
  ...sourcesRoutes,
  ...operationsRoutes,
  ...intelRoutes,
  ...importRoutes,
  ...retentionRoutes,
  ...peopleRoutes,
  ...auditRoutes,
  live: {
    method: 'GET',
    path: '/livez',
    access: 'public',
    summary: 'Whether the process runs; says nothing about its engines',
    answer: { kind: 'json', statuses: [200], schema: Liveness },
  },
  ready: {
    method: 'GET',
    path: '/readyz',
    access: 'public',
    summary: 'Whether it takes work: log, store and pipeline; 503 when not',
    answer: { kind: 'json', statuses: [200, 503], schema: Readiness },
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    access: 'metrics:read',
    summary: 'Metrics of the process in Prometheus text format 0.0.4',
    answer: { kind: 'text', mediaType: 'text/plain; version=0.0.4; charset=utf-8' },
  },
  openApi: {
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    summary: 'This API as an OpenAPI 3.1 document',
    answer: { kind: 'json', statuses: [200], schema: z.record(z.string(), z.json()) },
  },
  apiPage: {
    method: 'GET',
    path: '/docs',
    access: 'public',
    summary: 'This API as a page to read',
    answer: { kind: 'text', mediaType: 'text/html; charset=utf-8' },
  },
  sendTelemetry: {
    method: 'POST',
    path: '/v1/telemetry/{source}',
    access: 'telemetry:write',
    summary: 'Takes records of a source (`auto` recognises it): NDJSON, a JSON array or one object',
    params: z.strictObject({ source: z.string().min(1).max(100) }),
    headers: z.object({
      /** A name for the sender's stream, within the caller's key. */
      'x-tyrian-stream': z.exactOptional(
        z
          .string()
          .regex(/^[\x21-\x7e]{1,200}$/, { error: 'X-Tyrian-Stream is 1-200 visible ASCII characters' }),
      ),
      /** Equal bodies are a retry, unless this differs. */
      'idempotency-key': z.exactOptional(
        z
          .string()
          .regex(/^[\x21-\x7e]{1,200}$/, { error: 'Idempotency-Key is 1-200 visible ASCII characters' }),
      ),
    }),
    body: { kind: 'bytes', description: 'NDJSON, a JSON array or one object; plain, gzip or zstd' },
    answer: { kind: 'json', statuses: [202], schema: TelemetryReceipt },
  },
  ask: {
    method: 'POST',
    path: '/v1/ask',
    access: 'ask',
    summary: 'Asks a question; the answer streams back with its evidence',
    body: { kind: 'json', schema: AskRequest },
    answer: asked,
  },
  resumeAsk: {
    method: 'GET',
    path: '/v1/ask/{run_id}',
    access: 'ask',
    summary: 'Takes up the stream of a run after the event in Last-Event-ID, or from its beginning',
    params: z.strictObject({ run_id: z.uuid() }),
    headers: z.object({ 'last-event-id': z.exactOptional(lastEventId) }),
    answer: asked,
  },
  ledger: {
    method: 'GET',
    path: '/v1/ledger',
    access: 'ledger:read',
    summary: 'What became of every record, per source, for a window (the last 24 hours unless said)',
    query: z.strictObject({ from: z.exactOptional(utc), to: z.exactOptional(utc) }),
    answer: { kind: 'json', statuses: [200], schema: LedgerView },
  },
  deadLetters: {
    method: 'GET',
    path: '/v1/dead-letters',
    access: 'events:read',
    summary: 'The newest records that could not become events, with code and field path',
    query: z.strictObject({
      source: z.exactOptional(z.string().min(1).max(100)),
      limit: boundedCount(maxDeadLetters).prefault(String(defaultDeadLetters)),
    }),
    answer: { kind: 'json', statuses: [200], schema: DeadLetterList },
  },
  sources: {
    method: 'GET',
    path: '/v1/sources',
    access: 'telemetry:write',
    summary: 'The sources that are understood',
    answer: { kind: 'json', statuses: [200], schema: SourceList },
  },
  event: {
    method: 'GET',
    path: '/v1/events/{event_id}',
    access: 'events:read',
    summary: 'One stored event with its raw record',
    params: z.strictObject({ event_id: z.uuid() }),
    answer: { kind: 'json', statuses: [200], schema: EventView },
  },
  keys: {
    method: 'GET',
    path: '/v1/keys',
    access: 'keys:admin',
    summary: "The keys of the caller's tenant, revoked ones too; never their secrets",
    answer: { kind: 'json', statuses: [200], schema: KeyList },
  },
  issueKey: {
    method: 'POST',
    path: '/v1/keys',
    access: 'keys:admin',
    summary: "Issues a key in the caller's tenant with scopes, or a role, that the caller has",
    body: { kind: 'json', schema: KeyRequest },
    answer: { kind: 'json', statuses: [201], schema: KeyIssued },
  },
  revokeKey: {
    method: 'DELETE',
    path: '/v1/keys/{id}',
    access: 'keys:admin',
    summary: "Revokes a key of the caller's tenant, at once",
    params: z.strictObject({ id: KeyId }),
    answer: { kind: 'json', statuses: [200], schema: KeyView },
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
