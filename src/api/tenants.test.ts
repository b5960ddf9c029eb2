import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { type RouteName, routes } from '../contracts/index.ts';
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
  /** What the stranger is answered with; by default what the owner is. */
  readonly strangerStatus?: number;
}

const json = { 'content-type': 'application/json' };
const get = (path: string) => ({ path });

/**
 * How each declared route is called with another tenant's data in reach. A new route needs an entry: the type asks for
 * it, and the first test too.
 */
const crossings: Readonly<Record<RouteName, Crossing>> = {
  live: { reach: () => get('/livez'), owner: 'own' },
  ready: { reach: () => get('/readyz'), owner: 'own' },
  metrics: { reach: () => get('/metrics'), owner: 'own' },
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
  revokeKey: {
    reach: ({ tenant }) => ({ path: `/v1/keys/${keyIds.get(tenant)}`, method: 'DELETE' }),
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
    expect(seenByOwner.status, name).toBeLessThan(300);
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
