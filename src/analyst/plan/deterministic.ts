import { type HuntKind, HuntPlan, type HuntQuery, type Question } from '../../contracts/index.ts';
import { buildQueries } from './build.ts';
import { filterOf } from './conditions.ts';
import { groupingOf } from './grouping.ts';
import { kindOf } from './intent.ts';
import { type Ask, interpret } from './interpret.ts';
import type { PlanContext, Planner, PlanOutcome } from './port.ts';
import { recognise } from './recognise.ts';
import { refusalOf } from './refusal.ts';
import { day } from './time/calendar.ts';
import type { Calendar } from './time/reading.ts';
import { type ChosenWindow, chooseWindow, type Fallback } from './time/window.ts';
import { tokenise } from './tokens.ts';

/** What the planner understands, as questions that it does. */
export const understood: readonly string[] = [
  'find mimikatz',
  'failed logons for alice since Monday',
  'top 10 source IPs by bytes',
  'which users failed to log in most yesterday',
  'how many failed logons per hour',
  'when was 203.0.113.9 first seen',
  'what happened on WS-07 between 10:00 and 11:30 today',
  'process tree of powershell.exe on WS-07',
  'which hosts are there',
];

/** The offline planner: words, times and names by fixed tables, without a model. Pure and fast (under 50 ms). */
export function createDeterministicPlanner(): Planner {
  return {
    plan(question, context, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      return Promise.resolve(planQuestion(question, context));
    },
  };
}

/** The same question and context give the same plan. */
export function planQuestion(question: Question, context: PlanContext): PlanOutcome {
  const calendar = calendarOf(context);
  const tokens = tokenise(question.text.toWellFormed());
  const reading = recognise(tokens, calendar, context);
  const ask = interpret(reading);
  const refusal = refusalOf(tokens, ask, context);
  if (refusal !== undefined) return cannotPlan(refusal);
  const kind = kindOf(ask);
  const chosen = chooseWindow(question, ask.times, fallbackOf(kind, ask), calendar);
  if (chosen.kind === 'refused') return cannotPlan(chosen.message);
  const grouping = kind === 'top' || kind === 'timeline' ? groupingOf(ask, kind) : { groups: [] };
  const asked = [...grouping.groups, ...(grouping.distinct === undefined ? [] : [grouping.distinct])];
  const filter = filterOf(ask, kind, asked, context);
  const { queries, notes } = buildQueries(kind, { ask, filter, grouping, window: chosen.window });
  const assumptions = [...reading.corrections, ...chosen.notes, ...notes, ...filter.notes, timelessNote];
  return { kind: 'plan', plan: finishPlan(kind, chosen.window, queries, assumptions, 'deterministic') };
}

/** Said in every plan: how the window treats events without a time of their own. */
export const timelessNote = 'events without a time are searched by when they were received';

/** The window that a question names, or the default one, for planners that leave windows to the program. */
export function windowOf(question: Question, context: PlanContext): ChosenWindow {
  const calendar = calendarOf(context);
  const ask = interpret(recognise(tokenise(question.text.toWellFormed()), calendar, context));
  return chooseWindow(question, ask.times, fallbackOf(kindOf(ask), ask), calendar);
}

const calendarOf = (context: PlanContext): Calendar => ({
  now: context.now.getTime(),
  newest: context.newestEvent === null ? null : context.newestEvent.getTime(),
});

const maxAssumptions = 20;
const maxAssumptionLength = 300;

/** Puts a plan together within the contract's bounds. */
export function finishPlan(
  kind: HuntKind,
  window: HuntPlan['window'],
  queries: readonly HuntQuery[],
  assumptions: readonly string[],
  planner: string,
): HuntPlan {
  const shown = [...new Set(assumptions)].map((text) => text.slice(0, maxAssumptionLength));
  return HuntPlan.parse({ kind, window, queries, assumptions: shown.slice(0, maxAssumptions), planner });
}

export const cannotPlan = (message: string): PlanOutcome => ({
  kind: 'cannot-plan',
  message,
  can: understood,
});

/** Days that a count per step of time goes back when no window is named. */
const daysPerStep: readonly (readonly [seconds: number, days: number])[] = [
  [2_592_000, 365],
  [604_800, 182],
  [86_400, 30],
];

/** Questions of `ever` and of what is there read everything; a count per day goes back further than a day. */
function fallbackOf(kind: HuntKind, ask: Ask): Fallback {
  const seconds = ask.bucketSeconds ?? 0;
  if (kind === 'timeline') {
    const [, days] = daysPerStep.find(([step]) => seconds >= step) ?? [0, 1];
    return { kind: 'recent', length: days * day };
  }
  if (kind === 'first_last' && !isPlainCount(ask)) return { kind: 'everything' };
  const isEnd = ask.cues.has('last') || ask.cues.has('first');
  if (kind === 'search' && isEnd && ask.quantity !== undefined) return { kind: 'everything' };
  const names = ask.mentions.length + ask.classes.length + ask.sources.length + ask.limits.length;
  const isInventory = (kind === 'first_last' || kind === 'top') && names === 0 && ask.status === undefined;
  const isRanked = ask.cues.has('most') || ask.cues.has('least') || ask.amounts.length > 0;
  return isInventory && !isRanked ? { kind: 'everything' } : { kind: 'recent', length: day };
}

const isPlainCount = (ask: Ask) =>
  ask.cues.has('count') &&
  !ask.cues.has('first') &&
  !ask.cues.has('last') &&
  !ask.cues.has('when') &&
  !ask.cues.has('seen');
