import { MockLanguageModelV4 } from 'ai/test';
import { expect, it } from 'vitest';
import { planQuestion } from './deterministic.ts';
import { createModelPlanner } from './model.ts';
import type { PlanOutcome } from './port.ts';

const now = new Date('2024-03-14T12:00:00Z');
const context = { now, newestEvent: now };
const signal = new AbortController().signal;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const says = (text: string) => ({
  content: [{ type: 'text' as const, text }],
  finishReason: { unified: 'stop' as const, raw: 'stop' },
  usage,
  warnings: [],
});

const good = {
  answerable: true,
  kind: 'search',
  queries: [
    {
      id: 'anything',
      purpose: 'logons of alice',
      kind: 'rows',
      where: [{ fields: ['user_name'], op: 'equals', values: ['alice'], negated: false }],
      columns: ['time', 'user_name'],
      order: 'newest',
      limit: 100,
    },
  ],
  assumptions: ['alice is a user'],
};

function planWith(text: string, ...answers: readonly string[]) {
  const model = new MockLanguageModelV4({ doGenerate: answers.map(says) });
  const planner = createModelPlanner({ model, name: 'mock model' });
  return { model, outcome: planner.plan({ text }, context, signal) };
}

async function planned(outcome: Promise<PlanOutcome>) {
  const made = await outcome;
  if (made.kind !== 'plan') throw new Error(made.message);
  return made.plan;
}

it("takes the model's queries, and the window from the question", async () => {
  const { outcome } = planWith('was war mit alice gestern los, yesterday?', JSON.stringify(good));
  const plan = await planned(outcome);
  expect(plan).toMatchObject({
    kind: 'search',
    planner: 'mock model',
    queries: [{ ...good.queries[0], id: 'q1' }],
  });
  expect(plan.window).toEqual({
    from: '2024-03-13T00:00:00.000Z',
    to: '2024-03-14T00:00:00.000Z',
    anchor: 'stated',
  });
  expect(plan.assumptions).toContain('alice is a user');
});

it('refuses a window, a tenant and limits beyond the bounds, and lets the model repair its answer once', async () => {
  const greedy = {
    ...good,
    window: { from: 'x' },
    queries: [{ ...good.queries[0], limit: 1_000_000, tenant: 'other' }],
  };
  const { model, outcome } = planWith('logons of alice', JSON.stringify(greedy), JSON.stringify(good));
  expect((await planned(outcome)).queries[0]).toMatchObject({ limit: 100 });
  expect(model.doGenerateCalls).toHaveLength(2);
  expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('was not valid');
});

it.each([
  ['no JSON twice', ['nonsense', 'more nonsense']],
  [
    'a plan without queries twice',
    [JSON.stringify({ ...good, queries: [] }), JSON.stringify({ ...good, queries: [] })],
  ],
])('takes the deterministic plan and says so after %s', async (_, answers) => {
  const { model, outcome } = planWith('logons of alice', ...answers);
  const plan = await planned(outcome);
  const fixed = planQuestion({ text: 'logons of alice' }, context);
  expect(fixed).toMatchObject({ kind: 'plan', plan: { queries: plan.queries, planner: 'deterministic' } });
  expect(plan.planner).toBe('deterministic');
  expect(plan.assumptions[0]).toBe(
    'mock model could not plan this (its answer was not a valid plan): planned without a model',
  );
  expect(model.doGenerateCalls).toHaveLength(2);
});

it('takes the deterministic plan when the model cannot be reached, without telling its error', async () => {
  const model = new MockLanguageModelV4({
    doGenerate: () => Promise.reject(new Error('secret of the server')),
  });
  const planner = createModelPlanner({ model, name: 'mock model' });
  const plan = await planned(planner.plan({ text: 'logons of alice' }, context, signal));
  expect(plan.planner).toBe('deterministic');
  expect(JSON.stringify(plan)).not.toContain('secret');
});

it('takes the deterministic plan when the model is too slow', async () => {
  const model = new MockLanguageModelV4({
    doGenerate: ({ abortSignal }) =>
      new Promise((_, reject) => abortSignal?.addEventListener('abort', () => reject(abortSignal.reason))),
  });
  const planner = createModelPlanner({ model, name: 'mock model', timeoutMs: 5 });
  const plan = await planned(planner.plan({ text: 'logons of alice' }, context, signal));
  expect(plan.assumptions[0]).toContain('it took too long');
});

it('cannot plan what the model calls unanswerable', async () => {
  const { outcome } = planWith(
    'meaning of life',
    JSON.stringify({ ...good, answerable: false, queries: [] }),
  );
  await expect(outcome).resolves.toMatchObject({ kind: 'cannot-plan' });
});

it('rejects when the signal is aborted', async () => {
  const stop = new AbortController();
  const model = new MockLanguageModelV4({
    doGenerate: ({ abortSignal }) =>
      new Promise((_, reject) => abortSignal?.addEventListener('abort', () => reject(abortSignal.reason))),
  });
  const outcome = createModelPlanner({ model, name: 'mock model' }).plan(
    { text: 'find x' },
    context,
    stop.signal,
  );
  stop.abort(new Error('enough'));
  await expect(outcome).rejects.toThrow('enough');
});

it('asks nothing of the model when the window is none', async () => {
  const { model, outcome } = planWith('logons tomorrow', JSON.stringify(good));
  await expect(outcome).resolves.toMatchObject({ kind: 'cannot-plan' });
  expect(model.doGenerateCalls).toHaveLength(0);
});
