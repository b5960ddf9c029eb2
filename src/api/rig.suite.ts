import { hash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { alertsProjection, createAlerts, createExceptions, defaultLimits } from '../alerts/index.ts';
import { createAnalyst, createDeterministicTriager, createOfflineWriter } from '../analyst/index.ts';
import { casesProjection, createCases, followOpenings } from '../cases/index.ts';
import { ChannelRequest, type HuntPlan, Scope } from '../contracts/index.ts';
import { compileRuleSql } from '../detect/index.ts';
import { fleetMigrations, openAgents } from '../fleet/index.ts';
import {
  createAuthenticate,
  createFailureLimit,
  createKeys,
  createSecrets,
  guardProjection,
  localPrincipal,
  openKeyStore,
  readScopeOf,
} from '../guard/index.ts';
import { createTelemetryReceiver } from '../intake/index.ts';
import { createIntel, ownNotesFolder } from '../intel/index.ts';
import { createJobs, type JobKind, jobsMigrations } from '../jobs/index.ts';
import { journalMigrations, openAudit, openJournal, recordedDetections } from '../journal/index.ts';
import { createLedger, createRefusals } from '../ledger/index.ts';
import { openLog, openTopics } from '../log/index.ts';
import { createLiveCatalogue, fieldSql, type SourceCatalogue } from '../normalise/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../observe/index.ts';
import {
  Circuits,
  channelProjection,
  createChannels,
  createDeliveries,
  createNotices,
} from '../respond/index.ts';
import { createHolds, EraseSubject, holdsProjection } from '../retention/index.ts';
import {
  createHuntHits,
  createHunts,
  createRulePacks,
  createRules,
  huntMigrations,
  openInstalledPacks,
  openLiveRules,
  openRuleMask,
  ownRules,
  rulePacksProjection,
  rulesProjection,
} from '../rules/index.ts';
import { createScanner, ownYaraRules } from '../scan/index.ts';
import { type Query, trust } from '../sql/index.ts';
import { openState } from '../state/index.ts';
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

const processView = {
  url: '',
  pipeline: {
    ...{ records: 0, stored: 0, duplicate: 0, dead: 0, faults: 0, frames_waiting: 0, last_batch: null },
    ...{ records_per_second: 0, stored_per_second: 0 },
  },
  store: { bytes: 0, events: 0, dead_letters: 0 },
  disk: { free_bytes: 0, total_bytes: 0 },
};

const unmeasured = {
  ...{ last_received_at: null, silent: false, events: 0, dead: 0, dead_share: null, drift: [] },
  ...{ delivery_lag: null, ingest_lag: null },
};

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

const projections = [
  guardProjection,
  alertsProjection(defaultLimits, followOpenings),
  casesProjection(),
  rulesProjection(),
  rulePacksProjection(),
  channelProjection,
  holdsProjection,
];

/** Telemetry and workflow engines of a folder of their own, holding `all`; chDB has one folder a process. */
export async function openEngines(all: readonly TenantData[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-api-'));
  const telemetry = await openLog({ folder: join(folder, 'log'), partitions: 1 });
  const store = await openStore({ folder: join(folder, 'store') });
  for (const data of all) await fill(store, data);
  const workflow = await openWorkflow(folder);
  for (const data of all) await fillWorkflow(workflow, data);
  return {
    ...{ folder, telemetry, store, workflow },
    async close() {
      await telemetry.close();
      await store.close();
      await workflow.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type Workflow = Awaited<ReturnType<typeof openWorkflow>>;

async function openWorkflow(folder: string) {
  const migrations = [
    ...journalMigrations,
    ...jobsMigrations,
    ...fleetMigrations,
    ...huntMigrations,
    ...projections.flatMap((projection) => projection.migrations),
  ];
  const topics = await openTopics({ folder: join(folder, 'topics') });
  const state = await openState({ folder: join(folder, 'state'), migrations });
  const clock = () => noonUtc;
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const journal = await openJournal({ topics, state, projections, clock, onFault });
  const audit = await openAudit({ topics, state, clock, onFault });
  const keys = await openKeyStore({ journal, state });
  const agents = await openAgents({
    ...{ state, onFault, silentMilliseconds: 60_000 },
    clock: () => noonUtc.getTime(),
  });
  const kind = {
    ...{ name: 'test.work', parameters: z.object({ mark: z.string() }), maxAttempts: 1 },
    run: async () => ({}),
  };
  const erase = { ...kind, name: 'retention.erase', parameters: EraseSubject } as unknown as JobKind;
  const replay = { ...kind, name: 'pipeline.replay', parameters: z.object({}) } as unknown as JobKind;
  const hunt = { ...kind, name: 'rules.hunt', parameters: z.object({}) } as unknown as JobKind;
  const backfill = { ...hunt, name: 'rules.backfill' };
  const jobs = createJobs({
    ...{
      state,
      clock,
      onFault,
      kinds: [kind as JobKind, erase, replay, hunt, backfill],
      owner: 'test',
      newId: randomUUID,
      parallel: 1,
    },
  });
  const mask = await openRuleMask({ state, journal, onChange: () => {} });
  const installed = await openInstalledPacks({ state, journal, onChange: () => {} });
  const live = openLiveRules({
    folders: [ownRules],
    installed: () => installed.inForce().map(({ pack }) => pack),
    onChange: () => {},
    onFault,
  });
  const secrets = createSecrets({ folder, random: randomBytes });
  return {
    ...{ state, journal, audit, keys, agents, jobs },
    rules: createRules({ live, mask }),
    rulePacks: createRulePacks({ live, installed }),
    huntsIn: (store: Store, catalogue: SourceCatalogue) =>
      createHunts({
        ...{ jobs, mask, clock, hits: createHuntHits(state), packs: () => live.packs() },
        store: { rows: (sql, { signal }) => store.rows(trust(sql), { signal }) },
        sqlOf: (rule) => compileRuleSql(rule, fieldSql(catalogue)),
        snapshot: () => noonUtc.getTime(),
      }),
    alerts: createAlerts({ state, journal, newId, people: async () => [] }),
    cases: createCases({ state, journal, newId, people: async () => [] }),
    exceptions: createExceptions({
      ...{ state, journal, clock: () => noonUtc },
      recorded: (request) => recordedDetections(topics, request),
      newId,
    }),
    channels: createChannels({
      ...{ journal, state, secrets, random: randomBytes },
      circuits: new Circuits(),
      clock: () => noonUtc.getTime(),
    }),
    holds: createHolds({ state, journal }),
    notices: createNotices({ state, clock: () => noonUtc.getTime() }),
    deliveries: createDeliveries({ state, clock: () => noonUtc.getTime() }),
    async close() {
      live.close();
      await installed.close();
      await jobs.close();
      await agents.close();
      await keys.close();
      await audit.close();
      await journal.close();
      await state.close();
      await topics.close();
    },
  };
}

const newId = () => randomBytes(16).toString('hex');

/** An alert, an agent, a channel, a job and a line of the audit trail, each with the tenant's mark. */
async function fillWorkflow(workflow: Workflow, { tenant, mark, eventId }: TenantData): Promise<void> {
  const by = { ...localPrincipal(tenant, mark) };
  const logic = hash('sha256', tenant, 'hex');
  await workflow.journal.detected([
    {
      id: hash('sha256', eventId, 'hex').slice(0, 32),
      tenant,
      rule: {
        ...{ id: 'r1', logic, title: mark, level: 'high', tags: [] },
        pack: '',
        author: '',
        license: '',
      },
      event: {
        ...{ event_id: eventId, time: null, received_at: noonUtc.toISOString(), source: mark },
        raw_sha256: logic,
      },
      entity: { kind: 'host', value: mark },
      matched: [],
      detected_at: noonUtc.toISOString(),
    },
  ]);
  await workflow.journal.settled();
  workflow.agents.heard(tenant, [
    {
      ...{ agent_id: `agent-of-${tenant}`, hostname: mark, version: '1', sent_at: noonUtc.toISOString() },
      system: { name: 'linux', version: '1', architecture: 'x64' },
    },
  ]);
  const email = { name: `way-of-${tenant}`, kind: 'email', to: [`${mark}@example.com`] };
  await workflow.channels.set(by, ChannelRequest.parse(email));
  await workflow.jobs.start({ kind: 'test.work', tenant, by, parameters: { mark }, id: `job-of-${tenant}` });
  const huntId = `hunt-of-${tenant}`;
  const huntedRule = { id: 'r1', title: mark, level: 'high' };
  const huntedTimes = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', anchored: false };
  await workflow.jobs.start({
    ...{ kind: 'rules.hunt', tenant, by, id: huntId },
    parameters: {
      ...{ purpose: 'hunt', rule: { kind: 'id', id: 'r1' }, head: huntedRule, logic, limit: 1 },
      window: huntedTimes,
    },
  });
  const hit = {
    event_id: eventId,
    time: null,
    received_at: noonUtc.toISOString(),
    source: mark,
    matched: [],
  };
  const entity = { kind: 'host' as const, value: mark };
  await createHuntHits(workflow.state).save(tenant, huntId, 1, [{ ...hit, entity }]);
  const test = { kind: 'equals' as const, values: [`not-${mark}`] };
  const marked = { kind: 'host' as const, test };
  await workflow.exceptions.add({
    ...{ tenant, by: { id: by.id, name: mark } },
    exception: { rule: null, conditions: [marked], reason: mark, expires_at: '2026-12-01T00:00:00Z' },
  });
  await workflow.holds.place({
    tenant,
    by: { id: by.id, name: mark },
    name: `hold-of-${tenant}`,
    reason: mark,
  });
  const at = noonUtc.toISOString();
  const notice = `msg_${hash('sha256', mark, 'hex').slice(0, 32)}`;
  await workflow.state.query(
    `INSERT INTO notices (tenant, id, at, kind, severity, subject, payload)
     VALUES ($1, $2, $3, 'alert.opened', 'high', $4, '{}')`,
    [tenant, notice, at, mark],
  );
  await workflow.state.query(
    `INSERT INTO deliveries (tenant, notice_id, channel, state, attempts, since, next_at, ended_at)
     VALUES ($1, $2, $3, 'dead', 3, $4, $4, $4)`,
    [tenant, notice, email.name, at],
  );
  const line = { action: 'test.done', outcome: 'done', details: { mark }, trace_id: '' } as const;
  await workflow.audit.record({ tenant, by: { id: by.id, name: mark }, ...line });
}

/** The whole API over these engines, with keys of its own, on a free port. */
export async function startApi(
  { telemetry, store, workflow }: Awaited<ReturnType<typeof openEngines>>,
  changes: Partial<ApiDependencies> = {},
) {
  const now = () => performance.now();
  const keys = createKeys({ store: workflow.keys, random: randomBytes, clock: () => new Date() });
  const rows = (text: string) => store.rows(trust(text));
  const analyst = createHostAnalyst(store);
  const catalogue = await createLiveCatalogue({
    ...{ folders: [], onChange: () => {}, onFault: () => {} },
    clock: () => noonUtc,
  });
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
  const scanner = createScanner({ folders: [ownYaraRules], threads: 1, maxHeldBytes: 1024 * 1024 });
  const receive = createTelemetryReceiver({
    sources: catalogue,
    log: telemetry,
    refusals,
    metrics,
    emit,
    clock,
  });
  const authenticate = createAuthenticate(workflow.keys, createFailureLimit({ now }));
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
    scanner,
    ...workflow,
    hunts: workflow.huntsIn(store, catalogue),
    keys,
    retention: { days: { events: 90, evidence: 730, deadLetters: 30, alerts: 730 }, logHours: 72 },
    intel: createIntel({ store, newId: randomUUID, ownNotes: ownNotesFolder, clock }),
    program: { version: '0', startedAt: noonUtc, status: async () => processView },
    silentMilliseconds: 60_000,
    sourceHealth: async (tenant) => ({
      measured_at: noonUtc.toISOString(),
      sources: [{ ...unmeasured, source: `mark-of-${tenant}` }],
    }),
    testChannel: async () => ({ ok: true, status: 200, code: null }),
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
      await scanner.close();
      await catalogue.close();
      await analyst.close();
    },
  };
}
