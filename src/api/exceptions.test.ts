import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../client/index.ts';
import { scopesOfRole } from '../contracts/index.ts';
import { noonUtc, openEngines, startApi, tenantData } from './rig.suite.ts';

const acme = tenantData('acme');
let engines: Awaited<ReturnType<typeof openEngines>>;
let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  engines = await openEngines([acme]);
  api = await startApi(engines);
}, 60_000);
afterAll(async () => {
  await api.stop();
  await engines.close();
});

const clientOf = async (role: 'viewer' | 'analyst' | 'admin') =>
  createClient({ url: api.url, key: (await api.issue('acme', scopesOfRole[role], role)).text });
const conditions = [{ kind: 'host' as const, test: { kind: 'equals' as const, values: [acme.mark] } }];
const expires_at = '2026-12-01T00:00:00.000Z';

describe('exceptions over HTTP', () => {
  test('are tried, added, listed and ended by who may write rules', async () => {
    const client = await clientOf('admin');
    const found = await client.previewException({ body: { rule: 'r1', conditions } });
    expect(found).toMatchObject({ covered: 1, alerts_hidden: 1, rules: [{ rule: 'r1', title: acme.mark }] });
    const body = { rule: 'r1', conditions, reason: 'a test machine', expires_at };
    const added = await client.addException({ body });
    expect(added).toMatchObject({ ...body, owner: 'admin', created_by: 'admin', state: 'in_force', hits: 0 });
    const { exceptions } = await client.exceptions({ query: { rule: 'r1' } });
    expect(exceptions).toEqual([added]);
    expect(await client.exception({ params: { id: added.id } })).toEqual({ ...added, detections: [] });
    expect(await client.endException({ params: { id: added.id } })).toMatchObject({ state: 'ended' });
  });

  test('are seen and tried by all who see alerts, and added by none of them', async () => {
    for (const role of ['viewer', 'analyst'] as const) {
      const client = await clientOf(role);
      expect(await client.previewException({ body: { rule: null, conditions } })).toMatchObject({
        covered: 1,
      });
      const add = client.addException({ body: { rule: null, conditions, reason: 'x', expires_at } });
      await expect(add).rejects.toMatchObject({ code: 'guard.scope_missing', status: 403 });
    }
  });

  test('that cover everything, have no end or no reason are refused', async () => {
    const client = await clientOf('admin');
    const body = { rule: 'r1', conditions, reason: 'x', expires_at };
    const refused = [
      { ...body, conditions: [] },
      { ...body, reason: '' },
      { ...body, expires_at: '2026-11-23T11:59:00Z' },
      { ...body, expires_at: '2028-11-23T11:59:00Z' },
    ];
    for (const each of refused)
      await expect(client.addException({ body: each })).rejects.toMatchObject({ status: 400 });
  });
});

test('an alert is exported as one file that says of itself what is in it', async () => {
  const client = await clientOf('analyst');
  const [alert] = (await client.alerts({})).alerts;
  const text = await client.alertEvidence({ params: { id: alert?.id ?? '' } });
  const lines = text.trimEnd().split('\n');
  expect(text.endsWith('\n')).toBe(true);
  const sha256 = (part: string) => hash('sha256', part, 'hex');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: 'evidence', version: 1, alert: alert?.id, by: 'analyst', exported_at: noonUtc.toISOString() },
    { type: 'alert', alert: { id: alert?.id, title: acme.mark, points: [{}, {}] } },
    { type: 'detection', ordinal: 1, detection: { event: { event_id: acme.eventId } } },
    {
      ...{ type: 'event', event: { event_id: acme.eventId, attributes: { device_hostname: acme.mark } } },
      ...{ raw: `{"host":"${acme.mark}"}`, raw_sha256: sha256(`{"host":"${acme.mark}"}`), intact: false },
    },
    {
      ...{ type: 'end', detections: 1, detections_of_alert: 1, events: 1 },
      ...{ missing_events: [], left_out_events: [] },
      sha256: sha256(text.slice(0, text.lastIndexOf('{"type":"end"'))),
    },
  ]);
  const key = (await api.issue('acme', ['alerts:read'])).text;
  const blind = createClient({ url: api.url, key }).alertEvidence({ params: { id: alert?.id ?? '' } });
  await expect(blind).rejects.toMatchObject({ code: 'guard.scope_missing', status: 403 });
});

test('an alert is shown with how usual its values are', async () => {
  const client = await clientOf('viewer');
  const at = '2026-11-23T11:30:00.000Z';
  const { alerts } = await client.alerts({});
  const [alert] = alerts;
  const before = await client.alert({ params: { id: alert?.id ?? '' } });
  const shown = before.detections[0]?.detection;
  if (shown === undefined) throw new Error('no detection');
  await engines.workflow.journal.detected([
    {
      ...shown,
      id: 'f'.repeat(32),
      matched: [
        { field: 'Computer', value: acme.mark.toUpperCase() },
        { field: 'Other', value: 'in no column' },
      ],
      detected_at: at,
    },
  ]);
  await engines.workflow.journal.settled();
  const { context } = await client.alert({ params: { id: alert?.id ?? '' } });
  expect(context.values).toMatchObject({
    state: 'ready',
    values: [
      {
        ...{ field: 'Computer', value: acme.mark.toUpperCase(), column: 'device_hostname' },
        ...{ events: 1, hosts: 1, first_seen: '2026-11-23T11:00:00.123456Z' },
      },
    ],
    not_counted: ['Other'],
  });
});
