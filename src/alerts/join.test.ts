import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ann, detectionOf, type Hit, host, openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let desk: Awaited<ReturnType<typeof rig.fresh>>;
beforeAll(async () => {
  rig = await openRig({ remembered: 100, alertsAnHour: 3 });
});
afterAll(() => rig.close());
beforeEach(async () => {
  desk = await rig.fresh();
});
afterEach(async () => {
  expect(desk.faults).toEqual([]);
  await desk.close();
});

const events = (from: number, to: number, hit: Hit = {}): readonly Hit[] =>
  Array.from({ length: to - from }, (_, index) => ({ ...hit, event: from + index, at: from + index }));
const only = async () => {
  const [alert, ...others] = await desk.all();
  expect(others).toEqual([]);
  if (alert === undefined) throw new Error('no alert');
  return alert;
};
const close = (id: string) =>
  desk.alerts.change({
    tenant: 'acme',
    by: ann,
    id,
    change: { kind: 'status', status: 'closed', verdict: 'benign' },
  });
const view = (id: string) => desk.alerts.get({ tenant: 'acme', id });

describe('detections', () => {
  test('of one rule on one entity are one alert, with first and last seen by the events', async () => {
    await desk.detect({ event: 1, at: 5 }, { event: 2, at: 1 }, { event: 3, at: 9 });
    expect(await only()).toMatchObject({
      rule: 'r1',
      entity: host('web1'),
      status: 'new',
      hits: 3,
      events: 3,
      first_seen: '2026-11-23T12:01:00.000Z',
      last_seen: '2026-11-23T12:09:00.000Z',
      opened_at: '2026-11-23T12:05:01.000Z',
      revision: 0,
    });
  });

  test('of other rules, entities and tenants are other alerts', async () => {
    await desk.detect(
      { event: 1 },
      { event: 1, rule: 'r2' },
      { event: 2, entity: host('web2') },
      { event: 3, entity: { kind: 'user', value: 'web1' } },
      { event: 1, tenant: 'other' },
    );
    expect(await desk.all()).toHaveLength(4);
    expect(await desk.all('other')).toHaveLength(1);
  });

  test('of an event without a time count by their receipt', async () => {
    const { event, ...detection } = detectionOf({ at: 7 });
    await desk.journal.detected([{ ...detection, event: { ...event, time: null } }]);
    await desk.journal.settled();
    expect(await only()).toMatchObject({ first_seen: '2026-11-23T12:07:01.000Z' });
  });

  test('that come again are counted once, kept or not', async () => {
    const hits = events(0, 150);
    await desk.detect(...hits);
    await desk.detect(...hits);
    await desk.detect(...hits.toReversed());
    expect(await only()).toMatchObject({ hits: 150, events: 150 });
  });

  test('are forgotten behind the bound, so that memory is bounded', async () => {
    await desk.detect(...events(0, 300));
    expect(await rig.rows('alert_remembered')).toHaveLength(100);
    expect(await rig.rows('alert_detections')).toHaveLength(60);
  });

  test('are kept from the beginning and from the end, whole', async () => {
    await desk.detect(...events(0, 75));
    await desk.detect(...events(75, 90));
    const { detections } = await view((await only()).id);
    const wanted = [
      ...Array.from({ length: 50 }, (_, index) => index + 1),
      ...[81, 82, 83, 84, 85, 86, 87, 88, 89, 90],
    ];
    expect(detections.map(({ ordinal }) => ordinal)).toEqual(wanted);
    expect(detections.at(-1)?.detection).toEqual(detectionOf({ event: 89, at: 89 }));
  });

  test('of a rule that was changed meanwhile count its events once', async () => {
    await desk.detect({ event: 1 }, { event: 2 });
    await desk.detect({ event: 1, logic: 'changed' });
    await desk.detect({ event: 3, logic: 'changed' }, { event: 3, logic: 'again' });
    expect(await only()).toMatchObject({ hits: 5, events: 3 });
  });

  test('after the alert was closed open another one that names it', async () => {
    await desk.detect({ event: 1 });
    const former = await only();
    await close(former.id);
    await desk.detect({ event: 1 }, { event: 2 });
    const found = await desk.all();
    const later = found.find(({ id }) => id !== former.id);
    expect(found).toHaveLength(2);
    expect(later).toMatchObject({ hits: 1, status: 'new' });
    expect((await view(later?.id ?? '')).previous).toEqual({
      id: former.id,
      status: 'closed',
      verdict: 'benign',
    });
  });

  test('go to an alert that was reopened', async () => {
    await desk.detect({ event: 1 });
    const { id } = await only();
    await close(id);
    await desk.alerts.change({ tenant: 'acme', by: ann, id, change: { kind: 'status', status: 'new' } });
    await desk.detect({ event: 2 });
    expect(await only()).toMatchObject({ id, hits: 2, closed_at: null, verdict: null });
  });

  test('with hostile text are kept, with that replaced which no table holds', async () => {
    const value = 'a\u0000b\ud800c';
    await desk.detect({ event: 1, entity: host(value), matched: value, title: value });
    await desk.detect({ event: 2, entity: host(value), matched: value, title: value });
    const alert = await only();
    expect(alert).toMatchObject({ hits: 2, title: 'a\ufffdb\ufffdc', entity: host('a\ufffdb\ufffdc') });
  });
});

