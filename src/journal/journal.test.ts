import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Topics } from '../log/index.ts';
import type { State } from '../state/index.ts';
import type { Journal } from './index.ts';
import { ann, detectionOf, openRig, totalOf } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let topics: Topics;
let journal: Journal;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.forget();
  topics = await rig.openTopics();
  journal = await rig.openJournal(topics);
});
afterEach(async () => {
  await journal.close();
  await topics.close();
});

const times = (factor: number, tenant = 'acme') =>
  journal.change({ kind: 'toy.times', tenant, by: ann }, async () => ({ factor }));
const add = (...amounts: readonly number[]) =>
  journal.detected(amounts.map((amount) => detectionOf(`add ${amount}`)));
const rows = async () => ({
  totals: await rig.state.query('SELECT * FROM toy_totals ORDER BY tenant'),
  faults: await rig.state.query('SELECT topic, entry, code FROM journal_faults ORDER BY topic, entry'),
  places: await rig.state.query('SELECT topic, next FROM journal_positions ORDER BY topic'),
  audit: await rig.state.query('SELECT * FROM audit_trail ORDER BY topic, entry'),
});

describe('changes', () => {
  it('are on disk and in the tables when they resolve, and say after which detections', async () => {
    await add(2, 3);
    await journal.settled();
    const recorded = await times(7);
    expect(recorded).toMatchObject({ offset: 0, after: 2, at: '2026-11-23T12:34:56.000Z', by: ann });
    expect(await totalOf(rig.state)).toBe(42);
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 1 });
  });

  it('are each one sync, before anyone hears that they are done', async () => {
    const before = topics.syncs();
    for (const factor of [2, 3, 4]) await times(factor);
    expect(topics.syncs()).toBe(before + 3);
  });

  it('are decided one at a time on what the tables say', async () => {
    await add(1);
    await journal.settled();
    const once = () =>
      journal.change({ kind: 'toy.times', tenant: 'acme', by: ann }, async (session) =>
        (await totalOf(session)) === 2 ? { factor: 10 } : undefined,
      );
    const outcomes = await Promise.all([once(), once(), once()]);
    expect(outcomes.map((outcome) => outcome?.offset)).toEqual([0, undefined, undefined]);
    expect(await totalOf(rig.state)).toBe(20);
  });

  it('leave nothing when the decision refuses', async () => {
    const refusing = journal.change({ kind: 'toy.times', tenant: 'acme', by: ann }, async () => {
      throw new Error('not allowed');
    });
    await expect(refusing).rejects.toThrow('not allowed');
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 0 });
  });

  it('can only be decided by reading', async () => {
    const writing = journal.change({ kind: 'toy.times', tenant: 'acme', by: ann }, async (session) => {
      await session.query("INSERT INTO toy_totals (tenant, total) VALUES ('acme', 9)");
      return {};
    });
    await expect(writing).rejects.toMatchObject({ code: 'state.query' });
    expect(await totalOf(rig.state)).toBe(1);
  });

  it('are refused when nothing takes their kind or they are too large', async () => {
    const change = (kind: string, data: Record<string, string>) =>
      expect(journal.change({ kind, tenant: 'acme', by: ann }, async () => data)).rejects;
    await change('toy.unknown', {}).toMatchObject({ code: 'journal.unknown_kind' });
    await change('toy.times', { note: 'x'.repeat(2 ** 20) }).toMatchObject({ code: 'journal.too_large' });
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 0 });
  });

  it('that can not be applied are said to be recorded but not in the tables, and stop no other', async () => {
    const failing = journal.change({ kind: 'toy.fails', tenant: 'acme', by: ann }, async () => ({}));
    await expect(failing).rejects.toMatchObject({ code: 'journal.not_applied' });
    expect(rig.faults).toMatchObject([{ kind: 'skipped', topic: 'changes', offset: 0 }]);
    await times(5);
    expect(await totalOf(rig.state)).toBe(5);
    const live = await rows();
    await journal.rebuild();
    expect(await rows()).toEqual(live);
  });

  it('wait for one bulk of detections at most', async () => {
    let applied = 0;
    journal.onApplied(({ detections }) => {
      applied += detections;
    });
    await add(...Array.from({ length: 3_000 }, () => 1));
    const before = applied;
    await journal.change({ kind: 'toy.times', tenant: 'acme', by: ann }, async () => {
      expect(applied - before).toBeLessThanOrEqual(500);
      return { factor: 2 };
    });
    await journal.settled();
    expect(applied).toBe(3_000);
  });
});

