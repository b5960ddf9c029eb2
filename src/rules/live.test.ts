import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LiveRules, openLiveRules } from './index.ts';

const rule = (id: string, user: string) => `title: Logon of ${user}
id: ${id}
level: low
logsource: { product: windows, service: security }
detection: { logon: { TargetUserName: ${user} }, condition: logon }
`;

let root = '';
let live: LiveRules;
let writes = 0;
let faults: unknown[] = [];
const path = (name: string) => join(root, 'own', name);
const titles = () => live.packs().flatMap(({ rules }) => rules.map(({ title }) => title));
/** Two states of one size within a millisecond could not be told apart. */
function write(name: string, text: string): void {
  writes += 1;
  writeFileSync(path(name), `${text}# ${' '.repeat(writes)}\n`);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tyrian-rules-'));
  mkdirSync(join(root, 'own'));
  [writes, faults] = [0, []];
  write('a.yml', rule('a', 'alice'));
  write('b.yml', rule('b', 'bob'));
  const onFault = (fault: unknown) => faults.push(fault);
  live = openLiveRules({ folders: [join(root, 'own')], onChange: () => undefined, onFault });
});
afterEach(() => {
  live.close();
  rmSync(root, { recursive: true });
});

describe('a folder of rules', () => {
  test('is taken up when a file comes, changes or goes', () => {
    expect(live.look()).toBe(false);
    write('c.yml', rule('c', 'carol'));
    write('b.yml', rule('b', 'ben'));
    rmSync(path('a.yml'));
    expect(live.look()).toBe(true);
    expect(titles()).toEqual(['Logon of ben', 'Logon of carol']);
  });

  test('keeps the rule that an edit broke, until it is mended or its file is gone', () => {
    write('b.yml', rule('b', 'ben').replace('condition: logon', 'condition: logoff'));
    live.look();
    expect(titles().sort()).toEqual(['Logon of alice', 'Logon of bob']);
    expect(live.diagnostics()).toMatchObject([{ file: path('b.yml'), severity: 'error' }]);
    write('b.yml', 'title: [');
    live.look();
    expect(titles().sort()).toEqual(['Logon of alice', 'Logon of bob']);
    write('b.yml', rule('b', 'ben'));
    live.look();
    expect(titles()).toEqual(['Logon of alice', 'Logon of ben']);
    write('b.yml', 'title: [');
    live.look();
    rmSync(path('b.yml'));
    live.look();
    expect([titles(), live.diagnostics()]).toEqual([['Logon of alice'], []]);
  });

  test('keeps no broken rule that stands elsewhere now', () => {
    write('b.yml', 'title: [');
    write('c.yml', rule('b', 'ben'));
    live.look();
    expect(titles()).toEqual(['Logon of alice', 'Logon of ben']);
  });

  test('that is gone leaves its rules in force and says so', () => {
    rmSync(join(root, 'own'), { recursive: true });
    expect([live.look(), live.look(), faults.length]).toEqual([false, false, 1]);
    expect(live.fault()).toContain('no folder of rules');
    expect(titles()).toEqual(['Logon of alice', 'Logon of bob']);
  });
});
