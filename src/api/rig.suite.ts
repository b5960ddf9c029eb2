import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnalyst, createDeterministicTriager, createOfflineWriter } from '../analyst/index.ts';
import { type HuntPlan, Scope } from '../contracts/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  localPrincipal,
  openKeyFile,
  readScopeOf,
} from '../guard/index.ts';
import { createTelemetryReceiver } from '../intake/index.ts';
import { createLedger, createRefusals } from '../ledger/index.ts';
import { openLog } from '../log/index.ts';
import { loadCatalogue } from '../normalise/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import { type Query, trust } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { type ApiDependencies, createApi } from './index.ts';

/** One tenant's stored data; every text of it that nobody else may see holds `mark`. */
export interface TenantData {
  readonly tenant: string;
  readonly mark: string;
  readonly eventId: string;
}

export const noonUtc = new Date('2026-11-23T12:00:00Z');
const eleven = Date.parse('2026-11-23T11:00:00Z');

export function tenantData(tenant: string): TenantData {
  return { tenant, mark: `mark-of-${tenant}`, eventId: randomUUID() };
}

/** One event, one dead letter and their marker. */
async function fill(store: Store, { tenant, mark, eventId }: TenantData): Promise<void> {
  const batch = { ingested_at: eleven + 2_000, writer_epoch: 1, batch: 1 };
  const came = { tenant, source: mark, stream: mark, received_at: eleven + 1_000, partition: 0, ...batch };
  await store.insert('events', [
    {
      ...came,
      offset: 1,
      sub: 0,
      event_id: eventId,
      time: BigInt(eleven) * 1_000n + 123_456n,
      time_quality: 'exact',
      form: 'ecs',
      mapping_version: 1,
      class_uid: 18_446_744_073_709_551_615n,
      device_hostname: mark,
      answers: [mark],
      raw: `{"host":"${mark}"}`,
    },
  ]);
  await store.insert('dead_letters', [
    {
      ...came,
      offset: 9_007_199_254_740_993n,
      sub: 1,
      code: 'normalise.not_json',
      message: mark,
      raw: `${mark}${'x'.repeat(10_000)}`,
      raw_bytes: 10_020,
      raw_sha256: '0'.repeat(64),
    },
  ]);
  const counts = {
    received: [2],
    stored: [1],
    dead: [1],
    duplicate: [0],
    filtered: [0],
    joined: [0],
    conflict: [0],
  };
  const counted = { tenants: [tenant], sources: [mark], minutes: [Math.floor(eleven / 60_000)], ...counts };
  await store.insert('markers', [{ partition: 0, from_offset: 1, to_offset: 2, ...batch, ...counted }]);
}

const plan: HuntPlan = {
  kind: 'search',
  window: { from: '2026-11-22T12:00:00Z', to: '2026-11-23T12:00:00Z', anchor: 'default' },
  queries: [
    {
      id: 'q1',
      purpose: 'hosts',
      where: [],
      kind: 'rows',
      columns: ['device_hostname'],
      order: 'oldest',
      limit: 10,
    },
  ],
  assumptions: [],
  planner: 'deterministic',
};

/** An analyst that answers everything with the hosts that the asker's tenant has, once `gate` is open. */
export function createHostAnalyst(store: Store, gate: Promise<void> = Promise.resolve()) {
  const snapshot = noonUtc.getTime();
  const query: Query = {
    kind: 'rows',
    from: { kind: 'table', name: 'events' },
    columns: ['device_hostname'],
    limit: 10,
  };
  return createAnalyst({
    readsFor: (principal) => ({
      planner: { plan: async () => ({ kind: 'plan', plan }) },
      planContext: async () => ({ now: noonUtc, newestEvent: null }),
      async *gather(_plan, signal) {
        await gate;
        const found = await store.read(readScopeOf(principal, 'ask', snapshot), query, { signal });
        yield {
          id: 'e1',
          query_id: 'q1',
          kind: 'rows',
          purpose: 'hosts',
          sql: found.sql,
          snapshot: noonUtc.toISOString(),
          columns: [...found.columns],
          rows: found.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : null))),
          row_hash: '0'.repeat(64),
          truncated: found.truncated,
          elapsed_ms: found.elapsedMs,
        };
      },
      coverage: async () => [],
    }),
    writer: createOfflineWriter(),
    triager: createDeterministicTriager(),
    now: () => performance.now(),
    newRunId: randomUUID,
  });
}

/** Log and store of a folder of their own, holding `all`; chDB has one folder a process. */
export async function openEngines(all: readonly TenantData[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-api-'));
  const telemetry = await openLog({ folder: join(folder, 'log'), partitions: 1 });
  const store = await openStore({ folder: join(folder, 'store') });
  for (const data of all) await fill(store, data);
  return {
    folder,
    telemetry,
    store,
    async close() {
      await telemetry.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The whole API over these engines, with keys of its own, on a free port. */
export async function startApi(
  { folder, telemetry, store }: Awaited<ReturnType<typeof openEngines>>,
  changes: Partial<ApiDependencies> = {},
) {
  const now = () => performance.now();
  const keyFile = await openKeyFile({ folder: mkdtempSync(join(folder, 'keys-')), now });
  const keys = createKeys({ store: keyFile, random: randomBytes, clock: () => new Date() });
  const rows = (text: string) => store.rows(trust(text));
  const analyst = createHostAnalyst(store);
  const catalogue = loadCatalogue();
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    trace: createTrace(randomBytes),
    sink: { write: (line) => lines.push(line) },
  });
  const metrics = createMetrics();
  const emit = createEmit({ log, metrics });
  const clock = () => noonUtc;
  const refusals = createRefusals();
  const snapshot = () => noonUtc.getTime();
  const receive = createTelemetryReceiver({
    sources: catalogue,
    log: telemetry,
    refusals,
    metrics,
    emit,
    clock,
  });
  const authenticate = createAuthenticate(keyFile, createFailureLimit({ now }));
  const server = createApi({
    http: {
      authenticate,
      log,
      metrics,
      emit,
      random: randomBytes,
      now,
      maxBodyBytes: 1024 * 1024,
      maxInFlight: 16,
    },
    receive,
    analyst,
    ledger: createLedger({ store: { rows }, log: telemetry, refusals, snapshot }),
    store,
    snapshot,
    catalogue,
    keys,
    checks: [{ name: 'log', holds: () => true }],
    clock,
    ...changes,
  });
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    lines,
    /** A key of a tenant; with all scopes unless said. */
    async issue(tenant: string, scopes: readonly Scope[] = Scope.options, name = 'someone') {
      const { record, text } = await keys.issue(localPrincipal(tenant), { name, scopes });
      return { id: record.id, text };
    },
    async stop() {
      await server.close(0);
      await analyst.close();
      await keyFile.close();
    },
  };
}
