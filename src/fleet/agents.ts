import type { AgentHeartbeat } from '../contracts/index.ts';
import type { State } from '../state/index.ts';
import { type Agent, agentColumns, agentOf, heardOf, upsertOf } from './agent.ts';
import { fleetErrors } from './errors.ts';

/** Agents of one tenant at the most: what is held in memory is bounded. */
export const maxAgents = 200_000;
const flushMilliseconds = 10_000;
const rowsPerStatement = 1_000;
const rowsPerRead = 10_000;

export interface AgentFilter {
  readonly silent?: boolean | undefined;
  readonly version?: string | undefined;
  readonly system?: string | undefined;
  /** Only agents whose id comes after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface AgentSpread {
  readonly agents: number;
  readonly silent: number;
  readonly versions: readonly {
    readonly version: string;
    readonly agents: number;
    readonly silent: number;
  }[];
  readonly systems: readonly {
    readonly name: string;
    readonly version: string;
    readonly agents: number;
    readonly silent: number;
  }[];
}

export interface Agents {
  /** Throws `fleet.too_many_agents`; then none of the heartbeats counts. */
  heard(tenant: string, heartbeats: readonly AgentHeartbeat[]): void;
  /** By id. */
  list(tenant: string, filter: AgentFilter): readonly Agent[];
  isSilent(agent: Agent): boolean;
  spread(tenant: string): AgentSpread;
  /** Throws `fleet.unknown_agent`. */
  retire(tenant: string, agentId: string): Promise<Agent>;
  /** All agents of a tenant, at once. */
  forget(tenant: string): Promise<void>;
  /** Writes what was heard since the last time; done by itself every ten seconds. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Agents and their last words: in memory, written to the state in bulk. What is lost when the process dies is at most ten seconds
 * of heartbeats, which agents send again anyway.
 */
export async function openAgents(options: {
  readonly state: State;
  readonly clock: () => number;
  readonly silentMilliseconds: number;
  readonly onFault: (fault: unknown) => void;
}): Promise<Agents> {
  const { state, clock, silentMilliseconds } = options;
  const tenants = await load(state);
  const unwritten = new Map<string, Agent>();
  const isSilent = ({ lastSeen }: Agent) => clock() - lastSeen > silentMilliseconds;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    const agents = [...unwritten.values()];
    unwritten.clear();
    for (let at = 0; at < agents.length; at += rowsPerStatement) {
      const chunk = agents.slice(at, at + rowsPerStatement);
      try {
        await state.query(...upsertOf(chunk));
      } catch (fault) {
        // What was heard since is newer.
        for (const agent of agents.slice(at)) {
          const key = keyOf(agent.tenant, agent.agentId);
          const isKnown = tenants.get(agent.tenant)?.has(agent.agentId) === true;
          if (isKnown && !unwritten.has(key)) unwritten.set(key, agent);
        }
        throw fault;
      }
    }
  };
  const flush = () => {
    writing = writing.then(write, write);
    return writing;
  };
  const timer = setInterval(() => {
    flush().catch(options.onFault);
  }, flushMilliseconds);
  timer.unref();

  return {
    heard(tenant, heartbeats) {
      const known = tenants.get(tenant) ?? new Map<string, Agent>();
      const fresh = new Set(heartbeats.map((beat) => beat.agent_id).filter((id) => !known.has(id)));
      if (known.size + fresh.size > maxAgents)
        throw fleetErrors.make('too_many_agents', `A tenant has at most ${maxAgents} agents`);
      tenants.set(tenant, known);
      const now = clock();
      for (const heartbeat of heartbeats) {
        const agent = heardOf(tenant, heartbeat, now, known.get(heartbeat.agent_id));
        known.set(agent.agentId, agent);
        unwritten.set(keyOf(tenant, agent.agentId), agent);
      }
    },
    list(tenant, { silent, version, system, after = '', limit }) {
      return [...(tenants.get(tenant)?.values() ?? [])]
        .filter(
          (agent) =>
            agent.agentId > after &&
            (silent === undefined || isSilent(agent) === silent) &&
            (version === undefined || agent.version === version) &&
            (system === undefined || agent.system.name === system),
        )
        .sort((left, right) => (left.agentId < right.agentId ? -1 : 1))
        .slice(0, limit);
    },
    isSilent,
    spread: (tenant) => spreadOf([...(tenants.get(tenant)?.values() ?? [])], isSilent),
    async retire(tenant, agentId) {
      const agent = tenants.get(tenant)?.get(agentId);
      if (agent === undefined) throw fleetErrors.make('unknown_agent', `There is no agent '${agentId}'`);
      tenants.get(tenant)?.delete(agentId);
      unwritten.delete(keyOf(tenant, agentId));
      await writing.catch(() => {});
      await state.query('DELETE FROM agents WHERE tenant = $1 AND agent_id = $2', [tenant, agentId]);
      return agent;
    },
    async forget(tenant) {
      for (const agentId of tenants.get(tenant)?.keys() ?? []) unwritten.delete(keyOf(tenant, agentId));
      tenants.delete(tenant);
      await writing.catch(() => {});
      await state.query('DELETE FROM agents WHERE tenant = $1', [tenant]);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

const keyOf = (tenant: string, agentId: string) => `${tenant} ${agentId}`;

async function load(state: State): Promise<Map<string, Map<string, Agent>>> {
  const tenants = new Map<string, Map<string, Agent>>();
  let after: readonly [string, string] = ['', ''];
  for (;;) {
    const rows = await state.query(
      `SELECT ${agentColumns} FROM agents WHERE (tenant, agent_id) > ($1, $2) ORDER BY tenant, agent_id LIMIT $3`,
      [...after, rowsPerRead],
    );
    for (const agent of rows.map(agentOf)) {
      const known = tenants.get(agent.tenant) ?? new Map<string, Agent>();
      tenants.set(agent.tenant, known.set(agent.agentId, agent));
      after = [agent.tenant, agent.agentId];
    }
    if (rows.length < rowsPerRead) return tenants;
  }
}

function spreadOf(agents: readonly Agent[], isSilent: (agent: Agent) => boolean): AgentSpread {
  const count = <K extends object>(keyed: (agent: Agent) => K) => {
    const groups = new Map<string, K & { agents: number; silent: number }>();
    for (const agent of agents) {
      const key = keyed(agent);
      const text = JSON.stringify(key);
      const group = groups.get(text) ?? { ...key, agents: 0, silent: 0 };
      group.agents += 1;
      if (isSilent(agent)) group.silent += 1;
      groups.set(text, group);
    }
    return [...groups.values()].sort((left, right) => right.agents - left.agents).slice(0, maxGroups);
  };
  return {
    agents: agents.length,
    silent: agents.filter(isSilent).length,
    versions: count(({ version }) => ({ version })),
    systems: count(({ system: { name, version } }) => ({ name, version })),
  };
}

/** Versions are what agents say they are: more than so many tell nobody anything. */
const maxGroups = 200;
