/**
 * Fleet: agents by their heartbeats (who is silent, since when, of which version and system) and the health of sources as the
 * store shows it. Tells nobody by itself: notices are others' business.
 */
export type { Agent } from './agent.ts';
export { type Agents, openAgents } from './agents.ts';
export { fleetMigrations } from './migrations.ts';
export {
  type HealthStore,
  measureDrift,
  measureSources,
  type SourceHealthOptions,
} from './source-health.ts';
