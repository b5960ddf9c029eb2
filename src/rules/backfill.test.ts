import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, openHuntRig, ruleId, ruleText } from './hunt-rig.suite.ts';

const { signal } = new AbortController();
const ordered = { tenant: 'acme', by, signal };
const other = 'other-rule';
/** More than an alert keeps of its detections. */
const many = 70;
let rig: Awaited<ReturnType<typeof openHuntRig>>;

beforeAll(async () => {
  rig = await openHuntRig([ruleText(), ruleText('trent', other)]);
  await rig.put(
    ...Array.from({ length: many }, (_, at) => ({ at, host: 'ws-1' })),
    { at: 5, user: 'trent', host: 'ws-2' },
    { at: 6, user: 'somebody' },
    { at: 7, tenant: 'rival' },
  );
});
afterAll(() => rig.close());

async function backfilled(
  order: { readonly rule?: string; readonly since?: string; readonly until?: string } = {},
) {
  const { id } = await rig.hunts.backfill({ since: '30d', ...ordered, ...order });
  await rig.drain();
  expect(rig.faults).toEqual([]);
  return (await rig.hunts.get('acme', id)).filled;
}

const alerts = () =>
  rig.state.query('SELECT tenant, rule, entity_value, hits, events FROM alerts ORDER BY rule');

describe('a back-fill', () => {
  it('makes the detections of one rule, which become alerts', async () => {
    expect(await backfilled({ rule: other })).toMatchObject({ hits: 1, detections: 1, known: 0 });
    expect(await alerts()).toEqual([
      { tenant: 'acme', rule: other, entity_value: 'ws-2', hits: 1, events: 1 },
    ]);
  });

  it('leaves out what is known, and takes only its window', async () => {
    const until = { since: '2026-11-01T12:00:00Z', until: '2026-11-01T12:10:00Z' };
    expect(await backfilled(until)).toMatchObject({ events: 12, hits: 11, detections: 10, known: 1 });
    expect(await alerts()).toEqual([
      { tenant: 'acme', rule: ruleId, entity_value: 'ws-1', hits: 10, events: 10 },
      { tenant: 'acme', rule: other, entity_value: 'ws-2', hits: 1, events: 1 },
    ]);
  });

  it('may be repeated: nothing is counted twice, though the alert has forgotten most of its detections', async () => {
    expect(await backfilled()).toMatchObject({ hits: many + 1, detections: many - 10, known: 11 });
    const once = await alerts();
    expect(once[0]).toMatchObject({ rule: ruleId, hits: many, events: many });
    expect(await backfilled()).toMatchObject({ hits: many + 1, detections: 0, known: many + 1 });
    expect(await alerts()).toEqual(once);
  });

  it('is for rules that are in force', async () => {
    await rig.mask.set({ tenant: 'acme', by, ruleId: other, change: { enabled: false } });
    await expect(backfilled({ rule: other })).rejects.toMatchObject({ code: 'rules.not_in_force' });
    await expect(backfilled({ rule: 'nobody' })).rejects.toMatchObject({ code: 'rules.unknown_rule' });
    expect(await backfilled()).toMatchObject({ hits: many, detections: 0 });
  });
});
