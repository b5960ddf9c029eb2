import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runRuleTests } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-correlation-tests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, 'guessed.yml'),
  `title: A failed logon
id: failed
name: failed
level: low
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: Passwords of one user are guessed
id: guessed
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 10m
  condition: { gte: 3 }
`,
);

const failed = (user: string, minute: number) =>
  `      - {Channel: Security, EventID: 4625, Computer: dc1, EventRecordID: ${minute}, TargetUserName: ${user}, TimeCreated: '2026-11-01T09:0${minute}:00.000Z'}`;

writeFileSync(
  join(folder, 'guessed.tests.yml'),
  `rule: guessed
matches:
  - name: three in a row
    records:
${[1, 2, 3].map((minute) => failed('bob', minute)).join('\n')}
  - name: two are too few
    records:
${[1, 2].map((minute) => failed('bob', minute)).join('\n')}
misses:
  - name: of three users
    records:
${['bob', 'eve', 'tom'].map((user, minute) => failed(user, minute)).join('\n')}
  - name: one record
    record:
${failed('bob', 1).replace('      - ', '      ')}
`,
);

test('a correlation is tested with records that count together; a rule that no file tests is told', () => {
  const { results, untested } = runRuleTests(folder);
  expect(results).toEqual([
    { file: 'guessed.tests.yml', name: 'three in a row', problem: undefined },
    {
      file: 'guessed.tests.yml',
      name: 'two are too few',
      problem: 'the correlation is not met by these records',
    },
    { file: 'guessed.tests.yml', name: 'of three users', problem: undefined },
    { file: 'guessed.tests.yml', name: 'one record', problem: undefined },
  ]);
  expect(untested).toEqual(['A failed logon']);
});
