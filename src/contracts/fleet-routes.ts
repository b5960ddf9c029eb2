import * as z from 'zod';
import type { Route } from './routes.ts';

const utc = z.iso.datetime();
const count = z.int().nonnegative();
const plain = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, { error: 'no control characters' });

/** An agent's own name for itself: stable over restarts, unique within its tenant. */
export const AgentId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, { error: 'an agent id is 1-128 letters, digits, and . _ : -' });

/** What an agent says of itself, as often as it likes; once a minute is usual. */
export const AgentHeartbeat = z.strictObject({
  agent_id: AgentId,
  hostname: plain(255),
  /** Of the agent. */
  version: plain(64),
  system: z.strictObject({
    /** `windows`, `linux`, `macos`, or another word. */
    name: plain(64),
    version: plain(64),
    architecture: plain(32),
  }),
  /** By the agent's clock. */
  sent_at: utc,
  /** What it holds back. */
  queue: z.exactOptional(z.strictObject({ records: count, bytes: count })),
});
export type AgentHeartbeat = z.infer<typeof AgentHeartbeat>;

/** Heartbeats a request at the most: a relay speaks for many. */
export const maxHeartbeats = 500;

export const HeartbeatRequest = z.strictObject({
  heartbeats: z.array(AgentHeartbeat).min(1).max(maxHeartbeats),
});

export const HeartbeatReceipt = z.strictObject({
  accepted: count,
  /** By the server's clock. */
  received_at: utc,
  /** An agent counts as silent when nothing came from it for so long. */
  silent_after_seconds: count,
});

export const AgentView = z.strictObject({
  agent_id: AgentId,
  hostname: z.string(),
  version: z.string(),
  system: z.strictObject({ name: z.string(), version: z.string(), architecture: z.string() }),
  first_seen: utc,
  last_seen: utc,
  /** Its clock minus ours at the last heartbeat, in seconds. */
  clock_skew_seconds: z.number(),
  silent: z.boolean(),
  queue: z.strictObject({ records: count, bytes: count }).nullable(),
});
export type AgentView = z.infer<typeof AgentView>;

export const maxAgentsListed = 1_000;

/** By agent id; `next` asks for the rest. */
export const AgentList = z.strictObject({
  agents: z.array(AgentView).max(maxAgentsListed),
  next: z.string().nullable(),
});

/** How many agents there are of what. */
export const FleetSummary = z.strictObject({
  agents: count,
  live: count,
  silent: count,
  versions: z.array(z.strictObject({ version: z.string(), agents: count, silent: count })),
  systems: z.array(z.strictObject({ name: z.string(), version: z.string(), agents: count, silent: count })),
});
export type FleetSummary = z.infer<typeof FleetSummary>;

const percentiles = z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number() });

/** How one source does, over the last hour unless said; lags in seconds. */
export const SourceHealth = z.strictObject({
  source: z.string(),
  last_received_at: utc.nullable(),
  /** Nothing came for longer than the configured time, though it sent within the last seven days. */
  silent: z.boolean(),
  events: count,
  dead: count,
  /** dead / (events + dead); null without either. */
  dead_share: z.number().nullable(),
  /** From happening to being received; null without events that have a time. */
  delivery_lag: percentiles.nullable(),
  /** From being received to being stored. */
  ingest_lag: percentiles.nullable(),
  /** Attributes that the source filled in the week before and hardly does in the last day, or the other way round. */
  drift: z.array(z.strictObject({ attribute: z.string(), before: z.number(), now: z.number() })),
});
export type SourceHealth = z.infer<typeof SourceHealth>;

export const SourceHealthList = z.strictObject({ measured_at: utc, sources: z.array(SourceHealth) });

const limit = z
  .string()
  .regex(/^\d{1,4}$/, { error: 'a whole number is wanted' })
  .transform(Number)
  .pipe(z.int().min(1).max(maxAgentsListed));

export const fleetRoutes = {
  heartbeat: {
    method: 'POST',
    path: '/v1/agents/heartbeat',
    access: 'fleet:write',
    summary: 'Takes heartbeats of agents',
    body: { kind: 'json', schema: HeartbeatRequest },
    answer: { kind: 'json', statuses: [202], schema: HeartbeatReceipt },
  },
  agents: {
    method: 'GET',
    path: '/v1/agents',
    access: 'fleet:read',
    summary: 'Agents by id: all, or those that are silent, of a version or a system',
    query: z.strictObject({
      silent: z.exactOptional(z.enum(['true', 'false'])),
      version: z.exactOptional(z.string().max(64)),
      system: z.exactOptional(z.string().max(64)),
      after: z.exactOptional(AgentId),
      limit: limit.prefault('200'),
    }),
    answer: { kind: 'json', statuses: [200], schema: AgentList },
  },
  fleetSummary: {
    method: 'GET',
    path: '/v1/agents/summary',
    access: 'fleet:read',
    summary: 'How many agents there are, of which versions and systems, and how many are silent',
    answer: { kind: 'json', statuses: [200], schema: FleetSummary },
  },
  retireAgent: {
    method: 'DELETE',
    path: '/v1/agents/{agent_id}',
    access: 'settings:write',
    summary: 'Forgets an agent that is no more; its next heartbeat makes it known again',
    params: z.strictObject({ agent_id: AgentId }),
    answer: { kind: 'json', statuses: [200], schema: AgentView },
  },
  sourceHealth: {
    method: 'GET',
    path: '/v1/source-health',
    access: 'fleet:read',
    summary: 'How each source does: silence, lag, dead letters, drift of its fields',
    answer: { kind: 'json', statuses: [200], schema: SourceHealthList },
  },
} as const satisfies Record<string, Route>;
