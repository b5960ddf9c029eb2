import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { maxHuntRuleLength } from '../contracts/index.ts';
import { openEngines, startApi, tenantData } from './rig.suite.ts';

let engines: Awaited<ReturnType<typeof openEngines>>;
let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  engines = await openEngines([tenantData('acme')]);
  api = await startApi(engines);
});
afterAll(async () => {
  await api.stop();
  await engines.close();
});

const clientWith = async (...scopes: Parameters<typeof api.issue>[1] & object) =>
  createClient({ url: api.url, key: (await api.issue('acme', scopes)).text });

const text = `title: Any failed logon
id: any-failed-logon
logsource: { product: windows, service: security }
detection: { logon: { EventID: 4625 }, condition: logon }
`;
const rule = { kind: 'text', text, file: 'any.yml' } as const;

describe('hunts over HTTP', () => {
  it('are for whoever may read events; back-fills for whoever may set rules', async () => {
    const reader = await clientWith('events:read');
    const hunt = await reader.startHunt({ body: { rule, since: '30d' } });
    expect(hunt).toMatchObject({ state: 'waiting', purpose: 'hunt', rule: { id: 'any-failed-logon' } });
    await expect(reader.backfillRules({ body: { since: '30d' } })).rejects.toMatchObject({ status: 403 });
    const ruler = await clientWith('events:read', 'rules:write');
    const { id } = await ruler.backfillRules({ body: { since: '30d' } });
    await expect(reader.cancelHunt({ params: { id } })).rejects.toMatchObject({ status: 403 });
    expect((await ruler.cancelHunt({ params: { id } })).state).toBe('cancelled');
    expect((await reader.cancelHunt({ params: { id: hunt.id } })).state).toBe('cancelled');
  });

  it('take rules up to a bound, and no job of another kind for a hunt', async () => {
    const reader = await clientWith('events:read');
    const long = { ...rule, text: `${text}#${'x'.repeat(maxHuntRuleLength)}` };
    await expect(reader.startHunt({ body: { rule: long, since: '30d' } })).rejects.toMatchObject({
      status: 400,
    });
    for (const reach of [reader.hunt, reader.huntHits, reader.cancelHunt])
      await expect(reach({ params: { id: 'job-of-acme' }, query: {} })).rejects.toMatchObject({
        ...{ status: 404, code: 'rules.unknown_hunt' },
      });
  });

  it('say what SQL can not tell alone before they run', async () => {
    const reader = await clientWith('events:read');
    const told = await reader.explainHunt({ body: { rule, since: '30d' } });
    expect(told).toMatchObject({ rule: { level: 'medium' }, diagnostics: expect.any(Array) });
    expect(told.diagnostics.map(({ code }) => code)).toContain('detect.no_level');
  });
});
