import * as z from 'zod';

/** A cell as text (64-bit integers, times and addresses too), null, or a list of texts. */
export const EvidenceCell = z.union([z.string(), z.null(), z.array(z.string())]);
export type EvidenceCell = z.infer<typeof EvidenceCell>;

/** What a query found: can be re-run from `sql`, is compared by `row_hash`. */
export const Evidence = z.strictObject({
  id: z.string().min(1).max(20),
  query_id: z.string().max(20),
  kind: z.enum(['rows', 'top', 'timeline', 'first_last', 'process_tree', 'sources', 'passages']),
  purpose: z.string(),
  /** Printed by the program with tenant and snapshot in it. */
  sql: z.string(),
  /** Events ingested up to here were read, UTC. */
  snapshot: z.iso.datetime(),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(EvidenceCell)),
  /** SHA-256 over the named columns in canonical JSON. */
  row_hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** True when the limit cut the result short. */
  truncated: z.boolean(),
  elapsed_ms: z.number().nonnegative(),
});
export type Evidence = z.infer<typeof Evidence>;
