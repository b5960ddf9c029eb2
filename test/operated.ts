/** A whole Tyrian as its operators see it, in this process: opened, worked with, closed; one at a time. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Config, readConfig } from '../src/contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { trust } from '../src/sql/index.ts';
import { openTyrian, type Tyrian } from '../src/system/index.ts';

/** The tenant of `crash-records.ts`. */
export const tenant = 'crash';
export const quiet = createLog({ level: 'error', trace: createTrace(randomBytes) });

/** Settings for a data folder: small batches, four partitions. */
export function configAt(folder: string, changes: Readonly<Record<string, unknown>> = {}): Config {
  const small = { pipeline: { batch_records: 50, batch_ms: 20 }, log: { partitions: 4 } };
  return readConfig({ environment: {}, overrides: { data_folder: folder, tenant, ...small, ...changes } });
}

/** Opens a Tyrian, runs `work`, and closes it whatever happens; its pipeline must have lived until then. */
export async function withOperated<T>(config: Config, work: (tyrian: Tyrian) => Promise<T>): Promise<T> {
  const metrics = createMetrics();
  const fatal: Error[] = [];
  const tyrian = await openTyrian({
    ...{ config, command: 'test', log: quiet, metrics, clock: Date.now },
    emit: createEmit({ log: quiet, metrics }),
    onFatal: (error) => {
      fatal.push(error);
    },
  });
  try {
    return await work(tyrian);
  } finally {
    await tyrian.close();
    expect(fatal).toEqual([]);
  }
}

/** A rule that hits every fifth record of `crash-records.ts`. */
export function writeBucketRule(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'bucket.yml'),
    `
title: Bucket three is read
id: 11111111-2222-3333-4444-555555555555
level: high
logsource: { product: aws, service: cloudtrail }
detection:
  sel: { requestParameters.bucketName: bucket-3 }
  condition: sel
`,
  );
}

/** The program's own look into its tables. */
export const rows = (tyrian: Tyrian, sql: string) => tyrian.store.rows(trust(sql));

/** The ledger of all times. */
export const ledgerOf = (tyrian: Tyrian) =>
  tyrian.ledger.report({ tenant, from: new Date(0), to: new Date(Date.now() + 60_000) });

/** All alerts as people see them, with their history. */
export async function alertsOf({ workflow: { alerts, journal } }: Tyrian) {
  await journal.settled();
  const { alerts: list } = await alerts.list({ tenant, filter: {}, sort: 'last_seen', limit: 100 });
  return await Promise.all(list.map(({ id }) => alerts.get({ tenant, id })));
}
