import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CaseChange } from '../contracts/case-routes.ts';
import type { StateSession } from '../state/index.ts';
import { ann, detectionOf, type Hit, host, openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let desk: Awaited<ReturnType<typeof rig.fresh>>;
beforeAll(async () => {
  rig = await openRig();
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

const hour = 60;
const only = async () => {
  const [found, ...others] = await desk.all();
  expect(others).toEqual([]);
  if (found === undefined) throw new Error('no case');
  return found;
};
const view = (id: string, tenant = 'acme') => desk.cases.get({ tenant, id });
const change = (id: string, what: CaseChange, expected?: number) =>
  desk.cases.change({ tenant: 'acme', by: ann, id, change: what, expected });
const closeAlert = async (rule: string) => {
  const { alerts } = await desk.alerts.list({ tenant: 'acme', filter: { rule }, sort: 'score', limit: 1 });
  const closing = { kind: 'status', status: 'closed', verdict: 'benign' } as const;
  await desk.alerts.change({ tenant: 'acme', by: ann, id: alerts[0]?.id ?? '', change: closing });
};
/** Two cases: web1 with r1, r2, r3 and db1 with r1, r2. */
async function two() {
  await desk.detect({}, { rule: 'r2', at: 1 }, { rule: 'r3', at: 2 });
  await desk.detect({ entity: host('db1'), at: -9 }, { rule: 'r2', entity: host('db1'), at: -8 });
  const [web, db] = await desk.all();
  return { web: await view(web?.id ?? ''), db: await view(db?.id ?? '') };
}

describe('alerts', () => {
  test('of several rules on one entity within 24 hours are one case, which says why', async () => {
    await desk.detect({ at: 0 }, { rule: 'r2', at: 95, level: 'high' }, { rule: 'r3', at: 95 + 24 * hour });
    const found = await only();
    expect(found).toMatchObject({
      ...{ title: 'host web1', status: 'new', assignee: null, severity: 'high', alerts: 3 },
      ...{ last_at: '2026-11-24T13:35:00.000Z', merged_into: null, revision: 0 },
    });
    const { members, entities, history } = await view(found.id);
    expect(entities).toEqual([host('web1')]);
    expect(members.map(({ alert, why }) => [alert.rule, why])).toEqual([
      ['r1', 'the case began with it, on host web1'],
      ['r2', `host web1 had an alert of "Rule r1" 1 h 35 min apart (${members[0]?.alert.id})`],
      ['r3', `host web1 had an alert of "Rule r2" 24 h 0 min apart (${members[1]?.alert.id})`],
    ]);
    expect(history.map(({ kind }) => kind)).toEqual(['joined', 'joined', 'opened']);
  });

  test('that are alone, farther apart, or on other entities and tenants are in no case', async () => {
    await desk.detect({ at: 0 }, { rule: 'r2', at: 24 * hour + 1 }, { rule: 'r3', entity: host('web2') });
    await desk.detect(
      { rule: 'r4', entity: { kind: 'user', value: 'web1' } },
      { tenant: 'other', rule: 'r5' },
    );
    expect([await desk.all(), await desk.all('other')]).toEqual([[], []]);
  });

  test('of a whole source or of many entities are in no case', async () => {
    const source = { kind: 'source', value: 'windows' } as const;
    await desk.detect({ entity: source }, { rule: 'r2', entity: source });
    expect(await desk.all()).toEqual([]);
  });

  test('of the same rule that open again join the case and say so', async () => {
    await desk.detect({ at: 0 });
    await closeAlert('r1');
    await desk.detect({ at: 30 });
    const { members } = await view((await only()).id);
    expect(members[1]?.why).toMatch(/^host web1 had another alert of the same rule 30 min apart/);
  });

  test('that open after the case was closed begin anew', async () => {
    await desk.detect({ at: 0 }, { rule: 'r2', at: 1 });
    const { id } = await only();
    await change(id, { kind: 'status', status: 'closed', note: 'done' });
    await desk.detect({ rule: 'r3', at: 2 });
    expect(await only()).toMatchObject({ id, alerts: 2 });
    await desk.detect({ rule: 'r4', at: 3 });
    const found = await desk.all();
    expect(found).toMatchObject([{ alerts: 2, status: 'new' }, { id }]);
  });

  test('are told their case, and leave it when they are removed', async () => {
    await desk.detect({ at: 0 }, { rule: 'r2', at: 1 });
    const { id, members } = await view((await only()).id);
    const alert = members[0]?.alert.id ?? '';
    expect(await desk.cases.of({ tenant: 'acme', alert })).toEqual({ id, title: 'host web1', status: 'new' });
    expect(await desk.cases.of({ tenant: 'other', alert })).toBe(null);
    await closeAlert('r1');
    await desk.alerts.prune({ tenant: 'acme', before: new Date('2027-01-01') });
    expect(await only()).toMatchObject({ alerts: 1 });
    await closeAlert('r2');
    await desk.alerts.prune({ tenant: 'acme', before: new Date('2027-01-01') });
    expect(await desk.all()).toEqual([]);
    await expect(view(id)).rejects.toMatchObject({ code: 'cases.unknown', status: 404 });
  });
});

describe('a person', () => {
  test('assigns, comments and closes a case, with who, when and why in its history', async () => {
    const { web } = await two();
    await change(web.id, { kind: 'assigned', assignee: 'ben' });
    await change(web.id, { kind: 'commented', note: 'asked the owner' });
    const done = await change(web.id, { kind: 'status', status: 'closed', note: 'a test' }, 2);
    expect(done).toMatchObject({ case: { status: 'closed', assignee: 'ben', revision: 3 }, other: null });
    expect((await view(web.id)).history.slice(0, 3)).toMatchObject([
      { kind: 'status', by: ann, details: { before: { status: 'new' } }, note: 'a test' },
      { kind: 'commented', note: 'asked the owner' },
      { kind: 'assigned', details: { after: { assignee: 'ben' } } },
    ]);
    const late = change(web.id, { kind: 'commented', note: 'x' }, 2);
    await expect(late).rejects.toMatchObject({ code: 'cases.changed', details: { revision: 3 } });
    const toEve = change(web.id, { kind: 'assigned', assignee: 'eve' });
    await expect(toEve).rejects.toMatchObject({ code: 'cases.person_unknown' });
  });

  test('splits alerts off into a case of their own, where later ones of their entity go', async () => {
    const { web } = await two();
    const alerts = web.members.slice(1).map(({ alert }) => alert.id);
    const { case: left, other } = await change(web.id, { kind: 'split', alerts, note: 'another story' });
    expect([left.alerts, other]).toMatchObject([1, { alerts: 2, status: 'new', title: 'host web1' }]);
    const split = await view(other?.id ?? '');
    expect(split.members.map(({ why }) => why)).toEqual([
      `ann split it off the case ${web.id}: another story`,
      `ann split it off the case ${web.id}: another story`,
    ]);
    await desk.detect({ rule: 'r9', at: 5 });
    expect(await view(other?.id ?? '')).toMatchObject({ alerts: 3 });
    const all = change(left.id, {
      kind: 'split',
      alerts: left.alerts === 1 ? [web.members[0]?.alert.id ?? ''] : [],
      note: 'x',
    });
    await expect(all).rejects.toMatchObject({ code: 'cases.nothing_left' });
    const foreign = change(left.id, { kind: 'split', alerts: ['f'.repeat(32)], note: 'x' });
    await expect(foreign).rejects.toMatchObject({ code: 'cases.not_in_it' });
  });

  test('merges cases, of which one is left', async () => {
    const { web, db } = await two();
    await change(web.id, { kind: 'merged', cases: [db.id, db.id, web.id], note: 'one attack' });
    expect(await only()).toMatchObject({ id: web.id, alerts: 5 });
    const { members, entities } = await view(web.id);
    expect(entities).toEqual([host('db1'), host('web1')]);
    expect(members[0]?.why).toBe(`ann merged the case ${db.id} into this one: one attack`);
    expect(await view(db.id)).toMatchObject({ merged_into: web.id, alerts: 0, members: [] });
    const late = change(db.id, { kind: 'commented', note: 'x' });
    await expect(late).rejects.toMatchObject({ code: 'cases.merged', details: { into: web.id } });
    await desk.detect({ rule: 'r7', entity: host('db1'), at: 3 });
    expect(await only()).toMatchObject({ alerts: 6 });
  });

  test('of another tenant sees and changes nothing of it', async () => {
    const { web } = await two();
    await expect(view(web.id, 'other')).rejects.toMatchObject({ code: 'cases.unknown' });
    const foreign = { tenant: 'other', by: ann, id: web.id };
    const comment = desk.cases.change({ ...foreign, change: { kind: 'commented', note: 'x' } });
    await expect(comment).rejects.toMatchObject({ code: 'cases.unknown' });
  });
});

test('cases are listed by page, status and person', async () => {
  const { web, db } = await two();
  await change(db.id, { kind: 'assigned', assignee: 'ann' });
  const list = (request: object) => desk.cases.list({ tenant: 'acme', limit: 1, ...request });
  const page = await list({});
  expect(page.cases).toMatchObject([{ id: web.id }]);
  expect(await list({ cursor: page.next ?? '' })).toMatchObject({ cases: [{ id: db.id }], next: null });
  expect((await list({ assignee: 'ann' })).cases).toMatchObject([{ id: db.id }]);
  expect((await list({ assignee: null, status: 'new' })).cases).toMatchObject([{ id: web.id }]);
  expect((await list({ status: 'closed' })).cases).toEqual([]);
  await expect(list({ cursor: 'xx' })).rejects.toMatchObject({ code: 'cases.cursor' });
});

test('cases do not depend on how detections are cut into bulks', async () => {
  const hit = fc.record<Hit>({
    rule: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    entity: fc.integer({ min: 0, max: 3 }).map((number) => host(`h${number}`)),
    at: fc.integer({ min: 0, max: 4_000 }),
  });
  const inBulks = async (hits: readonly Hit[], sizes: readonly number[]) => {
    await (await rig.fresh()).close();
    const detections = hits.map(detectionOf);
    for (let from = 0, turn = 0; from < detections.length; turn++) {
      const some = detections.slice(from, from + (sizes[turn % sizes.length] ?? 1));
      await rig.state.transaction(async (session: StateSession) => {
        for (const projection of rig.projections)
          await projection.applyDetections?.(session, some, { replaying: true });
      });
      from += some.length;
    }
    return await rig.dump();
  };
  await desk.close();
  await fc.assert(
    fc.asyncProperty(
      fc.array(hit, { minLength: 1, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      async (hits, cuts) => {
        expect(await inBulks(hits, cuts)).toEqual(await inBulks(hits, [hits.length]));
      },
    ),
    { numRuns: 8 },
  );
  desk = await rig.fresh();
});
