import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { readConfig } from '../src/contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { trust } from '../src/sql/index.ts';
import { openTyrian } from '../src/system/index.ts';
import { logon } from './bad-records.ts';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, runCommand, startServer } from './running-server.ts';
import { failedLogon, ruleFolder, send, settled, told, until } from './siem-desk.ts';

/** How long what is kept, and what is taken out on request: a data folder that was filled three days ago. */
const folder = temporaryFolder('keeping');
const data = join(folder.path, 'data');
const rules = ruleFolder(join(folder.path, 'rules'));
const day = 86_400_000;
const then = Date.now() - 3 * day;
const environment = {
  TYRIAN_RULES_FOLDER: rules,
  TYRIAN_RETENTION_EVENTS_DAYS: '1',
  TYRIAN_RETENTION_DEAD_LETTERS_DAYS: '1',
};
const counts = { hits: 5, usual: 20, broken: 2 };
const allTimes = { from: new Date(then - day).toISOString(), to: new Date(Date.now() + day).toISOString() };

/** Ids of the events of a tenant as they were stored then, by retention class. */
interface Filled {
  readonly standard: readonly string[];
  readonly evidence: readonly string[];
}

let filled: Readonly<Record<'default' | 'held', Filled>>;
let server: RunningServer;
let held: RunningServer['client'];
let heldKey = '';

