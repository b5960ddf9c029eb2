import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AlertChange } from '../contracts/alert.ts';
import { ann, type Hit, host, openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let desk: Awaited<ReturnType<typeof rig.fresh>>;
beforeAll(async () => {
  rig = await openRig({ remembered: 100, alertsAnHour: 100_000 });
});
afterAll(() => rig.close());
beforeEach(async () => {
  desk = await rig.fresh();
});
afterEach(async () => {
  expect(desk.faults).toEqual([]);
  await desk.close();
});

const closing = { kind: 'status', status: 'closed', verdict: 'true_positive', note: 'seen' } as const;
const toAnn = { kind: 'assigned', assignee: 'ann' } as const;
const change = (id: string, what: AlertChange, expected?: number) =>
  desk.alerts.change({ tenant: 'acme', by: ann, id, change: what, expected });
const view = (id: string, tenant = 'acme') => desk.alerts.get({ tenant, id });
const many = (count: number, hit: Hit = {}) =>
  Array.from({ length: count }, (_, event) => ({ ...hit, event, entity: host(`h${event}`) }));
async function one() {
  await desk.detect({ event: 1 });
  return (await desk.all())[0]?.id ?? '';
}

describe('a change by a person', () => {
  test('stands in the history with who, when, before and after', async () => {
    const id = await one();
    await change(id, toAnn);
    await change(id, { kind: 'status', status: 'in_progress' });
    await change(id, { kind: 'commented', note: 'asked the owner\nof web1' });
    await change(id, closing);
    const { history, ...alert } = await view(id);
    expect(alert).toMatchObject({
      status: 'closed',
      verdict: 'true_positive',
      assignee: 'ann',
      revision: 4,
      history_lines: 4,
      closed_at: history[0]?.at,
    });
    const was = { status: 'in_progress', verdict: null };
    const now = { status: 'closed', verdict: 'true_positive' };
    expect(history).toMatchObject([
      { by: ann, kind: 'status', before: was, after: now, note: 'seen' },
      { kind: 'commented', before: {}, after: {}, note: 'asked the owner\nof web1' },
      { kind: 'status', before: { status: 'new' }, after: { status: 'in_progress', verdict: null } },
      { kind: 'assigned', before: { assignee: null }, after: { assignee: 'ann' } },
    ]);
    expect(history[3]?.at).toBe('2026-11-23T12:00:01.000Z');
  });

  test('that changes nothing is not recorded', async () => {
    const id = await one();
    await change(id, toAnn);
    await change(id, toAnn);
    expect(await view(id)).toMatchObject({ revision: 1, history_lines: 1 });
  });

  test('is refused when somebody else was first', async () => {
    const id = await one();
    await change(id, toAnn, 0);
    const late = change(id, closing, 0);
    await expect(late).rejects.toMatchObject({
      code: 'alerts.changed',
      status: 409,
      details: { revision: 1 },
    });
    await expect(change(id, closing, 1)).resolves.toMatchObject({ status: 'closed', revision: 2 });
  });

  test('is not made stale by further detections', async () => {
    const id = await one();
    await desk.detect({ event: 2 });
    await expect(change(id, closing, 0)).resolves.toMatchObject({ status: 'closed', hits: 2 });
  });

  test('assigns only to people who may work on alerts', async () => {
    const id = await one();
    const wanted = change(id, { kind: 'assigned', assignee: 'eve' });
    await expect(wanted).rejects.toMatchObject({ code: 'alerts.person_unknown' });
    expect(await change(id, { kind: 'assigned', assignee: 'ben' })).toMatchObject({ assignee: 'ben' });
    expect(await change(id, { kind: 'assigned', assignee: null })).toMatchObject({ assignee: null });
  });

  test("does not reach another tenant's alert", async () => {
    const id = await one();
    const foreign = { tenant: 'other', by: ann, id, change: closing };
    await expect(desk.alerts.change(foreign)).rejects.toMatchObject({ code: 'alerts.unknown', status: 404 });
    await expect(view(id, 'other')).rejects.toMatchObject({ code: 'alerts.unknown' });
    const bulk = { tenant: 'other', by: ann, change: closing, which: { ids: [id] } };
    expect(await desk.alerts.changeMany(bulk)).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await view(id)).toMatchObject({ status: 'new', revision: 0 });
  });

  test('is told through the outbox, with who did it', async () => {
    const id = await one();
    await change(id, closing);
    await change(id, { kind: 'status', status: 'in_progress' });
    const told = (await rig.rows('outbox')).map(({ kind, payload }) => ({ kind, payload }));
    expect(told.map(({ kind }) => kind)).toEqual(['alert.opened', 'alert.closed', 'alert.reopened']);
    expect(told[1]).toMatchObject({
      payload: {
        by: ann,
        count: 1,
        note: 'seen',
        alerts: [{ id, status: 'closed', verdict: 'true_positive' }],
      },
    });
  });
});

