import * as z from 'zod';
import { JobView } from './job-routes.ts';
import type { Route } from './routes.ts';

const utc = z.iso.datetime();

/** Lower-case letters, digits and hyphens, 1 to 63 characters. */
export const HoldName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'a hold is 1-63 lower-case letters, digits and inner hyphens',
});

/** While a tenant has a hold, nothing of it expires or is erased. */
export const HoldView = z.strictObject({
  name: HoldName,
  reason: z.string(),
  placed_at: utc,
  placed_by: z.string(),
});
export type HoldView = z.infer<typeof HoldView>;

export const RetentionView = z.strictObject({
  /** Days by class. */
  days: z.strictObject({
    events: z.int(),
    evidence: z.int(),
    dead_letters: z.int(),
    alerts: z.int(),
  }),
  /** Of stored records in the telemetry log. */
  log_hours: z.number(),
  holds: z.array(HoldView),
});

const subjectText = z.string().trim().min(3).max(200);

/** Whom to erase: a person, by a name, address or id as records hold it, or everything of the caller's tenant. */
export const EraseRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), name: subjectText }),
  z.strictObject({
    kind: z.literal('tenant'),
    /** The tenant's name, typed again. */
    confirm: z.string(),
  }),
]);

export const retentionRoutes = {
  retention: {
    method: 'GET',
    path: '/v1/retention',
    access: 'audit:read',
    summary: "How long what is kept, and the holds on the caller's tenant",
    answer: { kind: 'json', statuses: [200], schema: RetentionView },
  },
  placeHold: {
    method: 'POST',
    path: '/v1/retention/holds',
    access: 'operate',
    summary: "Places a legal hold on the caller's tenant: nothing of it expires or is erased",
    body: {
      kind: 'json',
      schema: z.strictObject({ name: HoldName, reason: z.string().trim().min(1).max(1_000) }),
    },
    answer: { kind: 'json', statuses: [201], schema: HoldView },
  },
  releaseHold: {
    method: 'DELETE',
    path: '/v1/retention/holds/{name}',
    access: 'operate',
    summary: 'Releases a legal hold',
    params: z.strictObject({ name: HoldName }),
    answer: { kind: 'json', statuses: [200], schema: z.strictObject({ released: HoldName }) },
  },
  erase: {
    method: 'POST',
    path: '/v1/retention/erase',
    access: 'operate',
    summary: "Begins to erase a person from, or all of, the caller's tenant: a job that ends with a receipt",
    body: { kind: 'json', schema: EraseRequest },
    answer: { kind: 'json', statuses: [202], schema: JobView },
  },
} as const satisfies Record<string, Route>;