/** Opens the folder as it was then: every clock says so. */
async function fill(tenant: string): Promise<Filled> {
  const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
  const metrics = createMetrics();
  const tyrian = await openTyrian({
    config: readConfig({
      environment: {},
      overrides: { data_folder: data, tenant, rules: { folder: rules } },
    }),
    ...{ command: 'test', log, metrics, emit: createEmit({ log, metrics }) },
    clock: () => then,
    onFatal: (error) => {
      throw error;
    },
  });
  const { signal } = new AbortController();
  try {
    const file = join(folder.path, `${tenant}.ndjson`);
    const lines = [
      ...Array.from({ length: counts.hits }, (_, index) => failedLogon(`${tenant}-hit`, index)),
      ...Array.from({ length: counts.usual }, (_, index) =>
        logon(`${tenant}-usual`, { EventRecordID: index }),
      ),
      ...Array.from({ length: counts.broken }, (_, index) =>
        logon('broken', { EventRecordID: index }).slice(0, -1),
      ),
    ];
    writeFileSync(file, lines.join('\n'));
    await tyrian.importPaths({ paths: [file], signal });
    await tyrian.settled(signal);
    await tyrian.workflow.journal.settled();
    tyrian.workflow.agents.heard(tenant, [
      {
        ...{ agent_id: 'old', hostname: 'h', version: '1', sent_at: new Date(then).toISOString() },
        system: { name: 'linux', version: '1', architecture: 'x64' },
      },
    ]);
    const ids = async (retention: string) => {
      const rows = await tyrian.store.rows(
        trust(
          `SELECT lower(hex(event_id)) AS id FROM events WHERE tenant = '${tenant}' AND retention_class = '${retention}'`,
        ),
      );
      return rows.map(({ id }) => String(id).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
    };
    return { standard: await ids('standard'), evidence: await ids('evidence') };
  } finally {
    await tyrian.close();
  }
}

/** How many of these events are still there. */
async function kept(client: RunningServer['client'], ids: readonly string[]): Promise<number> {
  const found = await Promise.all(
    ids.map((event_id) =>
      client.event({ params: { event_id } }).then(
        () => 1,
        (error: { status?: number }) => {
          if (error.status !== 404) throw error;
          return 0;
        },
      ),
    ),
  );
  return found.reduce<number>((sum, one) => sum + one, 0);
}

const ledger = async (client: RunningServer['client']) => {
  await settled({ client });
  return (await client.ledger({ query: allTimes })).total;
};

beforeAll(async () => {
  filled = { default: await fill('default'), held: await fill('held') };
  await told(data, '--tenant', 'held', 'retention', 'hold', 'court', 'order', '12/26');
  server = await startServer(data, '', environment);
  heldKey = await told(data, '--tenant', 'held', 'keys', 'create', 'boss', '--role', 'admin');
  held = createClient({ url: server.url, key: heldKey });
}, 180_000);
afterAll(async () => {
  await server.stop();
  folder.remove();
});

describe('what is older than its class allows', () => {
  it('goes by the daily sweep: events without a hit and dead letters, but no evidence, and nothing that is held', async () => {
    expect(filled.default.standard).toHaveLength(counts.usual);
    expect(filled.default.evidence).toHaveLength(counts.hits);
    const [job] = await until(async () => {
      const { jobs } = await server.client.jobs({ query: { kind: 'retention.sweep' } });
      return jobs[0]?.state === 'done' && jobs;
    });
    expect(job?.result).toMatchObject({
      ...{ events: counts.usual, evidence: 0, dead_letters: counts.broken, held_tenants: 1 },
    });
    expect(await kept(server.client, filled.default.standard)).toBe(0);
    expect(await kept(server.client, filled.default.evidence)).toBe(counts.hits);
    expect((await server.client.deadLetters({ query: {} })).dead_letters).toEqual([]);
    expect(await kept(held, [...filled.held.standard, ...filled.held.evidence])).toBe(
      counts.usual + counts.hits,
    );
    expect((await held.deadLetters({ query: {} })).dead_letters).toHaveLength(counts.broken);
  });

  it('leaves the ledgers in balance, and alerts with their evidence', async () => {
    expect(await ledger(server.client)).toMatchObject({ balanced: true, in_flight: 0 });
    expect(await ledger(held)).toMatchObject({ balanced: true, in_flight: 0 });
    const { alerts } = await server.client.alerts({ query: {} });
    const found = alerts.find(({ entity }) => entity.value === 'default-hit');
    expect(found).toMatchObject({ hits: counts.hits, events: counts.hits });
  });

  it('is told by the command line, with the holds', async () => {
    const shown = await told(data, '--tenant', 'held', 'retention');
    expect(shown).toMatch(/events\s+1 days/);
    expect(shown).toMatch(/Held: court since \S+ by .+: order 12\/26/);
  });

  it('an agent that said nothing for three days is silent, one that speaks again is not', async () => {
    expect(await server.client.fleetSummary({})).toMatchObject({ agents: 1, live: 0, silent: 1 });
    const { agents } = await server.client.agents({ query: { silent: 'true' } });
    expect(agents).toMatchObject([{ agent_id: 'old', last_seen: new Date(then).toISOString() }]);
    const heartbeat = {
      ...{ agent_id: 'old', hostname: 'h', version: '2', sent_at: new Date().toISOString() },
      system: { name: 'linux', version: '1', architecture: 'x64' },
    };
    await server.client.heartbeat({ body: { heartbeats: [heartbeat] } });
    expect(await server.client.fleetSummary({})).toMatchObject({ agents: 1, live: 1, silent: 0 });
  });
});

describe('what is to be forgotten', () => {
  const erase = (...words: readonly string[]) =>
    runCommand(['--data', data, '--tenant', 'held', 'erase', ...words]);

  it('is not while the tenant is under legal hold', async () => {
    const { code, err } = await erase('--person', 'mallory-of-the-test');
    expect(code).toBe(1);
    expect(err).toMatch(/legal hold/);
    expect(await kept(held, filled.held.evidence)).toBe(counts.hits);
    await told(data, '--tenant', 'held', 'retention', 'release', 'court');
  });

  it('is gone from events, dead letters and alerts; the receipt says how much, and names nobody', async () => {
    await send(server, [failedLogon('held-late', 1)], heldKey);
    const { code, out, err } = await erase('--person', 'Mallory-of-the-test');
    expect([code, err]).toEqual([0, '']);
    const receipt: unknown = JSON.parse(out);
    expect(receipt).toMatchObject({ subject: 'person', erased: { events: counts.hits + 1 } });
    expect(out).not.toMatch(/mallory/i);
    expect(await kept(held, filled.held.evidence)).toBe(0);
    expect(await kept(held, filled.held.standard)).toBe(counts.usual);
    expect(await kept(server.client, filled.default.evidence)).toBe(counts.hits);
    // Minutes of receipt before the sweep's horizon are not compared any more: of the six the late one is.
    expect(await ledger(held)).toMatchObject({ balanced: true, erased: 1, in_flight: 0 });
    const { alerts } = await held.alerts({ query: {} });
    expect(alerts.length).toBeGreaterThan(0);
    const views = await Promise.all(alerts.map(({ id }) => held.alert({ params: { id } })));
    expect(JSON.stringify(views)).not.toMatch(/mallory/i);
    expect(JSON.stringify(await held.audit({ query: {} }))).not.toMatch(/mallory/i);
    expect(JSON.stringify(await held.jobs({ query: {} }))).not.toMatch(/mallory/i);
  });

  it('or with the whole tenant, and only that one', async () => {
    const wrong = await erase('--all-of-tenant', 'default');
    expect(wrong.code).toBe(1);
    const { code, err } = await erase('--all-of-tenant', 'held');
    expect([code, err]).toEqual([0, '']);
    expect(await kept(held, filled.held.standard)).toBe(0);
    expect((await held.deadLetters({ query: {} })).dead_letters).toEqual([]);
    expect(await ledger(held)).toMatchObject({ balanced: true, in_flight: 0 });
    expect(await ledger(server.client)).toMatchObject({ balanced: true, in_flight: 0, erased: 0 });
    expect(await kept(server.client, filled.default.evidence)).toBe(counts.hits);
    // It goes on: what comes now is stored and detected.
    await send(server, [failedLogon('held-again', 1)], heldKey);
    await until(async () => (await held.alerts({ query: { entity: 'host:held-again' } })).alerts[0]);
    expect(await ledger(held)).toMatchObject({ balanced: true, in_flight: 0 });
  });
});
