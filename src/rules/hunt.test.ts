import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, openHuntRig, ruleId, ruleText } from './hunt-rig.suite.ts';

const { signal } = new AbortController();
const ordered = { tenant: 'acme', by, signal };
const rule = { kind: 'id', id: ruleId } as const;
const day = 24 * 60;
let rig: Awaited<ReturnType<typeof openHuntRig>>;

beforeAll(async () => {
  rig = await openHuntRig();
  await rig.put(
    ...[0, 1, 2].map((at) => ({ at, host: 'WS-1' })),
    { at: day, host: 'ws-2' },
    { at: day + 1, host: 'ws-3' },
    { at: day + 2, host: 'ws-4' },
    { at: day + 3, host: 'ws-5' },
    { at: null, host: 'ws-6' },
    { at: 5, user: 'trent' },
    { at: 6, code: 4624 },
    { at: 7, tenant: 'rival', host: 'theirs' },
  );
});
afterAll(() => rig.close());

async function hunted(order: Partial<Parameters<typeof rig.hunts.hunt>[0]> = {}) {
  const { id } = await rig.hunts.hunt({ rule, since: '30d', ...ordered, ...order }, 'hunt');
  await rig.drain();
  const view = await rig.hunts.get(order.tenant ?? 'acme', id);
  return { ...view, hits: (await rig.hunts.hits(order.tenant ?? 'acme', id, 0)).hits };
}

describe('a hunt', () => {
  it('finds what the rule would have hit, with entity and matched fields, in the order of time', async () => {
    const { state, found, hits, progress } = await hunted();
    expect([state, rig.faults]).toEqual(['done', []]);
    expect(hits.map(({ entity }) => entity.value)).toEqual([
      ...['ws-6', 'ws-1', 'ws-1', 'ws-1', 'ws-2', 'ws-3', 'ws-4', 'ws-5'],
    ]);
    expect(hits[1]).toMatchObject({
      ...{ time: '2026-11-01T12:00:00.000000Z', received_at: '2026-11-01T12:00:01.000Z', source: 'windows' },
      matched: [
        { field: 'EventID', value: '4625' },
        { field: 'TargetUserName', value: 'mallory' },
      ],
    });
    expect(hits[0]?.time).toBe(null);
    expect(found).toMatchObject({ events: 10, hits: 8, kept: 8, unreadable: 0, entities_total: 6 });
    expect(found?.entities[0]).toEqual({ entity: { kind: 'host', value: 'ws-1' }, hits: 3 });
    expect(progress).toMatchObject({ done: 10, total: 10 });
  });

  it('sees its tenant alone, and shows its hits to nobody else', async () => {
    const theirs = await hunted({ tenant: 'rival' });
    expect(theirs.hits.map(({ entity }) => entity.value)).toEqual(['theirs']);
    await expect(rig.hunts.get('acme', theirs.id)).rejects.toMatchObject({ code: 'jobs.unknown_job' });
    await expect(rig.hunts.hits('acme', theirs.id, 0)).rejects.toMatchObject({ code: 'jobs.unknown_job' });
    await expect(rig.hunts.cancel('acme', theirs.id)).rejects.toMatchObject({ code: 'jobs.unknown_job' });
    expect((await rig.hunts.list('acme')).map(({ id }) => id)).not.toContain(theirs.id);
  });

  it('keeps to its window; events without a time count by their receipt', async () => {
    const { found } = await hunted({ since: '2026-11-02T00:00:00Z', until: '2026-11-02T12:01:30Z' });
    // Of the second day the first two, and the one without a time.
    expect(found).toMatchObject({ events: 3, hits: 3 });
  });

  it('keeps the first hits up to its limit and counts all', async () => {
    const { found, hits } = await hunted({ limit: 2 });
    expect([hits.length, found?.kept, found?.hits]).toEqual([2, 2, 8]);
  });

  it('takes a rule from its text, with what is wrong with it', async () => {
    const text = { kind: 'text', text: ruleText('trent', 'other'), file: 'mine.yml' } as const;
    const { found, rule: head } = await hunted({ rule: text });
    expect([found?.hits, head]).toEqual([1, { id: 'other', title: 'Failed logon of trent', level: 'high' }]);
    const broken = { ...text, text: ruleText().replace('condition: logon', 'condition: login') };
    await expect(hunted({ rule: broken })).rejects.toMatchObject({
      code: 'rules.hunt_rule',
      message: expect.stringMatching(/^mine\.yml:7:\d+: .*detect\.unknown_search/),
    });
    const nowhere = {
      ...text,
      text: ruleText().replace('product: windows, service: security', 'product: x'),
    };
    await expect(hunted({ rule: nowhere })).rejects.toMatchObject({ code: 'rules.hunt_rule' });
    const unknown = { kind: 'id', id: 'nobody' } as const;
    await expect(hunted({ rule: unknown })).rejects.toMatchObject({ code: 'rules.unknown_rule' });
  });

  it('ends at the newest event where the span before now holds none', async () => {
    const { window, found } = await hunted({ since: '2d' });
    expect(window).toMatchObject({ anchored: true, to: '2026-11-02T12:03:00.001Z' });
    expect(found?.hits).toBe(8);
    await expect(hunted({ since: 'soon' })).rejects.toMatchObject({ code: 'rules.window' });
    await expect(
      hunted({ since: '2026-11-02T00:00:00Z', until: '2026-11-01T00:00:00Z' }),
    ).rejects.toMatchObject({ code: 'rules.window' });
  });

  it('says what it would ask and read before it runs', async () => {
    const told = await rig.hunts.explain({ rule, since: '30d', ...ordered });
    expect(told).toMatchObject({
      events: 10,
      rule: { id: ruleId },
      where: expect.stringContaining('source'),
    });
    expect(told.bytes).toBeGreaterThan(0);
  });

  it('is cancelled while it waits, and refused past the bound of open ones', async () => {
    const all = [];
    for (let n = 0; n < 10; n++) all.push(await rig.hunts.hunt({ rule, since: '1d', ...ordered }, 'hunt'));
    await expect(rig.hunts.hunt({ rule, since: '1d', ...ordered }, 'hunt')).rejects.toMatchObject({
      code: 'rules.too_many_hunts',
    });
    for (const { id } of all) expect((await rig.hunts.cancel('acme', id)).state).toBe('cancelled');
  });

  it('ends when it is cancelled while it runs', async () => {
    const { id } = await rig.hunts.hunt({ rule, since: '30d', ...ordered }, 'hunt');
    rig.hooks.before = () => rig.hunts.cancel('acme', id).catch(() => {});
    await rig.drain();
    rig.hooks.before = async () => {};
    expect(await rig.hunts.get('acme', id)).toMatchObject({ state: 'cancelled', found: null });
  });
});

describe('a back-test', () => {
  it('predicts alerts a day: one a rule, entity and day, and one more past the bound of an hour', async () => {
    const { id } = await rig.hunts.hunt({ rule, since: '30d', ...ordered }, 'backtest');
    await rig.drain();
    const { found, purpose } = await rig.hunts.get('acme', id);
    expect(purpose).toBe('backtest');
    // On the second day five hosts were hit within an hour, of which two get alerts and the others one together.
    expect(found?.days).toEqual([
      { day: '2026-11-01', hits: 3, alerts: 1 },
      { day: '2026-11-02', hits: 5, alerts: 3 },
    ]);
    expect(found?.prediction).toMatchObject({ days: 2, hits_a_day: 4, alerts_a_day: 2, noisy: null });
    expect(found?.prediction.verdict).toContain('Too few events');
  });
});
