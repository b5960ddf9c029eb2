import * as z from 'zod';
import { Actor } from './change.ts';
import type { Route } from './routes.ts';

export const maxAuditLines = 200;
const defaultAuditLines = 50;

/** A line's place in the audit trail: milliseconds, topic, entry. */
const AuditKey = z.string().regex(/^\d{1,15}-[ac]-\d{1,15}$/, { error: 'this is no key of a line' });

/** Who did or tried what, and how it ended. */
export const AuditView = z.strictObject({
  key: AuditKey,
  at: z.iso.datetime(),
  by: Actor,
  /** `room.what`; changes stand under their kind: `keys.issued`. */
  action: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  details: z.record(z.string(), z.json()),
  trace_id: z.string(),
});
export type AuditView = z.infer<typeof AuditView>;

/** Newest first; `next` is what to ask `before` for, null at the end. */
export const AuditList = z.strictObject({
  lines: z.array(AuditView).max(maxAuditLines),
  next: AuditKey.nullable(),
});

export const auditRoutes = {
  audit: {
    method: 'GET',
    path: '/v1/audit',
    access: 'audit:read',
    summary: "The audit trail of the caller's tenant, newest first",
    query: z.strictObject({
      before: z.exactOptional(AuditKey),
      action: z.exactOptional(z.string().min(1).max(100)),
      /** Id of who did it. */
      by: z.exactOptional(z.string().min(1).max(200)),
      limit: z
        .string()
        .regex(/^\d{1,3}$/, { error: 'a whole number is wanted' })
        .transform(Number)
        .pipe(z.int().min(1).max(maxAuditLines))
        .prefault(String(defaultAuditLines)),
    }),
    answer: { kind: 'json', statuses: [200], schema: AuditList },
  },
} as const satisfies Record<string, Route>;
