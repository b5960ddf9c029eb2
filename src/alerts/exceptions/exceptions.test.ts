import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ExceptionCondition, ExceptionRequest } from '../../contracts/exception-routes.ts';
import { ann, detectionOf, type Hit, host, noon, openRig } from '../rig.suite.ts';

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
  const before = await rig.dump();
  await desk.journal.rebuild();
  expect(await rig.dump()).toEqual(before);
  expect(desk.faults).toEqual([]);
  await desk.close();
});

const hour = 3_600_000;
const onHost = (...values: string[]): ExceptionCondition => ({
  kind: 'host',
  test: { kind: 'equals', values },
});
const commandLine = (text: string): ExceptionCondition => ({
  ...{ kind: 'field', field: 'CommandLine' },
  test: { kind: 'contains', values: [text] },
});
const add = (exception: Partial<ExceptionRequest> = {}, tenant = 'acme') =>
  desk.exceptions.add({
    tenant,
    by: ann,
    exception: {
      ...{ rule: 'r1', conditions: [onHost('web1')], reason: 'the backup' },
      expires_at: new Date(noon + 24 * hour).toISOString(),
      ...exception,
    },
  });
const get = (id: string, tenant = 'acme') => desk.exceptions.get({ tenant, id });
const view = (id: string) => desk.alerts.get({ tenant: 'acme', id });
const kinds = async () => (await rig.rows('outbox')).map(({ kind }) => kind);
const hits = (count: number, hit: Hit = {}) =>
  Array.from({ length: count }, (_, index): Hit => ({ ...hit, event: index, at: index }));

describe('a detection that an exception covers', () => {
  test('makes no alert and no notice, and is kept and counted', async () => {
    const { id } = await add();
    await desk.detect({ event: 1, at: 1 }, { event: 2, at: 2 });
    expect(await desk.all()).toEqual([]);
    expect(await kinds()).toEqual([]);
    expect(await get(id)).toMatchObject({
      ...{ hits: 2, last_hit_at: '2026-11-23T12:02:01.000Z', state: 'in_force', owner: 'ann' },
      detections: [detectionOf({ event: 2, at: 2 }), detectionOf({ event: 1, at: 1 })],
    });
    const { rules } = await desk.alerts.ruleStatistics({ tenant: 'acme', limit: 10 });
    expect(rules).toMatchObject([{ rule: 'r1', hits: 2, alerts: 0, folded: 0, excepted: 2, open: 0 }]);
  });

  test('that comes again is counted once', async () => {
    const { id } = await add();
    await desk.detect(...hits(30));
    await desk.detect(...hits(30));
    const { hits: counted, detections } = await get(id);
    expect([counted, detections.length, detections[0]]).toEqual([30, 20, detectionOf({ event: 29, at: 29 })]);
  });

  test('is told on the open alert that it was kept from', async () => {
    await desk.detect({ event: 1 });
    const { id } = await add({ conditions: [commandLine('backup')] });
    const backup = { matched: 'backup.ps1', detectedAt: 9 };
    await desk.detect({ event: 2, at: 5, ...backup }, { event: 3, at: 9 }, { event: 4, at: 8, ...backup });
    const [alert] = await desk.all();
    const { exceptions, rule_totals, hits: taken } = await view(alert?.id ?? '');
    expect(taken).toBe(2);
    expect(rule_totals).toEqual({ hits: 4, alerts: 1, folded: 0, excepted: 2 });
    expect(exceptions).toEqual([
      {
        ...{ id, owner: 'ann', reason: 'the backup', hits: 2 },
        ...{ first_seen: '2026-11-23T12:05:00.000Z', last_seen: '2026-11-23T12:08:00.000Z' },
      },
    ]);
  });

  test('is told on the next alert of its rule and entity, when none was open', async () => {
    const { id } = await add({ conditions: [commandLine('backup')] });
    await desk.detect({ event: 1, matched: 'backup 1' }, { event: 2, matched: 'backup 2', at: 1 });
    await desk.detect({ event: 3, matched: 'backup 3', at: 2 }, { event: 4, at: 3 });
    await desk.detect({ event: 5, matched: 'backup 5', at: 4 }, { event: 6, entity: host('web2') });
    const found = await desk.all();
    const told = async (value: string) =>
      (await view(found.find(({ entity }) => entity.value === value)?.id ?? '')).exceptions;
    expect(await told('web1')).toMatchObject([
      { id, hits: 4, first_seen: '2026-11-23T12:00:00.000Z', last_seen: '2026-11-23T12:04:00.000Z' },
    ]);
    expect(await told('web2')).toEqual([]);
    expect(await rig.rows('exception_pending')).toEqual([]);
  });

  test('is told on the summary alert of a rule that is over its budget', async () => {
    await desk.detect(...hits(5).map((hit) => ({ ...hit, at: 0, entity: host(`h${hit.event}`) })));
    const { id } = await add({ conditions: [onHost('h9')] });
    await desk.detect({ event: 9, entity: host('h9') });
    const summary = (await desk.all()).find((alert) => alert.summary);
    expect((await view(summary?.id ?? '')).exceptions).toMatchObject([{ id, hits: 1 }]);
  });

  test('of two exceptions counts with both', async () => {
    const one = await add();
    const other = await add({ rule: null, conditions: [commandLine('who')] });
    await desk.detect({ event: 1 });
    expect([(await get(one.id)).hits, (await get(other.id)).hits]).toEqual([1, 1]);
    expect((await desk.alerts.facets('acme')).rules).toEqual([]);
  });
});

