import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HuntHit, HuntView } from '../src/contracts/index.ts';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, runCommand, startServer } from './running-server.ts';
import {
  alertOn,
  failedLogon,
  ruleFolder,
  ruleId,
  ruleText,
  send,
  settled,
  told,
  until,
} from './siem-desk.ts';

/** Hunts, back-tests and back-fills by commands beside a running server. */
const folder = temporaryFolder('hunt');
const data = join(folder.path, 'data');
const later = '5f1c0f4e-8f8b-4a52-9d63-54b6d9c1cccc';
const laterFile = join(folder.path, 'later.yml');
const window = ['--since', '2026-11-01', '--until', '2026-11-02'] as const;
let rules: string;
let server: RunningServer;

const json = async <T>(...words: readonly string[]) => JSON.parse(await told(data, ...words, '--json')) as T;

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  rules = ruleFolder(join(folder.path, 'rules'));
  writeFileSync(laterFile, ruleText('trent', later));
  server = await startServer(data, '', { TYRIAN_RULES_FOLDER: rules });
  await send(server, [
    ...[1, 2, 3].map((record) => failedLogon('ws-1', record)),
    ...[4, 5].map((record) => failedLogon('ws-2', record, { TargetUserName: 'trent' })),
    failedLogon('ws-3', 6, { TargetUserName: 'nobody' }),
  ]);
  await settled(server);
  await alertOn(server, 'ws-1');
}, 180_000);
afterAll(async () => {
  await server.stop();
  folder.remove();
});

describe('tyrian hunt', () => {
  it('finds what a rule that is not loaded would have hit', async () => {
    type Hunted = HuntView & { readonly hits: readonly HuntHit[] };
    const { found, hits, rule } = await json<Hunted>('hunt', laterFile, ...window);
    expect(rule?.id).toBe(later);
    expect(found).toMatchObject({ events: 6, hits: 2, kept: 2 });
    expect(hits.map(({ entity, matched }) => [entity.value, matched.at(-1)?.value])).toEqual([
      ['ws-2', 'trent'],
      ['ws-2', 'trent'],
    ]);
  });

  it('tells people hits, entities and days; of a back-test how loud the rule would be', async () => {
    const text = await told(data, 'hunt', laterFile, ...window);
    expect(text).toContain('host ws-2');
    expect(text).toContain('2 hits in 6 events.');
    expect(text).toMatch(/2026-11-01 +2 +1/);
    const backtest = await told(data, 'hunt', laterFile, ...window, '--backtest');
    expect(backtest).toContain('1 alerts and 2 hits a day, over 1 days that hold events.');
    expect(backtest).toContain('Too few events to tell');
    expect(await told(data, 'hunt', ruleId, ...window, '--explain')).toContain('6 events, at most');
  });

  it('says where a rule is wrong', async () => {
    const broken = join(folder.path, 'broken.yml');
    writeFileSync(broken, ruleText().replace('condition: logon', 'condition: login'));
    const { code, err } = await runCommand(['--data', data, 'hunt', broken]);
    expect(code).toBe(1);
    expect(err).toMatch(/^broken\.yml:\d+:\d+: /);
  });

  it('is in the audit trail, with who ordered it', async () => {
    const { lines } = await server.client.audit({ query: { action: 'rules.hunted' } });
    expect(lines[0]).toMatchObject({ by: { id: 'local' }, details: { purpose: 'backtest', rule: later } });
  });
});

describe('tyrian rules backfill', () => {
  it('makes nothing of what the pipeline found: its detections have the same ids', async () => {
    const { filled } = await json<HuntView>('rules', 'backfill', '--rule', ruleId, ...window);
    expect(filled).toMatchObject({ hits: 3, detections: 0, known: 3 });
    expect(await alertOn(server, 'ws-1')).toMatchObject({ hits: 3 });
  });

  it('makes the detections of a rule that came later', async () => {
    writeFileSync(join(rules, 'later.yml'), ruleText('trent', later));
    await until(async () => (await server.client.rules({ query: {} })).rules.some(({ id }) => id === later));
    const { filled } = await json<HuntView>('rules', 'backfill', ...window);
    expect(filled).toMatchObject({ events: 6, detections: 2 });
    const { alerts } = await server.client.alerts({ query: { rule: later } });
    expect(alerts).toMatchObject([{ hits: 2, entity: { kind: 'host', value: 'ws-2' } }]);
  });
});
