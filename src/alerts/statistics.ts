import * as z from 'zod';
import type { StateSession } from '../state/index.ts';
import { rebuiltTables } from './tables.ts';

/** A table is analysed when it has so many more pages (8 KiB) than twice what the planner knows of. */
const unknownPages = 100;

/** A tenth of the usual sample tells the planner enough in tens of milliseconds; the state's own upkeep takes all of it. */
const sampled = 10;

const Outgrown = z.object({ name: z.string() });

/**
 * Lets the planner look at tables that have doubled since it last did. It believes of a table that it has not seen that a tenant is a
 * small part of it, and so reads a million alerts to find one; waiting for a time of rest is too late while alerts
 * come by the thousand. One table at a time; no row changes.
 */
export async function keepStatistics(session: StateSession): Promise<void> {
  const rows = await session.query(
    `SELECT relname::text AS name FROM pg_class
     WHERE oid = ANY($1::regclass[])
       AND pg_relation_size(oid) / current_setting('block_size')::int4 > 2 * relpages + ${unknownPages}
     ORDER BY oid LIMIT 1`,
    [rebuiltTables],
  );
  if (rows.length === 0) return;
  await session.query(`SET LOCAL default_statistics_target = ${sampled}`);
  for (const { name } of rows.map((row) => Outgrown.parse(row))) await session.query(`ANALYZE ${name}`);
}
