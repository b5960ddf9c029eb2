import {
  gather,
  gatherPassages,
  type PlanContext,
  type Planner,
  readPlanContext,
  type TenantReads,
} from '../analyst/index.ts';
import type { Principal } from '../contracts/index.ts';
import { readScopeOf } from '../guard/index.ts';
import type { Intel } from '../intel/index.ts';
import type { Engine } from './open.ts';

/** Names of hosts and users change slowly; a planner may be this far behind. */
const knownForMilliseconds = 10_000;
const maxTenants = 1_000;

/** Makes what a question may read, for one principal at a time: its tenant and snapshot are fixed here. */
export function createTenantReads(parts: {
  readonly engine: Engine;
  readonly intel: Pick<Intel, 'bearingOn'>;
  readonly planner: Planner;
  readonly clock: () => number;
  readonly maxSeconds: number;
}) {
  const { engine, intel, planner, clock, maxSeconds } = parts;
  const kept = new Map<string, { readonly at: number; readonly context: Promise<PlanContext> }>();
  return (principal: Principal): TenantReads => {
    const { tenant } = principal;
    const scope = readScopeOf(principal, 'ask', engine.snapshot());
    // Shared by those who ask at the same time: none of them may stop it for the others.
    const contextOf = (): Promise<PlanContext> => {
      const entry = kept.get(tenant);
      if (entry !== undefined && clock() - entry.at < knownForMilliseconds) return entry.context;
      const signal = AbortSignal.timeout(maxSeconds * 1_000);
      const context = readPlanContext({ store: engine.store, scope, signal, maxSeconds }, new Date(clock()));
      context.catch(() => kept.delete(tenant));
      if (kept.size >= maxTenants) kept.clear();
      kept.set(tenant, { at: clock(), context });
      return context;
    };
    return {
      planner,
      planContext: async () => ({ ...(await contextOf()), now: new Date(clock()) }),
      gather: (plan, signal) => gather(plan, { store: engine.store, scope, maxSeconds, signal }),
      // What was imported up to now bears on it, whatever batch of telemetry is open.
      passages: (question, signal) =>
        gatherPassages(question, {
          ...{ intel, signal, now: () => performance.now() },
          scope: readScopeOf(principal, 'ask', clock()),
        }),
      coverage: ({ from, to }, signal) =>
        engine.ledger.coverage({ tenant, from: new Date(from), to: new Date(to), signal }),
    };
  };
}
