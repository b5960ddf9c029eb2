/**
 * Scored scenarios: telemetry of our own making whose truth is known, to demonstrate and to test the whole way from raw
 * bytes to answer. This room makes and writes the telemetry and states the facts; it sends nothing, stores nothing and
 * asks nobody.
 */
export { type DemoQuestion, demoQuestions, type ExpectedFact } from './scenario/demo-questions.ts';
export type { AddressBytes, ProcessFact, ScenarioFacts } from './scenario/facts/facts.ts';
export {
  createScenario,
  defaultEnd,
  type Scenario,
  type ScenarioOptions,
  type ScenarioStream,
} from './scenario/scenario.ts';
export { writeScenario } from './scenario/write-scenario.ts';