describe('a score', () => {
  test('is explained, and grows with detections and with other rules on the entity', async () => {
    await desk.detect(...events(0, 10));
    await desk.detect({ rule: 'r2', event: 500, at: 30 });
    await desk.detect({ rule: 'r1', event: 501, at: 31 });
    const found = await desk.all();
    const { points, score } = await view(found.find(({ rule }) => rule === 'r1')?.id ?? '');
    expect(points.reduce((sum, point) => sum + point.points, 0)).toBe(score);
    expect(points).toContainEqual({ reason: 'another rule on the same entity within 24 hours', points: 3 });
    expect(points).toContainEqual({ reason: '11 detections', points: 3 });
  });

  test('does not count a rule that hit the entity more than a day apart', async () => {
    await desk.detect({ rule: 'r2', event: 1, at: 0 }, { rule: 'r1', event: 2, at: 24 * 60 + 1 });
    const alert = (await desk.all()).find(({ rule }) => rule === 'r1');
    expect((await view(alert?.id ?? '')).points.map(({ reason }) => reason)).toEqual([
      'rule level medium',
      'entity is a host',
    ]);
  });

  test("sinks with a rule's false positives, but not below the rule's severity", async () => {
    for (const event of [1, 2, 3, 4, 5]) {
      await desk.detect({ event, at: event * 60 });
      const id = (await desk.all()).find(({ status }) => status === 'new')?.id ?? '';
      const change = { kind: 'status', status: 'closed', verdict: 'false_positive' } as const;
      await desk.alerts.change({ tenant: 'acme', by: ann, id, change });
    }
    await desk.detect({ event: 6, at: 600 });
    const alert = (await desk.all()).find(({ status }) => status === 'new');
    expect(alert).toMatchObject({ score: 35, severity: 'medium' });
    expect((await view(alert?.id ?? '')).points).toContainEqual({
      reason: '5 of 5 judged alerts of this rule were false positives',
      points: -7,
    });
  });

  test('raises the severity, which never sinks again, and its history and outbox say so', async () => {
    await desk.detect(...events(0, 60, { level: 'medium' }));
    await desk.detect({ level: 'high', event: 900, at: 90 });
    await desk.detect({ level: 'low', event: 901, at: 91 });
    const alert = await only();
    expect(alert.severity).toBe('high');
    expect((await view(alert.id)).history).toMatchObject([
      { kind: 'raised', by: { id: 'system' }, before: { severity: 'medium' }, after: { severity: 'high' } },
    ]);
    expect(await rig.rows('outbox')).toMatchObject([
      { kind: 'alert.opened', severity: 'medium', subject: 'Rule r1 (host web1)' },
      { kind: 'alert.raised', severity: 'high', payload: { count: 1, alerts: [{ id: alert.id, hits: 61 }] } },
    ]);
  });
});