describe('a change of many alerts', () => {
  test('goes in entries of 500, tells how far it is, and is one notice an entry', async () => {
    await desk.detect(...many(1_150));
    const seen: number[] = [];
    const outcome = await desk.alerts.changeMany({
      tenant: 'acme',
      by: ann,
      change: closing,
      which: { filter: { status: ['new'] } },
      onProgress: ({ changed }) => seen.push(changed),
    });
    expect(outcome).toMatchObject({ changed: 1_150, unchanged: 0, next: null });
    expect(seen).toEqual([500, 1_000, 1_150]);
    const closed = await rig.state.query(
      "SELECT payload->'count' AS count, jsonb_array_length(payload->'alerts') AS named FROM outbox WHERE kind = 'alert.closed' ORDER BY id",
    );
    expect(closed).toEqual([
      { count: 500, named: 20 },
      { count: 500, named: 20 },
      { count: 150, named: 20 },
    ]);
  });

  test('stops with the signal and keeps what was done', async () => {
    await desk.detect(...many(1_100));
    const stop = new AbortController();
    const asked = desk.alerts.changeMany({
      tenant: 'acme',
      by: ann,
      change: toAnn,
      which: { filter: {} },
      onProgress: () => stop.abort(),
      signal: stop.signal,
    });
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    const { assignees } = await desk.alerts.facets('acme');
    expect(assignees).toMatchObject([
      { assignee: null, new: 600 },
      { assignee: 'ann', new: 500 },
    ]);
  });

  test('by filter goes on where a limited call ended', async () => {
    await desk.detect(...many(25));
    let next: string | null | undefined;
    let changed = 0;
    for (let calls = 0; calls < 3; calls++) {
      const which = { filter: { status: ['new' as const] }, limit: 10, cursor: next ?? undefined };
      const done = await desk.alerts.changeMany({ tenant: 'acme', by: ann, change: closing, which });
      changed += done.changed;
      next = done.next;
    }
    expect([changed, next]).toEqual([25, null]);
  });

  test('leaves those alone that are as asked already', async () => {
    await desk.detect(...many(3));
    const ids = (await desk.all()).map(({ id }) => id);
    await change(ids[0] ?? '', closing);
    const which = { ids: [...ids, ...ids, 'f'.repeat(32)] };
    const done = await desk.alerts.changeMany({ tenant: 'acme', by: ann, change: closing, which });
    expect(done).toMatchObject({ changed: 2, unchanged: 2, next: null });
    expect(await view(ids[0] ?? '')).toMatchObject({ revision: 1 });
  });
});

