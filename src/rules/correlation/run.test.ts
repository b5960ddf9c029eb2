import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedCorrelation } from '../../detect/index.ts';
import { type Exceeded, evaluateCorrelation } from './evaluate.ts';
import { counts, type Position } from './position.ts';
import type { EpisodeChange, KnownEpisode } from './reconcile.ts';
import { correlationOf } from './rig.suite.ts';
import { type HitReader, runCorrelation, type StoredHit } from './run.ts';

const tenant = 'red';
const second = 1_000_000;
const hour = 3_600;
const never = new AbortController().signal;

interface Arrival {
  /** Seconds. */
  readonly time: number;
  readonly rule?: 'a' | 'b';
  readonly user?: string;
  readonly id: string;
  /** Which write brought it. */
  readonly write: number;
  readonly imported?: boolean;
}

const stored = ({ time, rule = 'a', user = 'bob', id, write, imported = false }: Arrival): StoredHit => ({
  ...{ rule: `id-${rule}`, eventId: id, time: time * second, fields: { user, size: '1' } },
  ...{ ingestedAt: write, imported },
});

/** A store of hits in memory. */
function readerOf(all: readonly StoredHit[]): HitReader {
  const sorted = [...all].sort((left, right) => left.time - right.time);
  return {
    async firstNew({ after, since, until }) {
      return sorted.find((hit) => hit.time > after && counts(hit, until) && !counts(hit, since))?.time;
    },
    async read({ from, to, until, limit, latest }) {
      const found = sorted.filter((hit) => hit.time >= from && hit.time <= to && counts(hit, until));
      return latest ? found.slice(-limit) : found.slice(0, limit);
    },
  };
}

/** What was told of episodes, as a state table would keep it, over any number of runs. */
function desk(correlation: ResolvedCorrelation, hits: readonly StoredHit[], limit = 1_000) {
  const known = new Map<string, KnownEpisode>();
  const told: EpisodeChange[] = [];
  const exceeded: Exceeded[] = [];
  let since: Position = { ingested: 0, watermark: Number.MIN_SAFE_INTEGER, imported: 0 };
  return {
    known: () =>
      [...known.values()].sort((left, right) => left.opened - right.opened || (left.id < right.id ? -1 : 1)),
    told,
    exceeded,
    async run(until: Position) {
      exceeded.push(
        ...(await runCorrelation({
          ...{ tenant, correlation, since, until, signal: never, limits: { hits: limit } },
          hits: readerOf(hits),
          known: async (metFrom) => [...known.values()].filter(({ lastMet }) => lastMet >= metFrom),
          async keep(changes) {
            for (const change of changes) {
              told.push(change);
              if (change.kind === 'superseded') known.delete(change.episode.id);
              else known.set(change.episode.id, change.episode);
            }
          },
        })),
      );
      since = until;
    },
  };
}

const everything: Position = {
  ingested: Number.MAX_SAFE_INTEGER,
  watermark: Number.MAX_SAFE_INTEGER,
  imported: Number.MAX_SAFE_INTEGER,
};

const perUser = (more: object) => ({ rules: ['a'], 'group-by': ['user'], timespan: '10s', ...more });
const correlations = [
  perUser({ type: 'event_count', condition: { gte: 2 } }),
  perUser({ type: 'event_count', condition: { gte: 4 } }),
  perUser({ type: 'event_count', condition: { lte: 2 } }),
  perUser({ type: 'event_count', condition: { eq: 3 } }),
  perUser({ type: 'value_sum', condition: { field: 'size', gte: 3 } }),
  perUser({ type: 'temporal', rules: ['a', 'b'] }),
  perUser({ type: 'temporal_ordered', rules: ['a', 'b'] }),
  perUser({ type: 'temporal', rules: ['a', 'b'], condition: 'a and not b' }),
].map((correlation) => correlationOf(correlation));

const arrivals = (writes: number) =>
  fc
    .array(
      fc.record({
        time: fc.integer({ min: 0, max: 90 }),
        rule: fc.constantFrom('a' as const, 'b' as const),
        user: fc.constantFrom('bob', 'eve'),
        write: fc.integer({ min: 1, max: writes }),
        imported: fc.boolean(),
      }),
      { maxLength: 40 },
    )
    .map((all) => all.map((each, place) => stored({ ...each, id: `e${place}` })));

