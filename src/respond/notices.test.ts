import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Closing, type Engines, emptied, enginesIn, openRig, receiver } from './rig.suite.ts';

const ofFile = new Closing();
const closing = new Closing();
let engines: Engines;
beforeAll(async () => {
  engines = await enginesIn(ofFile);
});
beforeEach(() => emptied(engines));
afterEach(() => closing.all());
afterAll(() => ofFile.all());

const hour = 3_600_000;
const disk = {
  tenant: 'acme',
  kind: 'disk.low',
  key: 'disk.low',
  severity: 'high',
  subject: 'The disk is filling',
  details: { free_share: 0.07 },
} as const;

const told = (rig: ReturnType<typeof openRig>) =>
  rig.state.query(
    `SELECT subject, payload->>'condition' AS stage FROM outbox WHERE tenant = 'acme' ORDER BY id`,
  );

describe('a condition', () => {
  it('is told once however often it is raised, again every day while it lasts, and when it ends', async () => {
    const rig = openRig(closing, engines);
    expect(await rig.notices.raise(disk)).toBe(true);
    for (let times = 0; times < 23; times += 1) {
      rig.later(hour);
      expect(await rig.notices.raise(disk)).toBe(false);
    }
    rig.later(hour);
    expect(await rig.notices.raise(disk)).toBe(true);
    expect(await rig.notices.open('acme')).toMatchObject([{ key: 'disk.low', times: 25 }]);
    expect(await rig.notices.clear(disk)).toBe(true);
    expect(await rig.notices.clear(disk)).toBe(false);
    expect(await rig.notices.open('acme')).toEqual([]);
    expect(await told(rig)).toEqual([
      { subject: 'The disk is filling', stage: 'raised' },
      { subject: 'The disk is filling', stage: 'lasting' },
      { subject: 'Ended: The disk is filling', stage: 'ended' },
    ]);
  });

  it('that comes back is told anew', async () => {
    const rig = openRig(closing, engines);
    await rig.notices.raise(disk);
    await rig.notices.clear(disk);
    rig.later(1_000);
    expect(await rig.notices.raise(disk)).toBe(true);
    expect(await rig.notices.open('acme')).toMatchObject([{ times: 1 }]);
  });

  it('is one a key and tenant, and is raised by many at once as one', async () => {
    const rig = openRig(closing, engines);
    const raised = await Promise.all(Array.from({ length: 5 }, () => rig.notices.raise(disk)));
    expect(raised.filter(Boolean)).toHaveLength(1);
    expect(await rig.notices.raise({ ...disk, key: 'disk.low/two' })).toBe(true);
    expect(await rig.notices.raise({ ...disk, tenant: 'other' })).toBe(true);
    expect(await rig.notices.clear({ tenant: 'third', key: disk.key })).toBe(false);
  });

  it('goes out over the channels, its end over the same ones', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url, { min_severity: 'high', kinds: ['disk.low'] });
    await rig.notices.raise(disk);
    await rig.pass();
    rig.later(hour);
    await rig.notices.clear(disk);
    await rig.pass();
    expect(hook.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'disk.low', data: { details: { condition: 'raised', details: { free_share: 0.07 } } } },
      { type: 'disk.low', data: { subject: 'Ended: The disk is filling' } },
    ]);
  });
});
