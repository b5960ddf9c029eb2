import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { maxHeartbeats, routes } from '../src/contracts/index.ts';
import { temporaryFolder } from './opened.ts';
import { post, type RunningServer, startServer } from './running-server.ts';
import {
  alertOn,
  failedLogon,
  type Hook,
  type Receiver,
  ruleFolder,
  ruleId,
  ruleText,
  send,
  settled,
  startReceiver,
  told,
  until,
} from './siem-desk.ts';

/** Tyrian as a small team has it: `tyrian serve`, its HTTP API and the command line. */
const folder = temporaryFolder('siem');
const place = (name: string) => join(folder.path, name);
afterAll(() => folder.remove());

const data = place('data');
const rules = ruleFolder(place('rules'));
const sources = place('sources');
mkdirSync(sources);
const environment = {
  TYRIAN_RULES_FOLDER: rules,
  TYRIAN_SOURCES_FOLDER: sources,
  TYRIAN_OUTBOUND_ALLOW: '127.0.0.1',
};

interface Person {
  readonly key: string;
  readonly client: RunningServer['client'];
}

let server: RunningServer;
let receiver: Receiver;
let people: Readonly<Record<'ann' | 'ben' | 'vera' | 'red', Person>>;

/** Keys survive a restart, the address does not. */
async function restarted(): Promise<void> {
  const { key } = server;
  await server.kill();
  server = { ...(await startServer(data, key, environment)), key };
  const again = ({ key }: Person): Person => ({ key, client: createClient({ url: server.url, key }) });
  const { ann, ben, vera, red } = people;
  people = { ann: again(ann), ben: again(ben), vera: again(vera), red: again(red) };
}

async function person(name: string, role: string, tenant = 'default'): Promise<Person> {
  const key = await told(data, '--tenant', tenant, 'keys', 'create', name, '--role', role);
  return { key, client: createClient({ url: server.url, key }) };
}

beforeAll(async () => {
  receiver = await startReceiver();
  server = await startServer(data, '', environment);
  people = {
    ann: await person('ann', 'analyst'),
    ben: await person('ben', 'analyst'),
    vera: await person('vera', 'viewer'),
    red: await person('red admin', 'admin', 'red'),
  };
});
afterAll(async () => {
  await server.stop();
  receiver.close();
});

