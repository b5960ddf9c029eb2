import * as z from 'zod';
import { Note, PersonName } from './alert.ts';
import { Detection, RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';
import { RuleId } from './rule-routes.ts';

export const maxExceptionConditions = 8;
export const maxExceptionValues = 100;
const maxExceptionValue = 1_024;
/** An exception ends by itself, at the latest after so many days. */
export const maxExceptionDays = 366;
/** A preview looks back so far. */
export const previewDays = 30;
/** Of a preview so many rules are named, and so many detections shown. */
export const maxPreviewRules = 50;
export const maxPreviewSample = 20;
/** Of the detections that an exception covered the last ones are kept. */
export const keptCovered = 20;
export const maxExceptionsPage = 200;
const defaultExceptionsPage = 50;

const count = z.int().nonnegative();
const utc = z.iso.datetime();

/** 32 hex digits. */
export const ExceptionId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, { error: 'an exception id is 32 lower-case hex digits' });

const texts = z.array(z.string().min(1).max(maxExceptionValue)).min(1).max(maxExceptionValues);
const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'an address or a network is wanted: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7',
});

/** What a value is compared with; one of the values is enough. Letters in any case are equal. */
export const ExceptionTest = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('equals'), values: texts }),
    z.strictObject({ kind: z.literal('contains'), values: texts }),
    z.strictObject({ kind: z.literal('starts_with'), values: texts }),
    z.strictObject({ kind: z.literal('ends_with'), values: texts }),
    /** The value is an address of one of the networks. */
    z.strictObject({ kind: z.literal('cidr'), values: z.array(network).min(1).max(maxExceptionValues) }),
  ])
  .readonly();
export type ExceptionTest = z.infer<typeof ExceptionTest>;

/** What the detection is about, by kind: it holds for no entity of another kind. */
const about = <K extends 'host' | 'user' | 'address' | 'resource'>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), test: ExceptionTest });

/** One thing that must hold of a detection: of its entity, its event's source, or a field that the rule looked at. */
export const ExceptionCondition = z
  .discriminatedUnion('kind', [
    about('host'),
    about('user'),
    about('address'),
    about('resource'),
    z.strictObject({ kind: z.literal('source'), test: ExceptionTest }),
    /** `field` as the rule names it; a field with several values holds if one of them does. */
    z.strictObject({
      kind: z.literal('field'),
      field: z.string().min(1).max(200),
      test: ExceptionTest,
    }),
  ])
  .readonly();
export type ExceptionCondition = z.infer<typeof ExceptionCondition>;

/** Which detections: of one rule or of any (null), for which all conditions hold. */
const scope = {
  rule: RuleId.nullable(),
  conditions: z.array(ExceptionCondition).min(1).max(maxExceptionConditions),
};

export const ExceptionScope = z.strictObject(scope).readonly();
export type ExceptionScope = z.infer<typeof ExceptionScope>;

export const ExceptionRequest = z.strictObject({
  ...scope,
  /** Who answers for it; the caller unless said. */
  owner: z.exactOptional(PersonName),
  reason: Note.min(1),
  /** A time to come, at most `maxExceptionDays` ahead. */
  expires_at: utc,
});
export type ExceptionRequest = z.infer<typeof ExceptionRequest>;

export const ExceptionState = z.enum(['in_force', 'expired', 'ended']);
export type ExceptionState = z.infer<typeof ExceptionState>;

export const ExceptionView = z.strictObject({
  id: ExceptionId,
  rule: scope.rule,
  /** None when an erasure blanked out what makes them conditions: it covers nothing any more. */
  conditions: z.array(ExceptionCondition).max(maxExceptionConditions),
  owner: z.string(),
  reason: z.string(),
  created_at: utc,
  created_by: z.string(),
  expires_at: utc,
  /** When and by whom it was ended before it expired. */
  ended_at: utc.nullable(),
  ended_by: z.string().nullable(),
  state: ExceptionState,
  /** Detections that it covered, and when the last of them was made. */
  hits: count,
  last_hit_at: utc.nullable(),
});
export type ExceptionView = z.infer<typeof ExceptionView>;

