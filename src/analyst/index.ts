/**
 * The analyst: a question becomes a plan, the plan evidence, the evidence an answer whose every fact word stands in
 * a cell. Planner, writer and triager are ports with a deterministic and a model-backed twin; the verifier has the
 * last word on what a writer says. It opens no engine and knows no tenant beyond the principal it is given: what it
 * may read is handed to it. It doesn't serve HTTP and doesn't act.
 */
export {
  type Analyst,
  type AnalystParts,
  type Ask,
  type AskLimits,
  createAnalyst,
  defaultAskLimits,
} from './ask/analyst.ts';
export type { SourceCoverage, TenantReads } from './ask/ports.ts';
export { type RenderOptions, renderEvent } from './ask/render.ts';
export { displayText } from './display-text.ts';
export { analystErrors } from './errors.ts';
export { readPlanContext } from './evidence/context.ts';
export { gather } from './evidence/gather.ts';
export { createDeterministicPlanner } from './plan/deterministic.ts';
export type { PlanContext, Planner, PlanOutcome } from './plan/port.ts';
export { createDeterministicTriager } from './triage/deterministic.ts';
export { createModelTriager, type ModelTriagerParts } from './triage/model.ts';
export type { Triage, Triager } from './triage/port.ts';
export { createModelWriter, type ModelWriterParts } from './write/model.ts';
export { createOfflineWriter } from './write/offline.ts';
export type { Writer, WriterContext, WriterPiece } from './write/port.ts';
