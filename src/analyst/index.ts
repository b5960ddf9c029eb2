/**
 * The analyst: a question becomes a plan, the plan evidence, the evidence an answer whose every fact word stands in
 * a cell. Planner, writer and triager are ports with a deterministic and a model-backed twin; the verifier has the
 * last word on what a writer says. It opens no engine and knows no tenant beyond the principal it is given: what it
 * may read is handed to it. It doesn't serve HTTP and doesn't act.
 */
export { type Analyst, createAnalyst } from './ask/analyst.ts';
export type { TenantReads } from './ask/ports.ts';
export { renderEvent } from './ask/render.ts';
export { analystErrors } from './errors.ts';
export { readPlanContext } from './evidence/context.ts';
export { gather } from './evidence/gather.ts';
export { gatherPassages } from './evidence/passages.ts';
export { reread } from './evidence/reread.ts';
export { createDeterministicPlanner } from './plan/deterministic.ts';
export { createModelPlanner } from './plan/model.ts';
export type { PlanContext, Planner } from './plan/port.ts';
export { createDeterministicTriager } from './triage/deterministic.ts';
export { createModelTriager } from './triage/model.ts';
export { createModelWriter } from './write/model.ts';
export { createOfflineWriter } from './write/offline.ts';
