import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AlertChange, Verdict } from '../contracts/alert.ts';
import type { StateRow } from '../state/index.ts';
import { ann, detectionOf, type Hit, host, noon, openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
beforeAll(async () => {
  rig = await openRig({ remembered: 30, alertsAnHour: 4 });
});
afterAll(() => rig.close());

const hit = fc.record<Hit>({
  tenant: fc.constantFrom('acme', 'acme', 'acme', 'other'),
  rule: fc.constantFrom('r1', 'r2', 'r3'),
  logic: fc.constantFrom('one', 'one', 'one', 'two'),
  level: fc.constantFrom('low', 'medium', 'high'),
  entity: fc.integer({ min: 0, max: 5 }).map((number) => host(`h${number}`)),
  event: fc.integer({ min: 0, max: 400 }),
  at: fc.integer({ min: 0, max: 3_000 }),
  detectedAt: fc.integer({ min: 0, max: 200 }),
});
/** Many hits on one entity, so that detections fall out of what an alert keeps. */
const burst = fc
  .record({ first: fc.integer({ min: 0, max: 300 }), count: fc.integer({ min: 40, max: 120 }) })
  .map(({ first, count }) =>
    Array.from({ length: count }, (_, index): Hit => ({ event: first + index, at: index })),
  );
const hits = fc.oneof(
  { weight: 4, arbitrary: fc.array(hit, { minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: burst },
);

const person = fc.oneof(
  fc
    .constantFrom(...Verdict.options)
    .map((verdict): AlertChange => ({ kind: 'status', status: 'closed', verdict })),
  fc
    .constantFrom(...(['new', 'in_progress'] as const))
    .map((status): AlertChange => ({ kind: 'status', status })),
  fc.constantFrom('ann', 'ben', null).map((assignee): AlertChange => ({ kind: 'assigned', assignee })),
  fc.constant<AlertChange>({ kind: 'commented', note: 'seen' }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: hits.map((some) => ({ kind: 'hits' as const, hits: some })) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      change: person,
      which: fc.nat({ max: 20 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'prune' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('except' as const),
      rule: fc.constantFrom('r1', 'r2', null),
      host: fc.integer({ min: 0, max: 5 }),
      hours: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'end' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('budget' as const),
      rule: fc.constantFrom('r1', null),
      alerts_an_hour: fc.constantFrom(1, 2, null),
    }),
  },
);

/** The counters as a count over the alerts would give them. */
const counted = `
  SELECT tenant, facet, value, part, count(*)::bigint AS count FROM (
    SELECT tenant, 'severity' AS facet, severity::text AS value, status AS part FROM alerts
    UNION ALL SELECT tenant, 'rule', rule, status FROM alerts
    UNION ALL SELECT tenant, 'assignee', coalesce(assignee, ''), status FROM alerts
    UNION ALL SELECT tenant, 'verdict', rule, verdict FROM alerts WHERE verdict IS NOT NULL
  ) AS each GROUP BY tenant, facet, value, part`;
const inOrder = (rows: readonly StateRow[]) => rows.map((row) => JSON.stringify(row)).sort();

async function run(
  desk: Awaited<ReturnType<typeof rig.fresh>>,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
) {
  for (const each of steps) {
    if (each.kind === 'hits') await desk.detect(...each.hits);
    else if (each.kind === 'budget') await desk.alerts.setBudget({ tenant: 'acme', by: ann, ...each });
    else if (each.kind === 'except') {
      const test = { kind: 'equals' as const, values: [`h${each.host}`] };
      const scope = { rule: each.rule, conditions: [{ kind: 'host' as const, test }] };
      const expires_at = new Date(noon + each.hours * 3_600_000).toISOString();
      await desk.exceptions.add({
        tenant: 'acme',
        by: ann,
        exception: { ...scope, reason: 'x', expires_at },
      });
    } else if (each.kind === 'end') {
      const { exceptions } = await desk.exceptions.list({ tenant: 'acme', state: 'in_force', limit: 1 });
      for (const { id } of exceptions) await desk.exceptions.end({ tenant: 'acme', by: ann, id });
    } else if (each.kind === 'prune')
      await desk.alerts.prune({ tenant: 'acme', before: new Date('2026-11-23T12:00:10Z') });
    else {
      const found = await desk.all();
      const ids = found.slice(each.which % Math.max(1, found.length)).map(({ id }) => id);
      await desk.alerts.changeMany({
        tenant: 'acme',
        by: ann,
        change: each.change,
        which: { ids: ids.slice(0, each.count) },
      });
    }
  }
}

describe('whatever is detected and done', () => {
  test('counters equal counts, a rebuild makes the same tables, and nobody is told again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const desk = await rig.fresh();
        try {
          await run(desk, steps);
          expect(inOrder(await rig.rows('alert_counts'))).toEqual(inOrder(await rig.state.query(counted)));
          const before = await rig.dump();
          const told = await rig.rows('outbox');
          await desk.journal.rebuild();
          expect(await rig.dump()).toEqual(before);
          expect(await rig.rows('outbox')).toEqual(told);
          expect(desk.faults).toEqual([]);
        } finally {
          await desk.close();
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('the tables do not depend on how detections are cut into bulks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hits, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 }),
        async (drawn, cuts) => {
          const detections = drawn.flat().map(detectionOf);
          const inBulks = async (sizes: readonly number[]) => {
            await (await rig.fresh()).close();
            for (let from = 0, turn = 0; from < detections.length; turn++) {
              const size = sizes[turn % sizes.length] ?? 1;
              const some = detections.slice(from, from + size);
              await rig.state.transaction(async (session) =>
                rig.projection.applyDetections?.(session, some, { replaying: true }),
              );
              from += size;
            }
            return await rig.dump();
          };
          expect(await inBulks(cuts)).toEqual(await inBulks([detections.length]));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);
});
