import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { type RouteName, routes } from '../contracts/index.ts';
import { loadPack, ownRules } from '../rules/index.ts';
import { openEngines, startApi, type TenantData, tenantData } from './rig.suite.ts';

const acme = tenantData('acme');
const rival = tenantData('rival');
/** Names of the keys of both tenants hold the tenant's mark as well. */
const keyIds = new Map<string, string>();
const runIds = new Map<string, string>();

interface Crossing {
  /** The request that reaches for the data of `owner`. */
  readonly reach: (owner: TenantData) => RequestInit & { readonly path: string };
  /** shown: the owner sees its mark. own: the answer has nothing of any tenant, or only what the caller just sent. */
  readonly owner: 'shown' | 'own';
  /** What the owner is answered with where it is refused. */
  readonly ownerStatus?: number;
  /** What the stranger is answered with; by default what the owner is. */
  readonly strangerStatus?: number;
}

const json = { 'content-type': 'application/json' };
const get = (path: string) => ({ path });

const post = (path: string, body: string) => ({ path, method: 'POST', body, headers: json });
const aRule = loadPack(ownRules).rules[0]?.id ?? '';
const order = JSON.stringify({ rule: { kind: 'id', id: aRule }, since: '30d' });
const aRuleText =
  'title: t\nid: crossing\nlevel: low\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 1}, condition: s}\n';
const hostException = (value: string) => ({
  rule: null,
  conditions: [{ kind: 'host', test: { kind: 'equals', values: [value] } }],
});
const anException = hostException('nobody');
let hold = 0;
const intelIds = new Map<string, string>();
const alertIds = new Map<string, string>();
const exceptionIds = new Map<string, string>();
const caseIds = new Map<string, string>();
const deliveryIds = new Map<string, string>();
const hours = { sent_at: '2026-11-23T12:00:00Z' };
const heartbeat = {
  ...{ agent_id: 'new', hostname: 'h', version: '1', ...hours },
  system: { name: 'linux', version: '1', architecture: 'x64' },
};

/**
 * How each declared route is called with another tenant's data in reach. A new route needs an entry: the type asks for
 * it, and the first test too.
 */