describe('detections', () => {
  it('that can not be applied are skipped one by one and counted; the rest is in the tables', async () => {
    const titles = Array.from({ length: 40 }, (_, index) => (index % 13 === 5 ? 'fail' : 'add 1'));
    await journal.detected(titles.map((title) => detectionOf(title)));
    await journal.settled();
    expect(await totalOf(rig.state)).toBe(1 + 37);
    expect((await rows()).faults.map(({ entry }) => entry)).toEqual([5, 18, 31]);
    expect(rig.faults).toHaveLength(3);
  });

  it('that can not be read are skipped and counted; the rest is in the tables', async () => {
    await add(1);
    await journal.settled();
    await topics.append('detections', [Buffer.from('no json'), Buffer.from('{"id":1}')]);
    await add(2);
    await journal.settled();
    expect(await totalOf(rig.state)).toBe(4);
    expect((await rows()).faults).toMatchObject([
      { topic: 'detections', entry: 1, code: 'journal.unreadable' },
      { topic: 'detections', entry: 2, code: 'journal.unreadable' },
    ]);
  });

  it('are told to who listens, with the changes', async () => {
    const heard = { detections: 0, changes: 0 };
    const stop = journal.onApplied(({ detections, changes }) => {
      heard.detections += detections;
      heard.changes += changes;
    });
    await add(...Array.from({ length: 700 }, () => 1));
    await times(2);
    await journal.settled();
    await new Promise(setImmediate);
    stop();
    await add(1);
    await journal.settled();
    await new Promise(setImmediate);
    expect(heard).toEqual({ detections: 700, changes: 1 });
  });

  it('are waited for only as long as the signal says', async () => {
    await add(...Array.from({ length: 1_000 }, () => 1));
    await expect(journal.settled(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await journal.settled();
  });
});

/** A state that fails when it is told to, as a busy or ended engine does. */
function unreliable(state: State, fails: () => boolean): State {
  const busy = async () => {
    const { TyrianError } = await import('../contracts/index.ts');
    throw new TyrianError('state.ended', 'the engine ended', { retryable: true });
  };
  return {
    query: (...call) => state.query(...call),
    transaction: async (work, options) => (fails() ? busy() : state.transaction(work, options)) as never,
    dump: (path) => state.dump(path),
    close: async () => undefined,
  };
}

describe('after a stop', () => {
  it('changes and detections that were on disk only are brought into the tables, in their order', async () => {
    let isDown: boolean = false;
    await journal.close();
    // The second transaction of a change is the one that applies it.
    let calls = 0;
    journal = await rig.openJournal(
      topics,
      unreliable(rig.state, () => isDown && ++calls !== 1),
    );
    await add(2);
    await journal.settled();
    isDown = true;
    await expect(times(5)).rejects.toMatchObject({ code: 'state.ended' });
    await add(3);
    await journal.close();
    expect(await totalOf(rig.state)).toBe(3);
    journal = await rig.openJournal(topics);
    await journal.settled();
    expect(await totalOf(rig.state)).toBe(3 * 5 + 3);
  });

  it('of the state alone, the next change finds the one before in the tables', async () => {
    let calls = 0;
    await journal.close();
    journal = await rig.openJournal(
      topics,
      unreliable(rig.state, () => ++calls === 4),
    );
    await times(2);
    await expect(times(3)).rejects.toMatchObject({ code: 'state.ended' });
    await times(5);
    expect(await totalOf(rig.state)).toBe(30);
    expect(await topics.ends('changes')).toEqual({ first: 0, next: 3 });
  });

  it('tables that know more than the topics are made again', async () => {
    await add(4, 4);
    await times(3);
    await journal.settled();
    await journal.close();
    await topics.close();
    topics = await rig.openTopics();
    journal = await rig.openJournal(topics);
    expect(await totalOf(rig.state)).toBe(1);
    expect(await times(2)).toMatchObject({ offset: 0 });
    expect(await totalOf(rig.state)).toBe(2);
  });
});

describe('rebuild', () => {
  type Step =
    | { readonly add: number }
    | { readonly times: number }
    | { readonly bad: true }
    | { readonly wait: true };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 99 }) }) },
    { weight: 3, arbitrary: fc.record({ times: fc.integer({ min: 2, max: 9 }) }) },
    { weight: 1, arbitrary: fc.constant({ bad: true } as const) },
    { weight: 2, arbitrary: fc.constant({ wait: true } as const) },
  );

  it('gives the rows that were there, whatever happened in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        await journal.close();
        await topics.close();
        await rig.forget();
        topics = await rig.openTopics();
        journal = await rig.openJournal(topics);
        const running: Promise<unknown>[] = [];
        for (const one of steps) {
          if ('add' in one) running.push(add(one.add, one.add + 1));
          else if ('times' in one) running.push(times(one.times, one.times % 2 ? 'acme' : 'rival'));
          else if ('bad' in one) running.push(journal.detected([detectionOf('fail')]));
          else await journal.settled();
        }
        await Promise.all(running);
        await journal.settled();
        const live = await rows();
        const counts = await journal.rebuild();
        expect(await rows()).toEqual(live);
        expect(counts.changes).toBe(steps.filter((one) => 'times' in one).length);
      }),
      { numRuns: 25 },
    );
  });

  it('counts what it applies, and tells nobody a second time', async () => {
    await add(1, 2, 3);
    await times(2);
    const told = () => rig.state.query('SELECT count(*)::int4 AS count FROM toy_told');
    const before = await told();
    const progress: number[] = [];
    expect(await journal.rebuild((applied) => progress.push(applied))).toEqual({ changes: 1, detections: 3 });
    expect(progress.at(-1)).toBe(4);
    expect(await told()).toEqual(before);
    await times(2);
    expect(await told()).not.toEqual(before);
  });

  it('that was broken off is finished at the next start, and still tells nobody', async () => {
    for (let round = 0; round < 3; round++) {
      await add(...Array.from({ length: 600 }, () => 1));
      await journal.settled();
      await times(2);
    }
    const live = await rows();
    const told = await rig.state.query('SELECT count(*)::int4 AS count FROM toy_told');
    await journal.close();
    let calls = 0;
    journal = await rig.openJournal(
      topics,
      unreliable(rig.state, () => ++calls > 3),
    );
    await expect(journal.rebuild()).rejects.toMatchObject({ code: 'state.ended' });
    await journal.close();
    expect((await rows()).totals).not.toEqual(live.totals);
    journal = await rig.openJournal(topics);
    await journal.settled();
    expect(await rows()).toEqual(live);
    expect(await rig.state.query('SELECT count(*)::int4 AS count FROM toy_told')).toEqual(told);
  });

  it('goes on from what is kept of a topic', async () => {
    await add(5, 5);
    await times(3);
    await journal.settled();
    await topics.trim('detections', 1);
    await journal.rebuild();
    expect(await totalOf(rig.state)).toBe(18);
  });
});

describe('a closed journal', () => {
  it('ends what it began and takes nothing more', async () => {
    const change = times(2);
    await journal.close();
    expect(await change).toMatchObject({ offset: 0 });
    await expect(times(2)).rejects.toMatchObject({ code: 'journal.closed' });
    await expect(add(1)).rejects.toMatchObject({ code: 'journal.closed' });
    await expect(journal.rebuild()).rejects.toMatchObject({ code: 'journal.closed' });
  });
});
