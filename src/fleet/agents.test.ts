import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentHeartbeat } from '../contracts/index.ts';
import { openState } from '../state/index.ts';
import { type Agents, fleetMigrations, openAgents } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-fleet-'));
let state: Awaited<ReturnType<typeof openState>>;
beforeAll(async () => {
  state = await openState({ folder, migrations: fleetMigrations });
});
afterAll(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const minute = 60_000;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-23T12:00:00Z');
  await state.query('DELETE FROM agents');
});
const open = (): Promise<Agents> =>
  openAgents({
    ...{ state, clock: () => now, silentMilliseconds: 5 * minute },
    onFault: (fault) => {
      throw fault;
    },
  });
const beat = (agent_id: string, more: Partial<AgentHeartbeat> = {}): AgentHeartbeat => ({
  ...{ agent_id, hostname: `${agent_id}.example`, version: '1.0.0', sent_at: new Date(now).toISOString() },
  system: { name: 'linux', version: '6.1', architecture: 'x64' },
  ...more,
});

describe('agents', () => {
  it('are silent when nothing came from them for longer than the set time, and known since their first word', async () => {
    const agents = await open();
    agents.heard('acme', [beat('a'), beat('b')]);
    now += 4 * minute;
    agents.heard('acme', [beat('a')]);
    now += 2 * minute;
    expect(agents.list('acme', { silent: true, limit: 10 })).toMatchObject([
      { agentId: 'b', lastSeen: now - 6 * minute },
    ]);
    expect(agents.list('acme', { silent: false, limit: 10 })).toMatchObject([
      { agentId: 'a', firstSeen: now - 6 * minute, lastSeen: now - 2 * minute },
    ]);
    await agents.close();
  });

  it('are the same after a restart', async () => {
    const first = await open();
    const queue = { records: 5, bytes: 2 ** 40 };
    first.heard('acme', [beat('a', { queue }), beat('b', { sent_at: '2026-11-23T12:00:30Z' })]);
    first.heard('rival', [beat('a')]);
    const before = [first.list('acme', { limit: 10 }), first.list('rival', { limit: 10 })];
    await first.close();
    const second = await open();
    expect([second.list('acme', { limit: 10 }), second.list('rival', { limit: 10 })]).toEqual(before);
    expect(second.list('acme', { limit: 10 })[1]?.clockSkewSeconds).toBe(30);
    await second.close();
  });

  it('are counted by version and system, those of each tenant apart', async () => {
    const agents = await open();
    agents.heard('acme', [beat('a'), beat('b'), beat('c', { version: '2.0.0' })]);
    agents.heard('rival', [beat('z')]);
    now += 6 * minute;
    agents.heard('acme', [beat('a')]);
    expect(agents.spread('acme')).toEqual({
      ...{ agents: 3, silent: 2 },
      versions: [
        { version: '1.0.0', agents: 2, silent: 1 },
        { version: '2.0.0', agents: 1, silent: 1 },
      ],
      systems: [{ name: 'linux', version: '6.1', agents: 3, silent: 2 }],
    });
    await agents.close();
  });

  it('are listed in pages by id', async () => {
    const agents = await open();
    agents.heard(
      'acme',
      ['c', 'a', 'b'].map((id) => beat(id)),
    );
    const page = agents.list('acme', { limit: 2 });
    expect(page.map(({ agentId }) => agentId)).toEqual(['a', 'b']);
    expect(agents.list('acme', { limit: 2, after: 'b' }).map(({ agentId }) => agentId)).toEqual(['c']);
    await agents.close();
  });

  it('that are retired are forgotten until they speak again; a stranger can not retire them', async () => {
    const agents = await open();
    agents.heard('acme', [beat('a')]);
    await agents.flush();
    await expect(agents.retire('rival', 'a')).rejects.toMatchObject({ code: 'fleet.unknown_agent' });
    await agents.retire('acme', 'a');
    await agents.close();
    const again = await open();
    expect(again.list('acme', { limit: 10 })).toEqual([]);
    await again.close();
  });

  it('by the fifty thousand are written and read back', async () => {
    const agents = await open();
    const ids = Array.from({ length: 50_000 }, (_, index) => `agent-${String(index).padStart(5, '0')}`);
    for (let at = 0; at < ids.length; at += 500)
      agents.heard(
        'acme',
        ids.slice(at, at + 500).map((id) => beat(id)),
      );
    await agents.close();
    const again = await open();
    expect(again.spread('acme')).toMatchObject({ agents: 50_000, silent: 0 });
    await again.close();
  });
});
