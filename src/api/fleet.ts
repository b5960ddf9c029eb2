import type { AgentView, fleetRoutes, SourceHealth } from '../contracts/index.ts';
import type { Agent, Agents } from '../fleet/index.ts';
import type { RouteHandlers } from '../http/index.ts';

export interface FleetDependencies {
  readonly agents: Pick<Agents, 'heard' | 'list' | 'isSilent' | 'spread' | 'retire'>;
  readonly silentMilliseconds: number;
  /** The last measurement of the tenant's sources. */
  readonly sourceHealth: (
    tenant: string,
    signal: AbortSignal,
  ) => Promise<{ readonly measured_at: string; readonly sources: readonly SourceHealth[] }>;
  readonly clock: () => Date;
}

/** Agents and source health of the caller's tenant. */
export function fleetHandlers({
  agents,
  silentMilliseconds,
  sourceHealth,
  clock,
}: FleetDependencies): RouteHandlers<typeof fleetRoutes> {
  const view = (agent: Agent): AgentView => ({
    agent_id: agent.agentId,
    hostname: agent.hostname,
    version: agent.version,
    system: agent.system,
    first_seen: new Date(agent.firstSeen).toISOString(),
    last_seen: new Date(agent.lastSeen).toISOString(),
    clock_skew_seconds: agent.clockSkewSeconds,
    silent: agents.isSilent(agent),
    queue: agent.queue ?? null,
  });
  return {
    async heartbeat({ principal, body }) {
      agents.heard(principal.tenant, body.heartbeats);
      const accepted = body.heartbeats.length;
      const received_at = clock().toISOString();
      return { body: { accepted, received_at, silent_after_seconds: silentMilliseconds / 1_000 } };
    },
    async agents({ principal, query: { silent, ...filter } }) {
      const found = agents.list(principal.tenant, {
        ...filter,
        limit: filter.limit + 1,
        silent: silent === undefined ? undefined : silent === 'true',
      });
      const shown = found.slice(0, filter.limit);
      const next = found.length > shown.length ? (shown.at(-1)?.agentId ?? null) : null;
      return { body: { agents: shown.map(view), next } };
    },
    async fleetSummary({ principal }) {
      const spread = agents.spread(principal.tenant);
      const { versions, systems } = spread;
      return {
        body: {
          ...{ agents: spread.agents, silent: spread.silent, live: spread.agents - spread.silent },
          ...{ versions: [...versions], systems: [...systems] },
        },
      };
    },
    async retireAgent({ principal, params, log }) {
      const agent = await agents.retire(principal.tenant, params.agent_id);
      log.info({ agent: agent.agentId }, 'an agent was retired');
      return { body: view(agent) };
    },
    async sourceHealth({ principal, signal }) {
      const { measured_at, sources } = await sourceHealth(principal.tenant, signal);
      return { body: { measured_at, sources: [...sources] } };
    },
  };
}