describe('a change of many that is undone', () => {
  const everything = { filter: {} };
  const bulk = async (what: AlertChange, which: { ids: string[] } | { filter: object } = everything) =>
    (await desk.alerts.changeMany({ tenant: 'acme', by: ann, change: what, which })).bulk;
  const undo = (undone: string, tenant = 'acme', more: object = {}) =>
    desk.alerts.undoMany({ tenant, by: { id: 'k2', name: 'ben' }, undone, ...more });
  const standing = async () =>
    (await desk.all()).map(({ id, status, verdict, assignee }) => ({ id, status, verdict, assignee }));

  test('gives each alert back what it had, with counters, history and who did it', async () => {
    await desk.detect(...many(6));
    const [first, second, third] = (await desk.all()).map(({ id }) => id);
    await change(first ?? '', { kind: 'status', status: 'in_progress' });
    await change(second ?? '', toAnn);
    await change(third ?? '', { ...closing, verdict: 'benign' });
    const before = [await standing(), await rig.rows('alert_counts')];
    const id = await bulk(closing);
    expect(await undo(id)).toMatchObject({ undone: 6, refused: 0, next: null });
    expect([await standing(), await rig.rows('alert_counts')]).toEqual(before);
    const { history } = await view(third ?? '');
    expect(history.slice(0, 2)).toMatchObject([
      { by: { name: 'ben' }, before: { verdict: 'true_positive' }, after: { verdict: 'benign' } },
      { by: ann, after: { verdict: 'true_positive' } },
    ]);
    const dump = await rig.dump();
    await desk.journal.rebuild();
    expect(await rig.dump()).toEqual(dump);
  });

  test('leaves those as they are that somebody changed since, or that are gone', async () => {
    await desk.detect(...many(4));
    const [first, second] = (await desk.all()).map(({ id }) => id);
    await change(second ?? '', closing);
    const id = await bulk(toAnn);
    await change(first ?? '', { kind: 'commented', note: 'mine' });
    await desk.detect({ event: 90, entity: host('h3'), level: 'critical' });
    await desk.alerts.prune({ tenant: 'acme', before: new Date('2027-01-01') });
    expect(await undo(id)).toMatchObject({ undone: 2, refused: 1 });
    expect((await desk.all()).filter(({ assignee }) => assignee === 'ann')).toMatchObject([{ id: first }]);
  });

  test('can be done again by undoing the undoing, and is not undone twice', async () => {
    await desk.detect(...many(3));
    const id = await bulk(toAnn);
    const undone = await undo(id);
    expect(await undo(id)).toMatchObject({ undone: 0, refused: 3 });
    expect(await undo(undone.bulk)).toMatchObject({ undone: 3, refused: 0 });
    expect((await standing()).map(({ assignee }) => assignee)).toEqual(['ann', 'ann', 'ann']);
  });

  test('goes in chunks, part by part, and stops with the signal', async () => {
    await desk.detect(...many(1_100));
    const id = await bulk(toAnn);
    const part = await undo(id, 'acme', { limit: 500 });
    expect(part).toMatchObject({ undone: 500 });
    const rest = await undo(id, 'acme', { cursor: part.next, bulk: part.bulk });
    expect(rest).toEqual({ undone: 600, refused: 0, next: null, bulk: part.bulk });
    await expect(undo(id, 'acme', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('is one of the tenant, and no mere comment', async () => {
    await desk.detect(...many(2));
    const comment = await bulk({ kind: 'commented', note: 'x' });
    await expect(undo(comment)).rejects.toMatchObject({ code: 'alerts.bulk_unknown', status: 404 });
    const id = await bulk(toAnn);
    await expect(undo(id, 'other')).rejects.toMatchObject({ code: 'alerts.bulk_unknown' });
    await expect(undo(id, 'acme', { cursor: 'x' })).rejects.toMatchObject({ code: 'alerts.cursor' });
  });
});

describe('retention', () => {
  test('removes alerts that were closed before a time, with their detections, history and counts', async () => {
    await desk.detect(...many(3), { tenant: 'other', event: 1 });
    const [first, second] = await desk.all();
    await change(first?.id ?? '', closing);
    await change(second?.id ?? '', closing);
    const { closed_at } = await view(second?.id ?? '');
    const before = new Date(closed_at ?? '');
    expect(await desk.alerts.prune({ tenant: 'acme', before })).toBe(1);
    expect(await desk.all()).toHaveLength(2);
    expect(await desk.all('other')).toHaveLength(1);
    await expect(view(first?.id ?? '')).rejects.toMatchObject({ code: 'alerts.unknown' });
    const { severity } = await desk.alerts.facets('acme');
    expect(severity[2]).toEqual({ severity: 'medium', new: 1, in_progress: 0, closed: 1 });
    expect(await rig.rows('alert_history')).toHaveLength(1);
    expect(await rig.rows('alert_detections')).toHaveLength(3);
  });

  test('leaves the next alert of the same entity a link that says what is gone', async () => {
    const id = await one();
    await change(id, closing);
    await desk.detect({ event: 2 });
    await desk.alerts.prune({ tenant: 'acme', before: new Date('2027-01-01') });
    const [later] = await desk.all();
    expect((await view(later?.id ?? '')).previous).toEqual({ id, status: null, verdict: null });
    await desk.detect({ event: 3 });
    expect(await desk.all()).toMatchObject([{ id: later?.id, hits: 2 }]);
  });
});