describe('an exception', () => {
  test('holds from its addition on, until it expires by the time of the detection', async () => {
    await desk.detect({ event: 1, at: 0 });
    await add({ expires_at: new Date(noon + hour).toISOString() });
    await desk.detect({ event: 2, at: 59 }, { event: 3, at: 60 }, { event: 4, at: 58 });
    expect(await desk.all()).toMatchObject([{ hits: 2 }]);
  });

  test('holds until it is ended, which says by whom, and is listed with its state', async () => {
    const first = await add();
    const second = await add({ rule: null, owner: 'ben' });
    const by = { id: 'k2', name: 'ben' };
    const ended = await desk.exceptions.end({ tenant: 'acme', by, id: first.id });
    expect(ended).toMatchObject({ state: 'ended', ended_by: 'ben' });
    expect(await desk.exceptions.end({ tenant: 'acme', by: ann, id: first.id })).toEqual(ended);
    await desk.exceptions.end({ tenant: 'acme', by: ann, id: second.id });
    await desk.detect({ event: 1 });
    expect(await desk.all()).toHaveLength(1);
    const list = (request: object) => desk.exceptions.list({ tenant: 'acme', limit: 1, ...request });
    const page = await list({});
    expect(page.exceptions).toMatchObject([{ id: second.id, owner: 'ben', state: 'ended' }]);
    const rest = await list({ cursor: page.next ?? '' });
    expect(rest).toMatchObject({ exceptions: [{ id: first.id }], next: null });
    expect((await list({ state: 'in_force' })).exceptions).toEqual([]);
    expect((await list({ rule: 'r1' })).exceptions).toMatchObject([{ id: first.id }]);
    await expect(list({ cursor: 'xx' })).rejects.toMatchObject({ code: 'alerts.cursor' });
  });

  test('needs an expiry ahead, at most a year', async () => {
    for (const days of [-1, 0, 367]) {
      const late = add({ expires_at: new Date(noon + days * 24 * hour).toISOString() });
      await expect(late).rejects.toMatchObject({ code: 'alerts.expiry', status: 400 });
    }
  });

  test('of another tenant neither holds nor is seen', async () => {
    const { id } = await add({}, 'other');
    await desk.detect({ event: 1 });
    expect(await desk.all()).toHaveLength(1);
    await expect(get(id)).rejects.toMatchObject({ code: 'alerts.exception_unknown', status: 404 });
    const end = desk.exceptions.end({ tenant: 'acme', by: ann, id });
    await expect(end).rejects.toMatchObject({ code: 'alerts.exception_unknown' });
    expect((await desk.exceptions.list({ tenant: 'acme', limit: 10 })).exceptions).toEqual([]);
  });

  test('of which an erasure blanked out an address covers nothing, and is still listed', async () => {
    const id = 'd'.repeat(32);
    const condition = { kind: 'address', test: { kind: 'cidr', values: ['[erased]'] } };
    const scope = { id, rule_id: null, conditions: [condition], owner: 'ann', reason: 'x' };
    const expires_at = new Date(noon + hour).toISOString();
    await desk.journal.change({ kind: 'exceptions.added', tenant: 'acme', by: ann }, async () => ({
      ...scope,
      expires_at,
    }));
    await desk.detect({ event: 1 }, { event: 2, entity: { kind: 'address', value: '10.0.0.1' } });
    expect(await desk.all()).toHaveLength(2);
    expect(await get(id)).toMatchObject({ id, conditions: [], hits: 0 });
  });

  test('stands in the audit trail with its scope and reason', async () => {
    await add();
    expect(await rig.rows('audit_trail')).toMatchObject([
      { action: 'exceptions.added', by_name: 'ann', details: { rule_id: 'r1', reason: 'the backup' } },
    ]);
  });
});

