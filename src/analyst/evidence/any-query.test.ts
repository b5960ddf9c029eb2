import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  EventField,
  HuntCondition,
  type HuntMeasure,
  HuntPlan,
  type HuntQuery,
} from '../../contracts/index.ts';
import { planQuestion } from '../plan/deterministic.ts';
import { outsideId } from '../plan/outside.ts';
import { gather } from './gather.ts';
import { openTestStore, planOf, scopeOf, type TestStore } from './stored.suite.ts';

const signal = new AbortController().signal;
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  await test.insert({
    attributes: { device_hostname: 'WS-07', class_uid: 1007, activity_id: 1, process_name: 'a' },
  });
}, 60_000);
afterAll(() => test.close());

const field = fc.constantFrom(...EventField.options);
const value = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.constantFrom(
    '10.0.0.0/8',
    '::/0',
    '10.0.0.1',
    '1.2.3.4/99',
    '42',
    '0xff',
    '99999999999999999999999',
    '',
    '%',
    '\\',
    "'",
  ),
  fc.constantFrom(
    '2024-03-14T10:00:00Z',
    '9999-99-99T99:99:99Z',
    '00000000-0000-8000-8000-000000000001',
    'a.b',
    'x\\y',
    'x@y',
  ),
);
const condition: fc.Arbitrary<HuntCondition> = fc.record({
  fields: fc.uniqueArray(field, { minLength: 1, maxLength: 4 }),
  op: fc.constantFrom(...HuntCondition.shape.op.options),
  values: fc.array(value, { maxLength: 3 }),
  negated: fc.boolean(),
});
const measure: fc.Arbitrary<HuntMeasure> = fc.oneof(
  fc.constant<HuntMeasure>({ kind: 'count' }),
  fc.record({ kind: fc.constantFrom('distinct' as const, 'sum' as const), field }),
);
const limit = fc.integer({ min: 1, max: 1_000 });
const common = {
  id: fc.constant('q1'),
  purpose: fc.constant(''),
  where: fc.array(condition, { maxLength: 4 }),
};
const query: fc.Arbitrary<HuntQuery> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('rows' as const),
    columns: fc.array(field, { minLength: 1, maxLength: 8 }),
    order: fc.constantFrom('oldest' as const, 'newest' as const),
    limit,
  }),
  fc.record({
    ...common,
    kind: fc.constant('top' as const),
    group_by: fc.array(field, { minLength: 1, maxLength: 4 }),
    measure,
    order: fc.constantFrom('most' as const, 'least' as const),
    limit,
  }),
  fc.record({
    ...common,
    kind: fc.constant('timeline' as const),
    bucket_seconds: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    measure,
    limit,
  }),
  fc.record({ ...common, kind: fc.constant('first_last' as const) }),
  fc.record({
    ...common,
    kind: fc.constant('process_tree' as const),
    depth: fc.integer({ min: 1, max: 10 }),
    limit,
  }),
);

it('runs any query that the contract allows', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (any) => {
      const plan = HuntPlan.parse(planOf(any));
      for await (const evidence of gather(plan, { store: test.store, scope: scopeOf(), signal })) {
        expect(evidence.query_id).toBe('q1');
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

it.each([
  'find C:\\Users\\alice\\"x" or \'; DROP TABLE events; --',
  'what happened on WS-07',
  'top 10 source IPs by bytes',
  'which user logged on to the most hosts',
  'events per week ever',
  'process tree of cmd.exe',
  'connections from 10.0.0.0/8 to 2001:db8::/32 port 443 over 1 GB',
])('runs every query of the plan for: %s', async (text) => {
  const now = new Date('2024-03-14T12:00:00Z');
  const outcome = planQuestion({ text }, { now, newestEvent: now });
  if (outcome.kind !== 'plan') throw new Error(outcome.message);
  const ids: string[] = [];
  for await (const { query_id } of gather(outcome.plan, { store: test.store, scope: scopeOf(), signal }))
    ids.push(query_id);
  // Nothing is stored here: what lies outside the window is looked for too.
  const planned = ids.filter((id) => id !== outsideId);
  expect(new Set(planned)).toEqual(new Set(outcome.plan.queries.map(({ id }) => id)));
});
