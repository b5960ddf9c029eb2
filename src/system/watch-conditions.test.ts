import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { createNotices } from '../respond/index.ts';
import { openTyrian, type Tyrian } from './index.ts';
import { createSourceWatch } from './source-watch.ts';
import { watchConditions } from './watch-conditions.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-conditions-'));
const config = readConfig({ environment: {}, overrides: { data_folder: join(folder, 'data') } });
const log = createLog({ level: 'error', trace: createTrace(randomBytes) });
const metrics = createMetrics();
let tyrian: Tyrian;

beforeAll(async () => {
  const emit = createEmit({ log, metrics });
  const onFatal = (error: Error) => {
    throw error;
  };
  tyrian = await openTyrian({ ...{ config, log, metrics, emit, onFatal }, command: 'test', clock: Date.now });
});
afterAll(async () => {
  await tyrian.close();
  rmSync(folder, { recursive: true });
});

it('a condition whose source is not reported on any more ends; others of the tenant last', async () => {
  const notices = createNotices({ state: tyrian.workflow.state, clock: Date.now });
  const stamp = Date.now() - 20 * 86_400_000;
  await tyrian.store.insert('markers', [
    {
      ...{ partition: 0, from_offset: 0, to_offset: 1, ingested_at: stamp, writer_epoch: 1, batch: 1 },
      ...{ tenants: ['acme'], sources: ['okta'], minutes: [Math.floor(stamp / 60_000)], received: [0] },
      ...{ stored: [0], dead: [0], duplicate: [0], filtered: [0], joined: [0], conflict: [0] },
    },
  ]);
  for (const kind of ['ledger.mismatch', 'source.silent', 'other.kind'])
    await notices.raise({
      ...{ tenant: 'acme', kind, key: `${kind}/okta`, severity: 'medium', subject: kind, details: {} },
    });
  const stop = new AbortController();
  const sources = createSourceWatch({ tyrian, config, metrics, clock: Date.now });
  const input = { tyrian, config, log, metrics, notices, sources, isErasing: async () => false };
  await watchConditions({ ...input, pause: async () => stop.abort() }, stop.signal);
  expect((await notices.open('acme')).map(({ kind }) => kind)).toEqual(['other.kind']);
});