describe('a preview', () => {
  const preview = (rule: string | null, ...conditions: ExceptionCondition[]) =>
    desk.exceptions.preview({ tenant: 'acme', scope: { rule, conditions } });

  test('says by rule and by day what would have been hidden, and changes nothing', async () => {
    const day = -24 * 60;
    await desk.detect(
      { event: 1, at: 40 * day },
      { event: 2, at: 2 * day },
      { event: 3, at: day },
      { event: 4, at: day, rule: 'r2', entity: host('web2'), matched: 'id' },
      { event: 5, at: day, rule: 'r2' },
      { event: 6, at: day, tenant: 'other' },
    );
    const before = await rig.dump();
    const found = await preview(null, onHost('web1'));
    expect(found).toMatchObject({
      ...{ from: '2026-10-24T12:00:00.000Z', complete: true, looked_at: 4, covered: 3 },
      rules: [
        { rule: 'r1', title: 'Rule r1', level: 'medium', covered: 2, of: 2 },
        { rule: 'r2', covered: 1, of: 2 },
      ],
      days: [
        { day: '2026-11-21', covered: 1 },
        { day: '2026-11-22', covered: 2 },
      ],
    });
    expect(found.sample.map(({ rule, event }) => [rule.id, event.event_id.slice(-1)])).toEqual([
      ['r2', '5'],
      ['r1', '3'],
      ['r1', '2'],
    ]);
    expect(await rig.dump()).toEqual(before);
  });

  test('tells alerts that would not have opened from those that would be smaller', async () => {
    await desk.detect({ event: 1, matched: 'backup' }, { event: 2, matched: 'backup' });
    await desk.detect({ event: 3, rule: 'r2', matched: 'backup' }, { event: 4, rule: 'r2' });
    await desk.detect({ event: 5, rule: 'r3' });
    const found = await preview(null, commandLine('backup'));
    expect(found).toMatchObject({ covered: 3, alerts_hidden: 1, alerts_reduced: 1 });
    expect(await preview('r9', commandLine('backup'))).toMatchObject({ covered: 0, rules: [], sample: [] });
  });

  test('counts what was recorded twice once, and shows the newest', async () => {
    await desk.detect(...hits(25));
    await desk.detect(...hits(25));
    const { covered, sample } = await preview('r1', onHost('web1'));
    expect([covered, sample.length]).toEqual([25, 20]);
    expect(sample[0]).toEqual(detectionOf({ event: 24, at: 24 }));
  });

  test('stops with its signal', async () => {
    await desk.detect({ event: 1 });
    const scope = { rule: null, conditions: [onHost('web1')] };
    const asked = desk.exceptions.preview({ tenant: 'acme', scope }, { signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