const cursor = z.string().regex(/^[A-Za-z0-9_-]{1,400}$/, { error: 'a cursor is what the last answer gave' });

export const ExceptionQuery = z.strictObject({
  state: z.exactOptional(ExceptionState),
  rule: z.exactOptional(RuleId),
  limit: z
    .string()
    .regex(/^\d{1,6}$/, { error: 'a whole number is wanted' })
    .transform(Number)
    .pipe(z.int().min(1).max(maxExceptionsPage))
    .prefault(String(defaultExceptionsPage)),
  cursor: z.exactOptional(cursor),
});
export type ExceptionQuery = z.infer<typeof ExceptionQuery>;

/** Newest first. */
export const ExceptionList = z.strictObject({
  exceptions: z.array(ExceptionView).max(maxExceptionsPage),
  next: cursor.nullable(),
});

export const ExceptionDetail = ExceptionView.extend({
  /** The last detections that it covered, newest first. */
  detections: z.array(Detection).max(keptCovered),
});
export type ExceptionDetail = z.infer<typeof ExceptionDetail>;

/** What an exception would have done to what was detected in a window, had it been in force. */
export const ExceptionPreview = z.strictObject({
  from: utc,
  to: utc,
  /** False when there were more detections than a preview looks at: `from` says how far back it went. */
  complete: z.boolean(),
  /** Detections looked at, and those that would have been covered. */
  looked_at: count,
  covered: count,
  /** Alerts of that time that would not have opened, and those that would have fewer detections. */
  alerts_hidden: count,
  alerts_reduced: count,
  rules: z
    .array(
      z.strictObject({ rule: z.string(), title: z.string(), level: RuleLevel, covered: count, of: count }),
    )
    .max(maxPreviewRules),
  rules_truncated: z.boolean(),
  /** Days in UTC on which something would have been covered. */
  days: z.array(z.strictObject({ day: z.iso.date(), covered: count })),
  /** The newest that would have been covered. */
  sample: z.array(Detection).max(maxPreviewSample),
});
export type ExceptionPreview = z.infer<typeof ExceptionPreview>;

const one = z.strictObject({ id: ExceptionId });

export const exceptionRoutes = {
  exceptions: {
    method: 'GET',
    path: '/v1/exceptions',
    access: 'alerts:read',
    summary: 'Exceptions with owner, reason, scope, expiry and how often each applied, newest first',
    query: ExceptionQuery,
    answer: { kind: 'json', statuses: [200], schema: ExceptionList },
  },
  exception: {
    method: 'GET',
    path: '/v1/exceptions/{id}',
    access: 'alerts:read',
    summary: 'One exception with the last detections that it covered',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: ExceptionDetail },
  },
  addException: {
    method: 'POST',
    path: '/v1/exceptions',
    access: 'rules:write',
    summary: 'Adds an exception; detections from then on that it covers make no alert',
    body: { kind: 'json', schema: ExceptionRequest },
    answer: { kind: 'json', statuses: [201], schema: ExceptionView },
  },
  endException: {
    method: 'POST',
    path: '/v1/exceptions/{id}/end',
    access: 'rules:write',
    summary: 'Ends an exception before it expires',
    params: one,
    answer: { kind: 'json', statuses: [200], schema: ExceptionView },
  },
  previewException: {
    method: 'POST',
    path: '/v1/exceptions/preview',
    access: 'alerts:read',
    summary: 'What an exception would have hidden in the last 30 days; adds nothing',
    body: { kind: 'json', schema: ExceptionScope },
    answer: { kind: 'json', statuses: [200], schema: ExceptionPreview },
  },
} as const satisfies Record<string, Route>;
