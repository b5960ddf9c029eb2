import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../client/index.ts';
import { type AuditView, readConfig, type Scope } from '../contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace, type Metrics } from '../observe/index.ts';
import { openTyrian, type Server, startServer, type Tyrian } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-trails-'));
let tyrian: Tyrian;
let server: Server;
let metrics: Metrics;
let admin: ReturnType<typeof createClient>;

beforeAll(async () => {
  const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
  metrics = createMetrics();
  const emit = createEmit({ log, metrics });
  const config = readConfig({
    environment: {},
    overrides: { data_folder: join(folder, 'data'), http: { port: 0 }, quota: { records_per_second: 1 } },
  });
  const onFatal = (error: Error) => {
    throw error;
  };
  tyrian = await openTyrian({ ...{ config, log, metrics, emit, onFatal }, command: 'test', clock: Date.now });
  server = await startServer(tyrian, { ...{ config, log, metrics, emit }, listen: true });
  admin = createClient({ url: server.url, key: server.firstKey ?? '' });
});
afterAll(async () => {
  await server.close();
  await tyrian.close();
  rmSync(folder, { recursive: true });
});

const issue = async (...scopes: Scope[]) => await admin.issueKey({ body: { name: 'ann', scopes } });
const as = (key: string) => createClient({ url: server.url, key });
const refused = (call: Promise<unknown>) =>
  expect(call).rejects.toMatchObject({ details: expect.anything() });

/** Lines of an action by a key, newest first, once there are so many. */
async function linesBy(id: string, action: string, count: number): Promise<readonly AuditView[]> {
  const { lines } = await admin.audit({ query: { by: id, action } });
  if (lines.length >= count) return lines;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return await linesBy(id, action, count);
}

const unrecorded = (code: string) =>
  Number(
    new RegExp(`^tyrian_refusals_unrecorded_total\\{reason="${code}"\\} (\\d+)$`, 'm').exec(
      metrics.expose(),
    )?.[1],
  );

describe('the audit trail', () => {
  it('has what a caller may not do, ten lines a minute, and counts the rest', async () => {
    const { key, secret } = await issue('events:read');
    for (let call = 0; call < 13; call += 1) await refused(as(secret).keys({}));
    const lines = await linesBy(key.id, 'guard.refused', 10);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatchObject({
      by: { id: key.id, name: 'ann' },
      outcome: 'refused',
      details: { code: 'guard.scope_missing', route: 'GET /v1/keys' },
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(unrecorded('guard.scope_missing')).toBe(3);
  });

  it('has keys that are taken no more or misspelt, but no key that nobody ever had', async () => {
    const { key, secret } = await issue('events:read');
    const misspelt = secret.replace(/.$/, secret.endsWith('A') ? 'B' : 'A');
    await refused(as(misspelt).keys({}));
    await admin.revokeKey({ params: { id: key.id } });
    await refused(as(secret).keys({}));
    await refused(as(`ty_0123456789abcdef_${'x'.repeat(43)}`).keys({}));
    await refused(createClient({ url: server.url }).keys({}));
    const lines = await linesBy(key.id, 'guard.refused', 2);
    const code = 'guard.credential_invalid';
    expect(lines.map(({ details }) => details)).toMatchObject([
      { code, why: 'revoked', peer: '127.0.0.1' },
      { code, why: 'wrong secret' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret.slice(-20));
    expect((await admin.audit({ query: { by: '0123456789abcdef' } })).lines).toEqual([]);
  });

  it('has a tenant beyond its quota once a minute', async () => {
    const { key, secret } = await issue('telemetry:write');
    const send = (records: number) =>
      as(secret).sendTelemetry({ params: { source: 'json' }, body: '{"a":1}\n'.repeat(records) });
    await send(10);
    for (let call = 0; call < 3; call += 1)
      await expect(send(1)).rejects.toMatchObject({ code: 'intake.quota', status: 429 });
    expect(await linesBy(key.id, 'guard.refused', 1)).toMatchObject([{ details: { code: 'intake.quota' } }]);
    expect(unrecorded('intake.quota')).toBe(2);
  });

  it('has each question by its run and length, without its words', async () => {
    const { key, secret } = await issue('ask');
    const question = 'what happened on marked-host in the last 2 hours';
    const runs: string[] = [];
    for await (const event of as(secret).ask({ body: { question } })) runs.push(event.run_id);
    const lines = await linesBy(key.id, 'analyst.asked', 1);
    expect(lines).toMatchObject([{ details: { run_id: runs[0], characters: question.length } }]);
    expect(JSON.stringify(lines)).not.toContain('marked-host');
  });
});