const crossings: Readonly<Record<RouteName, Crossing>> = {
  live: { reach: () => get('/livez'), owner: 'own' },
  ready: { reach: () => get('/readyz'), owner: 'own' },
  metrics: { reach: () => get('/metrics'), owner: 'own' },
  openApi: { reach: () => get('/openapi.json'), owner: 'own' },
  apiPage: { reach: () => get('/docs'), owner: 'own' },
  sendTelemetry: {
    reach: ({ mark }) => ({
      path: '/v1/telemetry/auto',
      method: 'POST',
      body: '{"a":1}',
      headers: { 'x-tyrian-stream': mark },
    }),
    owner: 'own',
  },
  ask: {
    reach: () => ({ path: '/v1/ask', method: 'POST', body: '{"question":"who?"}', headers: json }),
    owner: 'shown',
  },
  resumeAsk: {
    reach: ({ tenant }) => get(`/v1/ask/${runIds.get(tenant)}`),
    owner: 'shown',
    strangerStatus: 404,
  },
  ledger: { reach: () => get('/v1/ledger'), owner: 'shown' },
  deadLetters: { reach: () => get('/v1/dead-letters'), owner: 'shown' },
  sourcesStatus: { reach: () => get('/v1/sources/status'), owner: 'own' },
  sources: { reach: () => get('/v1/sources'), owner: 'own' },
  event: { reach: ({ eventId }) => get(`/v1/events/${eventId}`), owner: 'shown', strangerStatus: 404 },
  keys: { reach: () => get('/v1/keys'), owner: 'shown' },
  issueKey: {
    reach: () => ({
      path: '/v1/keys',
      method: 'POST',
      body: '{"name":"new","scopes":["ask"]}',
      headers: json,
    }),
    owner: 'own',
  },
  people: { reach: () => get('/v1/people'), owner: 'shown' },
  revokeKey: {
    reach: ({ tenant }) => ({ path: `/v1/keys/${keyIds.get(tenant)}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
  audit: { reach: () => get('/v1/audit'), owner: 'shown' },
  alerts: { reach: () => get('/v1/alerts'), owner: 'shown' },
  alertFacets: { reach: () => get('/v1/alerts/facets'), owner: 'shown' },
  alertPeople: { reach: () => get('/v1/alerts/people'), owner: 'own' },
  alert: {
    reach: ({ tenant }) => get(`/v1/alerts/${alertIds.get(tenant)}`),
    owner: 'shown',
    strangerStatus: 404,
  },
  alertEvidence: {
    reach: ({ tenant }) => get(`/v1/alerts/${alertIds.get(tenant)}/evidence`),
    owner: 'shown',
    strangerStatus: 404,
  },
  changeAlert: {
    reach: ({ tenant }) =>
      post(
        `/v1/alerts/${alertIds.get(tenant)}/changes`,
        JSON.stringify({ change: { kind: 'commented', note: 'seen' } }),
      ),
    owner: 'shown',
    strangerStatus: 404,
  },
  changeAlerts: {
    reach: ({ tenant }) =>
      post(
        '/v1/alerts/changes',
        JSON.stringify({ ids: [alertIds.get(tenant)], change: { kind: 'commented', note: 'seen' } }),
      ),
    owner: 'own',
  },
  cases: { reach: () => get('/v1/cases'), owner: 'shown' },
  case: {
    reach: ({ tenant }) => get(`/v1/cases/${caseIds.get(tenant)}`),
    owner: 'shown',
    strangerStatus: 404,
  },
  changeCase: {
    reach: ({ tenant }) =>
      post(
        `/v1/cases/${caseIds.get(tenant)}/changes`,
        JSON.stringify({ change: { kind: 'commented', note: 'seen' } }),
      ),
    owner: 'shown',
    strangerStatus: 404,
  },
  undoAlertChanges: {
    reach: () => post(`/v1/alerts/changes/${'0'.repeat(32)}/undo`, '{}'),
    owner: 'own',
    ownerStatus: 404,
  },
  alertRules: { reach: () => get('/v1/alerts/rules'), owner: 'shown' },
  alertBudgets: { reach: () => get('/v1/alerts/budgets'), owner: 'own' },
  setAlertBudget: {
    reach: () => post('/v1/alerts/budgets', '{"rule":null,"alerts_an_hour":7}'),
    owner: 'own',
  },
  exceptions: { reach: () => get('/v1/exceptions'), owner: 'shown' },
  exception: {
    reach: ({ tenant }) => get(`/v1/exceptions/${exceptionIds.get(tenant)}`),
    owner: 'shown',
    strangerStatus: 404,
  },
  addException: {
    reach: () =>
      post(
        '/v1/exceptions',
        JSON.stringify({ ...anException, reason: 'new', expires_at: '2026-12-01T00:00:00Z' }),
      ),
    owner: 'own',
  },
  endException: {
    reach: ({ tenant }) => post(`/v1/exceptions/${exceptionIds.get(tenant)}/end`, ''),
    owner: 'shown',
    strangerStatus: 404,
  },
  previewException: {
    reach: ({ mark }) => post('/v1/exceptions/preview', JSON.stringify(hostException(mark))),
    owner: 'shown',
  },
  rules: { reach: () => get('/v1/rules'), owner: 'own' },
  rulePacks: { reach: () => get('/v1/rule-packs'), owner: 'own' },
  installRulePack: {
    reach: () =>
      post('/v1/rule-packs/crossing', JSON.stringify({ files: [{ path: 'a.yml', text: aRuleText }] })),
    owner: 'own',
  },
  rollBackRulePack: {
    reach: () => post('/v1/rule-packs/absent/rollback', '{}'),
    owner: 'own',
    ownerStatus: 404,
  },
  uninstallRulePack: {
    reach: () => ({ path: '/v1/rule-packs/absent', method: 'DELETE' }),
    owner: 'own',
    ownerStatus: 404,
  },
  setRule: { reach: () => post(`/v1/rules/${aRule}`, '{"enabled":false}'), owner: 'own' },
  channels: { reach: () => get('/v1/notify/channels'), owner: 'shown' },
  setChannel: {
    reach: () => post('/v1/notify/channels', '{"name":"new","kind":"email","to":["a@example.com"]}'),
    owner: 'own',
  },
  testChannel: { reach: ({ tenant }) => post(`/v1/notify/channels/way-of-${tenant}/test`, ''), owner: 'own' },
  deliveries: { reach: () => get('/v1/deliveries'), owner: 'shown' },
  delivery: {
    reach: ({ tenant }) => get(`/v1/deliveries/${deliveryIds.get(tenant)}`),
    owner: 'shown',
    strangerStatus: 404,
  },
  replayDelivery: {
    reach: ({ tenant }) => post(`/v1/deliveries/${deliveryIds.get(tenant)}/replay`, ''),
    owner: 'shown',
    strangerStatus: 404,
  },
  removeChannel: {
    reach: ({ tenant }) => ({ path: `/v1/notify/channels/way-of-${tenant}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
  replayDeliveries: { reach: () => post('/v1/deliveries/replay', '{}'), owner: 'own' },
  scanFile: {
    reach: () => ({ path: '/v1/files/scan', method: 'POST', body: 'some bytes' }),
    owner: 'own',
  },
  scanRules: { reach: () => get('/v1/files/rules'), owner: 'own' },
  heartbeat: {
    reach: () => post('/v1/agents/heartbeat', JSON.stringify({ heartbeats: [heartbeat] })),
    owner: 'own',
  },
  agents: { reach: () => get('/v1/agents'), owner: 'shown' },
  fleetSummary: { reach: () => get('/v1/agents/summary'), owner: 'own' },
  retireAgent: {
    reach: ({ tenant }) => ({ path: `/v1/agents/agent-of-${tenant}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
  sourceHealth: { reach: () => get('/v1/source-health'), owner: 'shown' },
  status: { reach: () => get('/v1/status'), owner: 'shown' },
  deadLetterReasons: { reach: () => get('/v1/dead-letters/reasons'), owner: 'shown' },
  replayDeadLetters: { reach: () => post('/v1/dead-letters/replay', '{}'), owner: 'own' },
  makeBackup: {
    reach: () => post('/v1/backups', '{"folder":"/tmp/none"}'),
    owner: 'own',
    ownerStatus: 403,
  },
  rebuildState: { reach: () => post('/v1/state/rebuild', '{}'), owner: 'own', ownerStatus: 403 },
  importIntel: {
    reach: () => ({ path: '/v1/intel/documents?name=new', method: 'POST', body: '# New\n\nA note.' }),
    owner: 'own',
  },
  intelDocuments: { reach: () => get('/v1/intel/documents'), owner: 'shown' },
  searchIntel: { reach: () => get('/v1/intel/search?q=quokka'), owner: 'shown' },
  removeIntel: {
    reach: ({ tenant }) => ({ path: `/v1/intel/documents/${intelIds.get(tenant)}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
  startImport: {
    reach: () => post('/v1/imports', '{"paths":["/tmp/none"]}'),
    owner: 'own',
    ownerStatus: 403,
  },
  retention: { reach: () => get('/v1/retention'), owner: 'shown' },
  placeHold: {
    reach: () => post('/v1/retention/holds', JSON.stringify({ name: `new-${hold++}`, reason: 'court' })),
    owner: 'own',
  },
  releaseHold: {
    reach: ({ tenant }) => ({ path: `/v1/retention/holds/hold-of-${tenant}`, method: 'DELETE' }),
    owner: 'own',
    strangerStatus: 404,
  },
  // Both are under the holds that were placed above.
  erase: {
    reach: () => post('/v1/retention/erase', '{"kind":"person","name":"nobody"}'),
    owner: 'own',
    ownerStatus: 409,
  },
  startHunt: { reach: () => post('/v1/hunts', order), owner: 'own' },
  explainHunt: { reach: () => post('/v1/hunts/explain', order), owner: 'own' },
  hunts: { reach: () => get('/v1/hunts'), owner: 'shown' },
  hunt: { reach: ({ tenant }) => get(`/v1/hunts/hunt-of-${tenant}`), owner: 'shown', strangerStatus: 404 },
  huntHits: {
    reach: ({ tenant }) => get(`/v1/hunts/hunt-of-${tenant}/hits`),
    owner: 'shown',
    strangerStatus: 404,
  },
  cancelHunt: {
    reach: ({ tenant }) => ({ path: `/v1/hunts/hunt-of-${tenant}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
  backtestRule: { reach: () => post('/v1/rules/backtest', order), owner: 'own' },
  backfillRules: { reach: () => post('/v1/rules/backfill', '{"since":"30d"}'), owner: 'own' },
  jobs: { reach: () => get('/v1/jobs'), owner: 'shown' },
  job: { reach: ({ tenant }) => get(`/v1/jobs/job-of-${tenant}`), owner: 'shown', strangerStatus: 404 },
  cancelJob: {
    reach: ({ tenant }) => ({ path: `/v1/jobs/job-of-${tenant}`, method: 'DELETE' }),
    owner: 'shown',
    strangerStatus: 404,
  },
};

let engines: Awaited<ReturnType<typeof openEngines>>;
let api: Awaited<ReturnType<typeof startApi>>;
const texts = new Map<string, string>();
beforeAll(async () => {
  engines = await openEngines([acme, rival]);
  api = await startApi(engines);
  for (const { tenant, mark } of [acme, rival]) {
    texts.set(tenant, (await api.issue(tenant)).text);
    keyIds.set(tenant, (await api.issue(tenant, ['ask'], `key ${mark}`)).id);
    const client = createClient({ url: api.url, key: texts.get(tenant) ?? '' });
    const note = `# ${mark}\n\nThe quokka of ${mark}.`;
    const document = await client.importIntel({ query: { name: `note-of-${tenant}` }, body: note });
    intelIds.set(tenant, document.id);
    const [alert] = (await client.alerts({})).alerts;
    alertIds.set(tenant, alert?.id ?? '');
    const { detections } = await client.alert({ params: { id: alert?.id ?? '' } });
    const again = detections.map(({ detection }) => ({
      ...{ ...detection, id: detection.id.replace(/^./, '0') },
      rule: { ...detection.rule, id: 'r2' },
    }));
    await engines.workflow.journal.detected(again);
    await engines.workflow.journal.settled();
    const [found] = (await client.cases({})).cases;
    caseIds.set(tenant, found?.id ?? '');
    const [exception] = (await client.exceptions({})).exceptions;
    exceptionIds.set(tenant, exception?.id ?? '');
    const [delivery] = (await client.deliveries({})).deliveries;
    deliveryIds.set(tenant, delivery?.id ?? '');
    for await (const { run_id } of client.ask({ body: { question: 'who?' } })) runIds.set(tenant, run_id);
  }
});
afterAll(async () => {
  await api.stop();
  await engines.close();
});

async function call({ reach }: Crossing, owner: TenantData, caller: TenantData) {
  const { path, headers, ...init } = reach(owner);
  const authorization = `Bearer ${texts.get(caller.tenant)}`;
  const response = await fetch(`${api.url}${path}`, { ...init, headers: { ...headers, authorization } });
  return {
    status: response.status,
    text: `${JSON.stringify([...response.headers])}${await response.text()}`,
  };
}

describe('two tenants', () => {
  it('have an entry for every declared route', () => {
    expect(new Set(Object.keys(crossings))).toEqual(new Set(Object.keys(routes)));
  });

  it.each(Object.entries(crossings))("never see each other's data: %s", async (name, crossing) => {
    const seenByStranger = await call(crossing, acme, rival);
    expect(seenByStranger.text).not.toContain(acme.mark);
    expect(seenByStranger.text).not.toContain(texts.get('acme'));
    const seenByOwner = await call(crossing, acme, acme);
    if (crossing.ownerStatus === undefined) expect(seenByOwner.status, name).toBeLessThan(300);
    else expect(seenByOwner.status, name).toBe(crossing.ownerStatus);
    expect(seenByOwner.text.includes(acme.mark), name).toBe(crossing.owner === 'shown');
    expect(seenByStranger.status).toBe(crossing.strangerStatus ?? seenByOwner.status);
  });

  it('write into their own tenant only, whatever the request says', async () => {
    await call(crossings.sendTelemetry, acme, rival);
    const { items } = await engines.telemetry.read({ partition: 0, from: 0, maxBytes: 1024 ** 2 });
    const groups = items.flatMap((item) => (item.kind === 'frame' ? item.groups : []));
    const marked = groups.filter((group) => group.stream.endsWith(acme.mark));
    expect(new Set(marked.map((group) => group.tenant))).toEqual(new Set(['acme', 'rival']));
    expect(new Set(marked.map((group) => group.stream.split('/')[0])).size).toBe(2);
  });

  it("can't revoke or issue across", async () => {
    const { id } = await api.issue('acme', ['ask'], 'bystander');
    const reach = () => ({ path: `/v1/keys/${id}`, method: 'DELETE' });
    expect((await call({ reach, owner: 'own' }, acme, rival)).status).toBe(404);
    const issued = await call(crossings.issueKey, acme, rival);
    expect(issued.text).toContain('"tenant":"rival"');
    const asking = (body: string) => () => ({ path: '/v1/keys', method: 'POST', body, headers: json });
    const named = asking('{"name":"x","scopes":["ask"],"tenant":"acme"}');
    expect((await call({ reach: named, owner: 'own' }, acme, rival)).status).toBe(400);
  });
});
