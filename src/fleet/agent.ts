import * as z from 'zod';
import { type AgentHeartbeat, UtcTime } from '../contracts/index.ts';
import type { StateParameter, StateRow } from '../state/index.ts';

/** The last word of one agent; times are milliseconds since the epoch. */
export interface Agent {
  readonly tenant: string;
  readonly agentId: string;
  readonly hostname: string;
  readonly version: string;
  readonly system: { readonly name: string; readonly version: string; readonly architecture: string };
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly clockSkewSeconds: number;
  readonly queue: { readonly records: number; readonly bytes: number } | undefined;
}

/** What is known of an agent after a heartbeat. */
export function heardOf(
  tenant: string,
  { agent_id: agentId, hostname, version, system, sent_at, queue }: AgentHeartbeat,
  receivedAt: number,
  before: Agent | undefined,
): Agent {
  return {
    ...{ tenant, agentId, hostname, version, system, queue },
    firstSeen: before?.firstSeen ?? receivedAt,
    lastSeen: receivedAt,
    clockSkewSeconds: (Date.parse(sent_at) - receivedAt) / 1_000,
  };
}

const AgentRow = z.object({
  tenant: z.string(),
  agent_id: z.string(),
  hostname: z.string(),
  version: z.string(),
  system_name: z.string(),
  system_version: z.string(),
  architecture: z.string(),
  first_seen: UtcTime,
  last_seen: UtcTime,
  clock_skew_seconds: z.number(),
  queue_records: z.int().nullable(),
  queue_bytes: z.int().nullable(),
});

export const agentColumns = Object.keys(AgentRow.shape).join(', ');

export function agentOf(row: StateRow): Agent {
  const read = AgentRow.parse(row);
  const { queue_records: records, queue_bytes: bytes } = read;
  return {
    tenant: read.tenant,
    agentId: read.agent_id,
    hostname: read.hostname,
    version: read.version,
    system: { name: read.system_name, version: read.system_version, architecture: read.architecture },
    firstSeen: Date.parse(read.first_seen),
    lastSeen: Date.parse(read.last_seen),
    clockSkewSeconds: read.clock_skew_seconds,
    queue: records === null || bytes === null ? undefined : { records, bytes },
  };
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** One statement for many agents: rows travel as one JSON parameter. */
export function upsertOf(
  agents: readonly Agent[],
): readonly [sql: string, parameters: readonly StateParameter[]] {
  const rows = agents.map(({ tenant, agentId, hostname, version, system, queue, ...agent }) => ({
    ...{ tenant, agent_id: agentId, hostname, version, architecture: system.architecture },
    system_name: system.name,
    system_version: system.version,
    first_seen: iso(agent.firstSeen),
    last_seen: iso(agent.lastSeen),
    clock_skew_seconds: agent.clockSkewSeconds,
    queue_records: queue?.records ?? null,
    queue_bytes: queue?.bytes ?? null,
  }));
  const changed = Object.keys(AgentRow.shape).filter(
    (name) => !['tenant', 'agent_id', 'first_seen'].includes(name),
  );
  return [
    `INSERT INTO agents (${agentColumns}) SELECT ${agentColumns} FROM jsonb_to_recordset($1::jsonb) AS r(` +
      'tenant text, agent_id text, hostname text, version text, system_name text, system_version text, ' +
      'architecture text, first_seen timestamptz, last_seen timestamptz, clock_skew_seconds float8, ' +
      'queue_records int8, queue_bytes int8) ' +
      `ON CONFLICT (tenant, agent_id) DO UPDATE SET ${changed.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [rows],
  ];
}