describe('a noisy rule', () => {
  const noise = (from: number, to: number, detectedAt: number): readonly Hit[] =>
    events(from, to).map((hit) => ({ ...hit, at: 0, detectedAt, entity: host(`h${hit.event}`) }));

  test('opens so many alerts an hour and one summary alert for the rest; hits are shown against alerts', async () => {
    await desk.detect(...noise(0, 10, 1));
    const found = await desk.all();
    expect(found).toHaveLength(4);
    const summary = found.find((alert) => alert.summary);
    expect(summary).toMatchObject({ entity: { kind: 'source', value: '*' }, hits: 7 });
    const { rule_totals, detections } = await view(summary?.id ?? '');
    expect(rule_totals).toEqual({ hits: 10, alerts: 4, folded: 7, excepted: 0 });
    expect(detections.map(({ detection }) => detection.entity.value)).toEqual(
      noise(3, 10, 1).map((hit) => hit.entity?.value),
    );
    const { rules } = await desk.alerts.facets('acme');
    expect(rules).toMatchObject([{ rule: 'r1', new: 4, hits: 10, alerts: 4, folded: 7 }]);
  });

  test('opens alerts again in the next hour, while the open ones go on', async () => {
    await desk.detect(...noise(0, 5, 1));
    await desk.detect(...noise(10, 12, 61), { event: 99, entity: host('h0'), detectedAt: 2 });
    const found = await desk.all();
    expect(found.filter((alert) => !alert.summary)).toHaveLength(5);
    expect(found.find((alert) => alert.entity.value === 'h0')).toMatchObject({ hits: 2 });
  });

  test('names in its summary alert the entities with the most detections', async () => {
    await desk.detect(...noise(0, 6, 1));
    const again = Array.from({ length: 4 }, (_, index) => ({ event: 50 + index, entity: host('h4') }));
    await desk.detect(...again.map((hit) => ({ ...hit, detectedAt: 2, at: hit.event })));
    const summary = (await desk.all()).find((alert) => alert.summary);
    const { entities, other_hits } = await view(summary?.id ?? '');
    expect(entities.map(({ entity, hits }) => [entity.value, hits])).toEqual([
      ['h4', 5],
      ['h3', 1],
      ['h5', 1],
    ]);
    expect(entities[0]).toMatchObject({ last_seen: '2026-11-23T12:53:00.000Z' });
    expect(other_hits).toBe(0);
  });

  test('with more entities than are counted apart counts the others together', async () => {
    await desk.detect(...noise(0, 700, 1));
    await desk.detect(...noise(700, 1_010, 1));
    const summary = (await desk.all()).find((alert) => alert.summary);
    const { entities, other_hits, hits } = await view(summary?.id ?? '');
    expect([entities.length, other_hits, hits]).toEqual([20, 7, 1_007]);
  });

  test('has the budget that its tenant set, for it or for all rules, from then on', async () => {
    const set = (rule: string | null, alerts_an_hour: number | null) =>
      desk.alerts.setBudget({ tenant: 'acme', by: ann, rule, alerts_an_hour });
    await set(null, 1);
    await set('r2', 2);
    await desk.detect(...noise(0, 5, 1), ...noise(0, 5, 1).map((hit) => ({ ...hit, rule: 'r2' })));
    await desk.detect(...noise(0, 5, 1).map((hit) => ({ ...hit, tenant: 'other' })));
    const own = async (rule: string, tenant?: string) =>
      (await desk.all(tenant)).filter((alert) => alert.rule === rule && !alert.summary).length;
    expect([await own('r1'), await own('r2'), await own('r1', 'other')]).toEqual([1, 2, 3]);
    await set(null, null);
    await desk.detect(...noise(10, 15, 2));
    expect(await own('r1')).toBe(3);
    expect(await desk.alerts.budgets('acme')).toMatchObject([
      { rule: 'r2', alerts_an_hour: 2, changed_by: 'ann' },
    ]);
    const before = await rig.dump();
    await desk.journal.rebuild();
    expect(await rig.dump()).toEqual(before);
  });

  test('stands first in the statistics, page by page, with hits against alerts', async () => {
    await desk.detect(...noise(0, 10, 1), ...noise(20, 22, 1).map((hit) => ({ ...hit, rule: 'r0' })));
    await desk.detect({ rule: 'r2', event: 1 }, { rule: 'r2', event: 2 }, { tenant: 'other', event: 1 });
    const { rules, next } = await desk.alerts.ruleStatistics({ tenant: 'acme', limit: 2 });
    expect(rules).toMatchObject([
      { rule: 'r1', hits: 10, alerts: 4, folded: 7, excepted: 0, open: 4 },
      { rule: 'r0', hits: 2, alerts: 2 },
    ]);
    const more = await desk.alerts.ruleStatistics({ tenant: 'acme', limit: 2, cursor: next ?? '' });
    expect(more).toMatchObject({ rules: [{ rule: 'r2', hits: 2, alerts: 1, open: 1 }], next: null });
    const wrong = desk.alerts.ruleStatistics({ tenant: 'acme', limit: 2, cursor: 'xx' });
    await expect(wrong).rejects.toMatchObject({ code: 'alerts.cursor' });
  });

  test('has a prevalence of 30 days: hits, alerts and entities', async () => {
    const day = 24 * 60;
    await desk.detect({ event: 1 }, { event: 2, at: 2 * day }, { event: 3, at: 40 * day });
    await desk.detect({ event: 4, at: 40 * day, entity: host('h4') });
    const now = new Date('2027-01-02T13:00:00Z');
    expect(await desk.alerts.prevalence({ tenant: 'acme', rule: 'r1', now })).toEqual({
      ...{ hits: 2, alerts: 1, folded: 0, excepted: 0, days_with_hits: 1 },
      ...{ entities: 2, entities_at_least: false },
    });
    await desk.detect({ event: 5, at: 100 * day });
    expect(await rig.rows('alert_rule_days')).toMatchObject([{ hits: 2 }, { hits: 1 }]);
  });

  test('does not hold up other rules and tenants', async () => {
    await desk.detect(...noise(0, 9, 1), { rule: 'r2', event: 1 }, { tenant: 'other', event: 1 });
    expect((await desk.all()).filter(({ rule }) => rule === 'r2')).toHaveLength(1);
    expect(await desk.all('other')).toMatchObject([{ summary: false }]);
  });
});