const summary = (episodes: readonly KnownEpisode[]) =>
  episodes.map(({ id, from, opened, lastMet, eventCount, cut }) => ({
    id,
    from,
    opened,
    lastMet,
    eventCount,
    cut,
  }));

async function inOneRun(correlation: ResolvedCorrelation, hits: readonly StoredHit[]) {
  const one = desk(correlation, hits);
  await one.run(everything);
  return summary(one.known());
}

describe('one run or many', () => {
  test('a run over everything tells the episodes that a plain evaluation finds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...correlations), arrivals(3), async (correlation, hits) => {
        const { episodes } = evaluateCorrelation({ tenant, correlation, hits });
        expect((await inOneRun(correlation, hits)).map(({ id }) => id)).toEqual(episodes.map(({ id }) => id));
      }),
    );
  });

  test('below the watermark ten runs tell what one does, and never take anything back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...correlations), arrivals(1), async (correlation, hits) => {
        const ten = desk(correlation, hits);
        for (let step = 1; step <= 10; step += 1)
          await ten.run({ ingested: 1, watermark: step * 9 * second, imported: step === 10 ? 1 : 0 });
        const live = hits.filter(({ imported }) => !imported);
        const streamed = desk(correlation, live);
        for (let step = 1; step <= 10; step += 1)
          await streamed.run({ ingested: 1, watermark: step * 9 * second, imported: 0 });
        expect(summary(ten.known())).toEqual(await inOneRun(correlation, hits));
        expect(summary(streamed.known())).toEqual(await inOneRun(correlation, live));
        expect(streamed.told.filter(({ kind }) => kind === 'superseded')).toEqual([]);
      }),
    );
  });

  test('whatever comes late, what stands in the end is what one run over all of it tells', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...correlations), arrivals(6), async (correlation, hits) => {
        const many = desk(correlation, hits);
        for (let write = 1; write <= 6; write += 1)
          await many.run({ ingested: write, watermark: write * 15 * second, imported: write });
        expect(summary(many.known())).toEqual(await inOneRun(correlation, hits));
      }),
      { numRuns: 300 },
    );
  });

  test('slices that hold a few hits each tell the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...correlations), arrivals(1), async (correlation, hits) => {
        // A slice and what lies before it must fit; then its size has no part in the outcome.
        const most = Math.max(...hits.map(({ time }) => hits.filter((hit) => hit.time === time).length), 1);
        const sliced = desk(correlation, hits, Math.max(most + 1, 25));
        await sliced.run(everything);
        if (sliced.exceeded.length === 0)
          expect(summary(sliced.known())).toEqual(await inOneRun(correlation, hits));
      }),
    );
  });
});