describe('from a record to a closed alert', () => {
  it('a hit is an alert with its score explained; the same record again is no second hit', async () => {
    await send(server, [failedLogon('first', 1), failedLogon('other', 2, { TargetUserName: 'alice' })]);
    const { id } = await alertOn(server, 'first');
    await send(server, [failedLogon('first', 1)]);
    // Another body, so that it is no retry of the request.
    await send(server, [failedLogon('first', 1), failedLogon('other', 2, { TargetUserName: 'alice' })]);
    const { total } = await settled(server);
    expect(total).toMatchObject({ stored: 2, duplicate: 3, balanced: true });
    const alert = await server.client.alert({ params: { id } });
    expect(alert).toMatchObject({ hits: 1, events: 1, status: 'new', severity: 'high', assignee: null });
    expect(alert.points.length).toBeGreaterThan(0);
    expect(alert.points.reduce((sum, { points }) => sum + points, 0)).toBe(alert.score);
    expect(alert.detections).toMatchObject([
      { ordinal: 1, detection: { rule: { id: ruleId }, entity: { kind: 'host', value: 'first' } } },
    ]);
    const event_id = alert.detections[0]?.detection.event.event_id ?? '';
    const event = await server.client.event({ params: { event_id } });
    expect(JSON.parse(event.raw)).toMatchObject({ Computer: 'first', EventRecordID: 1 });
  });

  it('is worked on by named people, and the history says who, when, before and after', async () => {
    const { id } = await alertOn(server, 'first');
    const { client } = people.ann;
    expect((await client.alertPeople({})).people).toEqual(expect.arrayContaining(['ann', 'ben']));
    const change = { kind: 'assigned', assignee: 'ben' } as const;
    await client.changeAlert({ params: { id }, body: { change, expected: 0 } });
    await expect(
      client.changeAlert({ params: { id }, body: { change: { kind: 'assigned', assignee: 'vera' } } }),
    ).rejects.toMatchObject({ code: 'alerts.person_unknown' });
    const closing = {
      kind: 'status',
      status: 'closed',
      verdict: 'true_positive',
      note: 'it was her',
    } as const;
    await expect(
      people.ben.client.changeAlert({ params: { id }, body: { change: closing, expected: 0 } }),
    ).rejects.toMatchObject({ status: 409, code: 'alerts.changed' });
    await people.ben.client.changeAlert({ params: { id }, body: { change: closing, expected: 1 } });
    const { history, ...alert } = await client.alert({ params: { id } });
    expect(alert).toMatchObject({ status: 'closed', verdict: 'true_positive', assignee: 'ben', revision: 2 });
    expect(history).toMatchObject([
      {
        ...{ kind: 'status', by: { name: 'ben' }, note: 'it was her' },
        before: { status: 'new', verdict: null },
        after: { status: 'closed', verdict: 'true_positive' },
      },
      { kind: 'assigned', by: { name: 'ann' }, before: { assignee: null }, after: { assignee: 'ben' } },
    ]);
    expect(Date.parse(history[0]?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(history[1]?.at ?? ''));
  });

  it('after closing a new hit opens another alert, which names the one before', async () => {
    const [before] = (await server.client.alerts({ query: { entity: 'host:first' } })).alerts;
    await send(server, [failedLogon('first', 3)]);
    const { id } = await alertOn(server, 'first');
    expect(id).not.toBe(before?.id);
    expect(await server.client.alert({ params: { id } })).toMatchObject({
      ...{ hits: 1, previous: { id: before?.id, status: 'closed', verdict: 'true_positive' } },
    });
    expect(await server.client.alert({ params: { id: before?.id ?? '' } })).toMatchObject({ hits: 1 });
  });

  it('a viewer sees, and may change nothing; another tenant sees nothing', async () => {
    const { id } = await alertOn({ client: people.vera.client }, 'first');
    const body = { change: { kind: 'commented', note: 'x' } } as const;
    await expect(people.vera.client.changeAlert({ params: { id }, body })).rejects.toMatchObject({
      ...{ status: 403, code: 'guard.scope_missing' },
    });
    expect(await people.red.client.alerts({ query: {} })).toEqual({ alerts: [], next: null });
    for (const asked of [
      () => people.red.client.alert({ params: { id } }),
      () => people.red.client.changeAlert({ params: { id }, body }),
    ])
      await expect(asked()).rejects.toMatchObject({ status: 404, code: 'alerts.unknown' });
    const bulk = { ...body, ids: [id] };
    expect(await people.red.client.changeAlerts({ body: bulk })).toMatchObject({ changed: 0 });
    expect((await people.red.client.alertFacets({})).rules).toEqual([]);
  });

  it('the command line works on the same alerts, while the server runs', async () => {
    const { id } = await alertOn(server, 'first');
    expect(await told(data, 'alerts', 'list', '--entity', 'host:first', '--status', 'new')).toContain(
      id.slice(0, 8),
    );
    await told(data, 'alerts', 'assign', 'ann', id);
    await told(data, 'alerts', 'close', id, '--verdict', 'benign', '--note', 'a drill');
    const shown = await told(data, 'alerts', 'show', id);
    expect(shown).toContain('a drill');
    expect(JSON.parse(await told(data, 'alerts', 'show', id, '--json'))).toMatchObject({
      ...{ status: 'closed', verdict: 'benign', assignee: 'ann' },
    });
  });

  it('a rule that is switched off hits no more, for its own tenant alone', async () => {
    await told(data, 'rules', 'disable', ruleId);
    // In force within a second: a hit before that is one too many only for a host that is tried after it.
    await until(async () => {
      const host = `off-${Math.random().toString(36).slice(2)}`;
      await send(server, [failedLogon(host, 1)]);
      await send(server, [failedLogon(host, 2)], people.red.key);
      await alertOn({ client: people.red.client }, host);
      await settled(server);
      const { alerts } = await server.client.alerts({ query: { entity: `host:${host}` } });
      return alerts.every(({ rule }) => rule !== ruleId);
    });
    await told(data, 'rules', 'enable', ruleId);
    await until(async () => {
      const host = `on-${Math.random().toString(36).slice(2)}`;
      await send(server, [failedLogon(host, 1)]);
      await settled(server);
      const { alerts } = await server.client.alerts({ query: { entity: `host:${host}`, rule: ruleId } });
      return alerts.length > 0;
    });
  });
});

describe('keys', () => {
  it('a revoked one is refused from the answer on, on connections that are open too', async () => {
    const { key, client } = await person('carl', 'analyst');
    await client.alerts({ query: {} });
    const { keys } = await server.client.keys({});
    const id = keys.find(({ name }) => name === 'carl')?.id ?? '';
    await server.client.revokeKey({ params: { id } });
    await expect(client.alerts({ query: {} })).rejects.toMatchObject({ status: 401 });
    await expect(send(server, [failedLogon('x', 1)], key)).rejects.toThrow('401');
  });

  it('by role: a shipper sends and reads nothing, an analyst issues none', async () => {
    const shipper = await person('shipper', 'shipper');
    await send(server, [failedLogon('shipped', 1)], shipper.key);
    await expect(shipper.client.alerts({ query: {} })).rejects.toMatchObject({ status: 403 });
    await expect(people.ann.client.issueKey({ body: { name: 'more', role: 'admin' } })).rejects.toMatchObject(
      { status: 403 },
    );
  });

  it('are as acknowledged after a kill right behind the acknowledgement', async () => {
    const doomed = await server.client.issueKey({ body: { name: 'doomed', role: 'viewer' } });
    const { secret } = await server.client.issueKey({ body: { name: 'dora', role: 'viewer' } });
    await server.client.revokeKey({ params: { id: doomed.key.id } });
    await restarted();
    await createClient({ url: server.url, key: secret }).alerts({ query: {} });
    await expect(
      createClient({ url: server.url, key: doomed.secret }).alerts({ query: {} }),
    ).rejects.toMatchObject({ status: 401 });
  });
});

describe('someone is told', () => {
  let secret = '';
  const hooksOf = (host: string) => receiver.taken.filter(({ body }) => body.includes(host));

  it('by a webhook whose signature holds, and that says which alert', async () => {
    const said = await told(data, 'notify', 'add', 'ops', '--webhook', receiver.url, '--kinds', 'alert.*');
    secret = /whsec_\S+/.exec(said)?.[0] ?? '';
    await send(server, [failedLogon('told', 1)]);
    const { id } = await alertOn(server, 'told');
    const hook = await until(() => hooksOf('told')[0]);
    expect(isSigned(hook, secret)).toBe(true);
    expect(isSigned({ ...hook, body: `${hook.body} ` }, secret)).toBe(false);
    expect(JSON.parse(hook.body)).toMatchObject({ type: 'alert.opened', data: { severity: 'high' } });
    expect(hook.body).toContain(id);
  });

  it('again after a kill before the answer, with the same id; once when it was answered', async () => {
    receiver.answers = false;
    await send(server, [failedLogon('unanswered', 1)]);
    await until(() => hooksOf('unanswered')[0]);
    await server.kill();
    receiver.answers = true;
    await restarted();
    const [first, second] = await until(() => {
      const hooks = hooksOf('unanswered');
      return hooks.length > 1 && hooks;
    });
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    await until(async () => {
      const { deliveries } = await server.client.deliveries({ query: { state: 'sent' } });
      return deliveries.some(({ notice_id }) => notice_id === first?.headers['webhook-id']);
    });
    await restarted();
    await send(server, [failedLogon('later', 1)]);
    await until(() => hooksOf('later')[0]);
    expect(hooksOf('unanswered').length).toBe(2);
    expect(hooksOf('told').length).toBe(1);
  });
});

/** Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, in base64, behind `v1,`. */
function isSigned({ headers, body }: Hook, secret: string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const wanted = createHmac('sha256', key).update(signed).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((part) => {
      const given = Buffer.from(part.replace(/^v1,/, ''), 'base64');
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
}

describe("a user's own folders, while the server runs", () => {
  const mapping = (version: number, attribute = 'message') => `source: locks
version: ${version}
title: Locks of the test
forms:
  plain:
    recognise: [{ has: lock_id }]
classify:
  by: lock_id
  default: { class: 4001, activity: 1 }
  kinds: {}
attributes:
  ${attribute}: lock_id
`;
  const status = () => server.client.sourcesStatus({});
  const rowOf = async (source: string) => (await settled(server)).rows.find((row) => row.source === source);
  const lock = async (name: string) => {
    const body = JSON.stringify({ lock_id: name });
    return await post(`${server.url}/v1/telemetry/auto`, { key: server.key, body });
  };

  it('a source is taken up, changed, and kept when an edit breaks it', async () => {
    mkdirSync(join(sources, 'locks'));
    writeFileSync(join(sources, 'locks', 'mapping.yaml'), mapping(1));
    await until(async () => (await status()).sources.some(({ name }) => name === 'locks'));
    expect((await lock('L-1')).status).toBe(202);
    expect(await rowOf('locks')).toMatchObject({ stored: 1, balanced: true });
    writeFileSync(join(sources, 'locks', 'mapping.yaml'), mapping(2));
    await until(async () =>
      (await status()).sources.some(({ name, mapping_version }) => name === 'locks' && mapping_version === 2),
    );
    writeFileSync(join(sources, 'locks', 'mapping.yaml'), mapping(3, 'mesage'));
    const { faults } = await until(async () => {
      const now = await status();
      return now.faults.length > 0 && now;
    });
    expect(faults).toMatchObject([{ source: 'locks', in_force: true }]);
    expect(faults[0]?.message).toMatch(/mapping\.yaml:12:\d+: there is no attribute 'mesage'/);
    await lock('L-2');
    expect(await rowOf('locks')).toMatchObject({ stored: 2, dead: 0, balanced: true });
  });

  it('a rule is taken up, changed, and kept when an edit breaks it', async () => {
    const id = '5f1c0f4e-8f8b-4a52-9d63-54b6d9c1bbbb';
    const file = join(rules, 'trudy.yml');
    const loaded = () =>
      until(async () => {
        const all: { id: string; title: string }[] = [];
        let after: string | undefined;
        do {
          const page = await server.client.rules({ query: after === undefined ? {} : { after } });
          all.push(...page.rules);
          after = page.next ?? undefined;
          if (after === undefined)
            return { all, diagnostics: (await server.client.rules({ query: {} })).diagnostics };
        } while (after !== undefined);
        return undefined;
      });
    const hits = async (user: string, host: string) => {
      await send(server, [failedLogon(host, 1, { TargetUserName: user })]);
      await settled(server);
      const { alerts } = await server.client.alerts({ query: { entity: `host:${host}`, rule: id } });
      return alerts.length;
    };
    writeFileSync(file, ruleText('trudy', id));
    await until(async () => (await loaded()).all.some((rule) => rule.id === id));
    let tries = 0;
    await until(async () => (await hits('trudy', `trudy-${++tries}`)) === 1);
    writeFileSync(file, ruleText('trudy2', id));
    await until(async () => (await hits('trudy2', `trudy2-${++tries}`)) === 1);
    expect(await hits('trudy', 'trudy-no-more')).toBe(0);
    writeFileSync(file, ruleText('trudy3', id).replace('condition: logon', 'condition: logoff and'));
    const { all } = await until(async () => {
      const now = await loaded();
      return now.diagnostics.some((one) => one.file === file && one.severity === 'error') && now;
    });
    expect(all.some((rule) => rule.id === id)).toBe(true);
    expect(await hits('trudy2', 'trudy2-kept')).toBe(1);
    writeFileSync(file, 'title: [broken\n  yaml');
    await until(async () => (await loaded()).diagnostics.some(({ code }) => /yaml/.test(code)));
    expect(await hits('trudy2', 'trudy2-kept-too')).toBe(1);
  });
});

describe('the fleet', () => {
  it('2,000 agents are known by what they said last', async () => {
    const shipper = await person('relay', 'shipper');
    const heartbeat = (index: number) => ({
      ...{ agent_id: `agent-${index}`, hostname: `host-${index}`, version: `1.${index % 4}` },
      system: { name: index % 2 === 0 ? 'linux' : 'windows', version: '1', architecture: 'x64' },
      sent_at: new Date().toISOString(),
    });
    for (let from = 0; from < 2_000; from += maxHeartbeats) {
      const heartbeats = Array.from({ length: maxHeartbeats }, (_, index) => heartbeat(from + index));
      const receipt = await shipper.client.heartbeat({ body: { heartbeats } });
      expect(receipt).toMatchObject({ accepted: maxHeartbeats });
    }
    const summary = await people.vera.client.fleetSummary({});
    expect(summary).toMatchObject({ agents: 2_000, live: 2_000, silent: 0 });
    expect(summary.versions.map(({ agents }) => agents)).toEqual([500, 500, 500, 500]);
    expect(
      (await people.vera.client.agents({ query: { system: 'linux', limit: '1000' } })).agents,
    ).toHaveLength(1_000);
    expect(await people.red.client.fleetSummary({})).toMatchObject({ agents: 0 });
  });

  it('and its sources have a health of their own', async () => {
    await settled(server);
    const { sources: all } = await people.vera.client.sourceHealth({});
    const windows = all.find(({ source }) => source === 'windows');
    expect(windows).toMatchObject({ silent: false, dead: 0, dead_share: 0 });
    expect(windows?.ingest_lag?.p99).toBeGreaterThan(0);
    expect((await people.red.client.sourceHealth({})).sources.map(({ source }) => source)).not.toContain(
      'locks',
    );
  });
});

describe('the API says what it is', () => {
  it('every route stands in the OpenAPI document, with the scope it needs', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      readonly openapi: string;
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    const missing = Object.values(routes).filter(
      ({ path, method }) => document.paths[path]?.[method.toLowerCase()] === undefined,
    );
    expect(missing.map(({ path }) => path)).toEqual([]);
    expect(danglingReferences(document)).toEqual([]);
  });

  it('the page of the API has no script', async () => {
    const page = await (await fetch(`${server.url}/docs`)).text();
    expect(page).toMatch(/<html/i);
    expect(page).not.toMatch(/<script|javascript:|\son[a-z]+\s*=/i);
    for (const { path } of Object.values(routes)) expect(page).toContain(path);
  });
});

/** `$ref`s that lead nowhere within the document. */
function danglingReferences(document: unknown): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === '$ref' && typeof inner === 'string' && !leads(document, inner)) found.push(inner);
      visit(inner);
    }
  };
  visit(document);
  return found;
}

function leads(document: unknown, reference: string): boolean {
  let at: unknown = document;
  for (const part of reference.replace(/^#\//, '').split('/'))
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[
      part.replaceAll('~1', '/').replaceAll('~0', '~')
    ];
  return at !== undefined;
}
