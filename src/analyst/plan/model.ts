import { generateText, type LanguageModel, NoObjectGeneratedError, Output } from 'ai';
import type { HuntQuery, Question } from '../../contracts/index.ts';
import { orAborted } from '../abortable.ts';
import { cannotPlan, finishPlan, planQuestion, timelessNote, windowOf } from './deterministic.ts';
import { ModelPlan, planningRules } from './model-plan.ts';
import type { Planner, PlanOutcome } from './port.ts';
import type { ChosenWindow } from './time/window.ts';

export interface ModelPlannerParts {
  readonly model: LanguageModel;
  /** As it is told in a plan: provider and model. */
  readonly name: string;
  /** Milliseconds for planning with repair; beyond, the deterministic plan is taken. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
const maxAnswerTokens = 4_000;
/** One answer, and one chance to repair it. */
const attempts = 2;
const maxToldError = 2_000;

/**
 * A language model makes the queries; the program keeps the window, checks the plan against the contract and lets the
 * model repair it once. When the model fails or is too slow the deterministic plan is taken, and says so.
 */
export function createModelPlanner({
  model,
  name,
  timeoutMs = defaultTimeoutMs,
}: ModelPlannerParts): Planner {
  return {
    async plan(question, context, signal) {
      signal.throwIfAborted();
      const chosen = windowOf(question, context);
      if (chosen.kind === 'refused') return cannotPlan(chosen.message);
      const draft = planQuestion(question, context);
      try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const answer = await askModel(model, promptOf(question, draft), limited);
        return outcomeOf(answer, chosen, name);
      } catch (error) {
        signal.throwIfAborted();
        return withNote(draft, `${name} could not plan this (${reasonOf(error)}): planned without a model`);
      }
    },
  };
}

function promptOf(question: Question, draft: PlanOutcome): string {
  const made = draft.kind === 'plan' ? { kind: draft.plan.kind, queries: draft.plan.queries } : null;
  return [
    `Question: ${JSON.stringify(question.text)}`,
    `A plan that was made by fixed rules, to keep, mend or replace: ${JSON.stringify(made)}`,
  ].join('\n');
}

/** The model's plan, valid by its schema. Throws what the last attempt failed with. */
async function askModel(model: LanguageModel, prompt: string, signal: AbortSignal): Promise<ModelPlan> {
  let told = prompt;
  for (let attempt = 1; ; attempt++) {
    try {
      const call = generateText({
        model,
        system: planningRules,
        prompt: told,
        output: Output.object({ schema: ModelPlan, name: 'plan' }),
        maxRetries: 0,
        maxOutputTokens: maxAnswerTokens,
        temperature: 0,
        abortSignal: signal,
      });
      const { output } = await orAborted(call, signal);
      if (output.answerable && output.queries.length === 0) throw new EmptyPlan();
      return output;
    } catch (error) {
      const isRepairable = NoObjectGeneratedError.isInstance(error) || error instanceof EmptyPlan;
      if (!isRepairable || attempt >= attempts) throw error;
      told = `${prompt}\nYour last answer was not valid: ${detailOf(error)}\nAnswer again with a valid object.`;
    }
  }
}

class EmptyPlan extends Error {
  constructor() {
    super('it has no queries');
  }
}

function detailOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return cause.slice(0, maxToldError);
}

/** No text of an error is told to the asker: it may hold what the model or its server said. */
function reasonOf(error: unknown): string {
  if (NoObjectGeneratedError.isInstance(error) || error instanceof EmptyPlan)
    return 'its answer was not a valid plan';
  return error instanceof Error && error.name === 'TimeoutError'
    ? 'it took too long'
    : 'it could not be reached';
}

function outcomeOf(answer: ModelPlan, chosen: ChosenWindow & { kind: 'window' }, name: string): PlanOutcome {
  if (!answer.answerable)
    return cannotPlan('The model found nothing in stored events that could answer the question.');
  const queries = answer.queries.map((query, index): HuntQuery => ({ ...query, id: `q${index + 1}` }));
  const assumptions = [...chosen.notes, ...answer.assumptions, timelessNote];
  return { kind: 'plan', plan: finishPlan(answer.kind, chosen.window, queries, assumptions, name) };
}

function withNote(draft: PlanOutcome, note: string): PlanOutcome {
  if (draft.kind !== 'plan') return draft;
  const { kind, window, queries, assumptions, planner } = draft.plan;
  return { kind: 'plan', plan: finishPlan(kind, window, queries, [note, ...assumptions], planner) };
}