describe('what comes past the watermark', () => {
  const [twice] = correlations;
  if (twice === undefined) throw new Error('there is no correlation');
  const first = [stored({ time: 20, id: 'e1', write: 1 }), stored({ time: 22, id: 'e2', write: 1 })];
  const at = (write: number): Position => ({ ingested: write, watermark: 100 * second, imported: write });

  test('within an episode amends it: the same id, one event more', async () => {
    const work = desk(twice, [...first, stored({ time: 21, id: 'e3', write: 2 })]);
    await work.run(at(1));
    const [before] = work.known();
    // e3 at 21 is the second of its window now: the episode opens there.
    await work.run(at(2));
    const [after] = work.known();
    expect(work.known()).toHaveLength(1);
    expect(before?.eventCount).toBe(2);
    expect(after).toMatchObject({ eventCount: 3, opened: 21 * second });
    expect(work.told.slice(1)).toMatchObject([
      { kind: 'opened', episode: { id: after?.id }, supersedes: [before?.id] },
      { kind: 'superseded', episode: { id: before?.id }, by: after?.id },
    ]);
  });

  test('behind it amends it', async () => {
    const work = desk(twice, [...first, stored({ time: 30, id: 'e3', write: 2 })]);
    await work.run(at(1));
    await work.run(at(2));
    const [{ id = '' } = {}] = work.known();
    expect(work.told.slice(1)).toMatchObject([
      { kind: 'amended', episode: { id, eventCount: 3, lastMet: 30 * second }, supersedes: [] },
    ]);
  });

  test('between two joins them, and says so', async () => {
    const later = [stored({ time: 40, id: 'e3', write: 1 }), stored({ time: 41, id: 'e4', write: 1 })];
    const work = desk(twice, [...first, ...later, stored({ time: 31, id: 'e5', write: 2 })]);
    await work.run(at(1));
    const [one, two] = work.known();
    await work.run(at(2));
    expect(summary(work.known())).toMatchObject([{ id: one?.id, eventCount: 5, lastMet: 41 * second }]);
    expect(work.told.slice(2)).toMatchObject([
      { kind: 'amended', supersedes: [two?.id] },
      { kind: 'superseded', episode: { id: two?.id }, by: one?.id },
    ]);
  });

  test('may leave nothing of it', async () => {
    const exactly = correlationOf(perUser({ type: 'event_count', condition: { eq: 2 } }));
    const work = desk(exactly, [...first, stored({ time: 22, id: 'e3', write: 2 })]);
    await work.run(at(1));
    await work.run(at(2));
    expect(work.known()).toEqual([]);
    expect(work.told.at(-1)).toMatchObject({ kind: 'superseded', by: undefined });
  });

  test('a repeat of a stored hit changes nothing', async () => {
    const work = desk(twice, [...first, stored({ time: 22, id: 'e2', write: 2 })]);
    await work.run(at(1));
    await work.run(at(2));
    expect(work.told).toHaveLength(1);
  });
});

test('more hits at one moment than are read at once are told, and the run comes to its end', async () => {
  const [twice] = correlations;
  if (twice === undefined) throw new Error('there is no correlation');
  const crowd = Array.from({ length: 30 }, (_, place) =>
    stored({ time: 20, id: `e${place + 10}`, write: 1 }),
  );
  const later = [stored({ time: 50, id: 'e50', write: 1 }), stored({ time: 51, id: 'e51', write: 1 })];
  const work = desk(twice, [...crowd, ...later], 10);
  await work.run(everything);
  expect(work.exceeded).toContainEqual({ rule: 'top', bound: 'hits', limit: 10 });
  expect(work.known().map(({ opened }) => opened / second)).toEqual([20, 51]);
});

describe('a run that begins within an episode', () => {
  const [twice] = correlations;
  if (twice === undefined) throw new Error('there is no correlation');
  /** A hit each five seconds, without a gap, the last one new. */
  const steady = (seconds: number) =>
    Array.from({ length: seconds / 5 }, (_, place) =>
      stored({
        time: place * 5,
        id: `e${String(place).padStart(6, '0')}`,
        write: place * 5 + 5 < seconds ? 1 : 2,
      }),
    );
  /** State that was lost: what was written first counts as looked at, but nothing is known of it. */
  const begun = async (hits: readonly StoredHit[]) => {
    const work = desk(twice, hits, 100_000);
    const changes: EpisodeChange[] = [];
    await runCorrelation({
      ...{ tenant, correlation: twice, signal: never, limits: { hits: 100_000 } },
      since: { ingested: 1, watermark: Number.MAX_SAFE_INTEGER, imported: 1 },
      until: everything,
      hits: readerOf(hits),
      known: async () => [],
      keep: async (more) => {
        changes.push(...more);
      },
    });
    await work.run(everything);
    return { changes, whole: work.known() };
  };

  test('looks back to the gap before it', async () => {
    const { changes, whole } = await begun(steady(3 * hour));
    expect(changes).toMatchObject([{ kind: 'opened', episode: { id: whole[0]?.id, cut: false } }]);
  });

  test('but no further than a day: then it says that it is cut', async () => {
    const { changes } = await begun(steady(25 * hour));
    expect(changes).toMatchObject([{ kind: 'opened', episode: { cut: true } }]);
  });
});
