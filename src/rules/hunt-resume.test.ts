import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, openHuntRig, ruleId, ruleText } from './hunt-rig.suite.ts';

const ordered = { tenant: 'acme', by, signal: new AbortController().signal };
const rule = { kind: 'id', id: ruleId } as const;
let rig: Awaited<ReturnType<typeof openHuntRig>>;

beforeAll(async () => {
  rig = await openHuntRig([ruleText()], 2);
});
afterAll(() => rig.close());

describe('a hunt that is stopped with the program', () => {
  it('goes on behind the slices that are done, and counts each event once', async () => {
    await rig.put(...[0, 61, 122, 183, 1_500, 1_561].map((at) => ({ at, host: `ws-${at}` })));
    const { id } = await rig.hunts.hunt({ rule, since: '30d', ...ordered, limit: 5 }, 'hunt');
    const stop = new AbortController();
    const pages: string[] = [];
    rig.hooks.before = async (sql) => {
      if (!sql.includes('hunt_sure')) return;
      pages.push(sql);
      if (pages.length === 2) stop.abort();
    };
    await rig.jobs.drain(stop.signal);
    expect(await rig.hunts.get('acme', id)).toMatchObject({
      ...{ state: 'waiting', error: null },
      progress: { done: 2, total: 6 },
    });
    await rig.drain();
    const { found, progress } = await rig.hunts.get('acme', id);
    expect(found).toMatchObject({ events: 6, hits: 6, kept: 5 });
    expect(found?.days.map(({ hits, alerts }) => [hits, alerts])).toEqual([
      [4, 4],
      [2, 2],
    ]);
    expect(progress).toMatchObject({ done: 6, total: 6 });
    // Two slices, of which the second began twice, and the third.
    expect(pages.length).toBe(4);
    const { hits } = await rig.hunts.hits('acme', id, 0);
    expect(hits.map(({ entity }) => entity.value)).toEqual(['ws-0', 'ws-61', 'ws-122', 'ws-183', 'ws-1500']);
  });
});
