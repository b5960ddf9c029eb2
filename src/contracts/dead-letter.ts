import * as z from 'zod';
import { TenantName } from './principal.ts';
import { UtcTime } from './telemetry-event.ts';

/** A record that could not become an event: why, where in the record, and what is kept of it. */
export const DeadLetter = z
  .strictObject({
    tenant: TenantName,
    source: z.string(),
    stream: z.string(),
    place: z.strictObject({
      partition: z.int().nonnegative(),
      offset: z.string().regex(/^\d+$/),
      sub: z.int().nonnegative(),
    }),
    received_at: UtcTime,
    ingested_at: UtcTime,
    code: z.string().regex(/^[a-z_]+\.[a-z0-9_]+$/),
    /** Field path in the record, '' for the whole record. */
    path: z.string(),
    message: z.string(),
    /** Up to the first 64 KiB. */
    raw: z.string(),
    raw_bytes: z.int().nonnegative(),
    raw_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .readonly();
export type DeadLetter = z.infer<typeof DeadLetter>;
