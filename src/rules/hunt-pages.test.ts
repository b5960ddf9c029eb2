import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, openHuntRig, ruleId, ruleText } from './hunt-rig.suite.ts';

const ordered = { tenant: 'acme', by, signal: new AbortController().signal };
/** More than a page has rows. */
const many = 4_500;
/** Nine of them are more than a page has bytes. */
const large = 'x'.repeat(900_000);
let rig: Awaited<ReturnType<typeof openHuntRig>>;

beforeAll(async () => {
  rig = await openHuntRig([ruleText(), ruleText('large', 'large')]);
  await rig.put(...Array.from({ length: many }, (_, at) => ({ at })));
  for (let at = 0; at < 12; at++) await rig.put({ at: at * 60, user: 'large', note: large });
});
afterAll(() => rig.close());

async function hitsOf(id: string) {
  const hunt = await rig.hunts.hunt({ rule: { kind: 'id', id }, since: '30d', ...ordered }, 'hunt');
  await rig.drain();
  expect(rig.faults).toEqual([]);
  return (await rig.hunts.get('acme', hunt.id)).found?.hits;
}

describe('pages of a hunt', () => {
  it('lose no row between them, and have none twice', async () => {
    expect(await hitsOf(ruleId)).toBe(many);
  });

  it('have fewer rows where records are large', async () => {
    expect(await hitsOf('large')).toBe(12);
  });
});
