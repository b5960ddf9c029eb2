import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlertView, Detection } from '../src/contracts/index.ts';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, startServer } from './running-server.ts';
import { failedLogon, pause, send, settled, told, until } from './siem-desk.ts';

/** Correlation rules in a running Tyrian: records in, one alert with the window's events out. */
const folder = temporaryFolder('correlation');
afterAll(() => folder.remove());

const baseId = '0f3c2a51-3a55-4d0e-9a11-0000000000a1';
const bruteId = '0f3c2a51-3a55-4d0e-9a11-0000000000a2';
const thenInId = '0f3c2a51-3a55-4d0e-9a11-0000000000a3';

const rules = `title: Failed logon
id: ${baseId}
name: failed_logon
status: test
author: The test
level: low
logsource: { product: windows, service: security }
detection: { logon: { EventID: 4625 }, condition: logon }
---
title: Logon
id: 0f3c2a51-3a55-4d0e-9a11-0000000000a4
name: logon
status: test
author: The test
level: low
logsource: { product: windows, service: security }
detection: { logon: { EventID: 4624, LogonType: 3 }, condition: logon }
---
title: Many failed logons of one user
id: ${bruteId}
name: brute_force
status: test
author: The test
level: high
tags: [attack.t1110]
correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [TargetUserName]
  timespan: 10m
  condition: { gte: 5 }
  generate: false
---
title: Many failed logons of one user, then a logon
id: ${thenInId}
status: test
author: The test
level: critical
correlation:
  type: temporal_ordered
  rules: [brute_force, logon]
  group-by: [TargetUserName]
  timespan: 30m
  generate: true
`;

const rulesFolder = join(folder.path, 'rules');
mkdirSync(rulesFolder);
writeFileSync(join(rulesFolder, 'brute-force.yml'), rules);
const data = join(folder.path, 'data');
const environment = { TYRIAN_RULES_FOLDER: rulesFolder, TYRIAN_RULES_LATENESS_SECONDS: '1' };

let server: RunningServer;
beforeAll(async () => {
  server = await startServer(data, '', environment);
});
afterAll(() => server.stop());

let records = 0;
const nextRecord = () => {
  records += 1;
  return records;
};
const at = (minute: number, second = 0) =>
  new Date(Date.UTC(2026, 10, 1, 9) + (minute * 60 + second) * 1_000).toISOString();
const failed = (user: string, time: string, host = 'dc1') =>
  failedLogon(host, nextRecord(), { TargetUserName: user, TimeCreated: time });

const alertsOf = async (rule: string) => (await server.client.alerts({ query: { rule } })).alerts;
const alertOf = async (rule: string, user: string): Promise<AlertView | undefined> => {
  for (const { id } of await alertsOf(rule)) {
    const alert = await server.client.alert({ params: { id } });
    if (alert.detections.some(({ detection }) => userOf(detection) === user)) return alert;
  }
  return undefined;
};
const userOf = ({ window }: Detection) =>
  window?.group.find(({ field }) => field === 'TargetUserName')?.value;
const windowsOf = ({ detections }: AlertView) =>
  detections.flatMap(({ detection }) => detection.window ?? []);

test('failed logons of one user over the boundary of a window are one alert with its events; a failed logon alone is none', async () => {
  const file = join(folder.path, 'import.ndjson');
  const attack = [4, 7, 9, 11, 13, 16].map((minute) => failed('mallory', at(minute)));
  const others = [failed('alice', at(5)), failed('alice', at(6)), failed('bob', at(5))];
  writeFileSync(file, [...others, ...attack.toReversed()].join('\n'));
  await told(data, 'import', file, '--source', 'windows');
  const alert = await until(() => alertOf(bruteId, 'mallory'));
  expect(alert).toMatchObject({ severity: 'high', hits: 1, entity: { kind: 'host', value: 'dc1' } });
  const [window] = windowsOf(alert);
  // The fifth, at minute 13, is the first whose ten minutes hold five.
  expect(window).toMatchObject({ event_count: 6, cut: false, supersedes: [] });
  expect(window?.events).toHaveLength(6);
  expect([Date.parse(window?.from ?? ''), Date.parse(window?.to ?? '')]).toEqual(
    [at(4), at(16)].map((time) => Date.parse(time)),
  );
  expect(alert.detections[0]?.detection.id).toBe(window?.episode);
  const [event_id = ''] = window?.events ?? [];
  const event = await server.client.event({ params: { event_id } });
  expect(JSON.parse(event.raw)).toMatchObject({ TargetUserName: 'mallory', EventID: 4625 });
  expect(await alertsOf(baseId)).toEqual([]);
  expect(await alertsOf(bruteId)).toHaveLength(1);
});

test('the same file once more, and a restart, make no second alert', async () => {
  await told(data, 'import', join(folder.path, 'import.ndjson'), '--source', 'windows');
  const { key } = server;
  await server.kill();
  server = { ...(await startServer(data, key, environment)), key };
  await settled(server);
  await pause(3_000);
  const alert = await alertOf(bruteId, 'mallory');
  expect(alert).toMatchObject({ hits: 1 });
});

test('records that are posted make it, too; an event that comes late amends it with a link', async () => {
  const minutes = [40, 41, 42, 43, 44];
  await send(
    server,
    minutes.map((minute) => failed('eve', at(minute), 'dc2')),
  );
  const alert = await until(() => alertOf(bruteId, 'eve'));
  const [first] = windowsOf(alert);
  expect(first).toMatchObject({ event_count: 5 });
  // Before all others: now the fourth of before is the fifth, and the episode opens there.
  await send(server, [failed('eve', at(39, 30), 'dc2')]);
  const amended = await until(async () => {
    const found = await alertOf(bruteId, 'eve');
    return found !== undefined && windowsOf(found).some(({ supersedes }) => supersedes.length > 0) && found;
  });
  const next = windowsOf(amended).find(({ supersedes }) => supersedes.length > 0);
  expect(next).toMatchObject({ event_count: 6, supersedes: [first?.episode] });
  const gone = await until(async () => {
    const found = await alertOf(bruteId, 'eve');
    return found && windowsOf(found).find(({ state }) => state === 'gone');
  });
  expect(gone).toMatchObject({ episode: first?.episode, superseded_by: next?.episode });
});

test('a correlation over another one: what the failures lead to', async () => {
  const user = 'oscar';
  const failures = [60, 61, 62, 63, 64].map((minute) => failed(user, at(minute), 'dc3'));
  const logon = failedLogon('dc3', 900, {
    EventID: 4624,
    LogonType: 3,
    TargetUserName: user,
    TimeCreated: at(80),
  });
  await send(server, [...failures, logon]);
  const alert = await until(() => alertOf(thenInId, user));
  expect(alert).toMatchObject({ severity: 'critical' });
  expect(windowsOf(alert)[0]).toMatchObject({
    event_count: 2,
    group: [{ field: 'TargetUserName', value: user }],
  });
  // `generate`: the one below alerts by itself as well.
  expect(await until(() => alertOf(bruteId, user))).toMatchObject({ severity: 'high' });
});
