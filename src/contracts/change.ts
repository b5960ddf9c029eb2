import * as z from 'zod';
import { TenantName } from './principal.ts';
import { UtcTime } from './telemetry-event.ts';

/** Who did something: a person or service by its key, a command on this machine (`local`), or Tyrian itself (`system`). */
export const Actor = z
  .strictObject({ id: z.string().min(1).max(200), name: z.string().min(1).max(200) })
  .readonly();
export type Actor = z.infer<typeof Actor>;

/** One change by a person (or by Tyrian in its own name), as it stands in the journal. */
export const Change = z
  .strictObject({
    /** `room.what`: `alerts.status`, `keys.revoked`. */
    kind: z.string().regex(/^[a-z]+\.[a-z_]+$/),
    tenant: TenantName,
    by: Actor,
    at: UtcTime,
    /** The detection up to which (exclusive) the tables were when this was decided. */
    after: z.int().nonnegative(),
    /** What the kind says; where something is replaced, `before` and `after` of it. */
    data: z.record(z.string(), z.json()),
  })
  .readonly();
export type Change = z.infer<typeof Change>;

/** One line of the audit trail: who did or tried what, and how it ended. Changes are in it too, from their own topic. */
export const AuditEntry = z
  .strictObject({
    tenant: TenantName,
    by: Actor,
    at: UtcTime,
    /** `room.what`: `analyst.asked`, `guard.refused`, `backup.made`. */
    action: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
    outcome: z.enum(['done', 'refused', 'failed']),
    /** No secret, no telemetry. */
    details: z.record(z.string(), z.json()),
    trace_id: z.string().max(64),
  })
  .readonly();
export type AuditEntry = z.infer<typeof AuditEntry>;
