/**
 * A process that is there to be killed: opens the store in the folder that is its argument, says so, and inserts batch
 * after batch into `events` until it dies. Each batch has `batchRows` rows; its number is told when it is acknowledged.
 */
import { writeSync } from 'node:fs';
import { sql } from '../sql/index.ts';
import { openStore } from './index.ts';

export const batchRows = 20_000;

/** What to start. */
export const killedWriter = import.meta.filename;

if (process.argv[1] === killedWriter) {
  const store = await openStore({ folder: process.argv[2] ?? '' });
  const [row] = await store.rows(sql`SELECT max(batch) AS last FROM events`);
  writeSync(1, 'open\n');
  for (let batch = Number(row?.last) + 1; ; batch += 1) {
    await store.run(
      sql`INSERT INTO events (tenant, event_id, batch, sub, raw, ingested_at, retention_class)
        SELECT 'acme', substring(SHA256(concat(toString(number), '-', toString(${batch}))), 1, 16), ${batch}, number,
          repeat(toString(number), 20), toDateTime64(1714557600, 3, 'UTC'), 'standard' FROM numbers(${batchRows})`,
    );
    writeSync(1, `${batch}\n`);
  }
}
