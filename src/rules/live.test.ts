import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
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
let changes = 0;
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
  [writes, changes, faults] = [0, 0, []];
  write('a.yml', rule('a', 'alice'));
  write('b.yml', rule('b', 'bob'));
  const onFault = (fault: unknown) => faults.push(fault);
  const onChange = () => {
    changes += 1;
  };
  live = openLiveRules({ folders: [join(root, 'own')], onChange, onFault });
});
afterEach(() => {
  live.close();
  rmSync(root, { recursive: true });
});

describe('a folder of rules', () => {
  test('is taken up when a file comes, changes or goes', async () => {
    expect(await live.look()).toBe(false);
    write('c.yml', rule('c', 'carol'));
    write('b.yml', rule('b', 'ben'));
    rmSync(path('a.yml'));
    expect(await live.look()).toBe(true);
    expect(titles()).toEqual(['Logon of ben', 'Logon of carol']);
  });

  test('keeps the rule that an edit broke, until it is mended or its file is gone', async () => {
    write('b.yml', rule('b', 'ben').replace('condition: logon', 'condition: logoff'));
    await live.look();
    expect(titles().sort()).toEqual(['Logon of alice', 'Logon of bob']);
    expect(live.diagnostics()).toMatchObject([{ file: path('b.yml'), severity: 'error' }]);
    write('b.yml', 'title: [');
    await live.look();
    expect(titles().sort()).toEqual(['Logon of alice', 'Logon of bob']);
    write('b.yml', rule('b', 'ben'));
    await live.look();
    expect(titles()).toEqual(['Logon of alice', 'Logon of ben']);
    write('b.yml', 'title: [');
    await live.look();
    rmSync(path('b.yml'));
    await live.look();
    expect([titles(), live.diagnostics()]).toEqual([['Logon of alice'], []]);
  });

  test('follows its placeholders', async () => {
    const text = rule('e', "'%admins%'").replace('TargetUserName', 'TargetUserName|expand');
    write('e.yml', text);
    await live.look();
    expect(live.diagnostics()).toMatchObject([{ code: 'detect.placeholder' }]);
    write('placeholders.yml', 'admins: root\n');
    expect(await live.look()).toBe(true);
    expect([live.diagnostics(), titles().length]).toEqual([[], 3]);
    write('placeholders.yml', 'admins: { a: b }\n');
    expect([await live.look(), live.fault()?.includes('placeholders.yml'), titles().length]).toEqual([
      false,
      true,
      3,
    ]);
  });

  test('keeps a filter that an edit broke, until it is mended', async () => {
    const filter = `title: Not bob
logsource: { product: windows }
filter: { rules: [a], selection: { TargetUserName: bob }, condition: not selection }
`;
    write('f.yml', filter);
    await live.look();
    write('f.yml', filter.replace('not selection', 'not selected'));
    await live.look();
    expect(live.packs().map(({ filters }) => filters.length)).toEqual([1]);
    write('f.yml', rule('f', 'frank'));
    await live.look();
    expect(live.packs().map(({ filters }) => filters.length)).toEqual([0]);
  });

  test('keeps no broken rule that stands elsewhere now', async () => {
    write('b.yml', 'title: [');
    write('c.yml', rule('b', 'ben'));
    await live.look();
    expect(titles()).toEqual(['Logon of alice', 'Logon of ben']);
  });

  test('that is gone leaves its rules in force and says so', async () => {
    rmSync(join(root, 'own'), { recursive: true });
    expect([await live.look(), await live.look(), faults.length]).toEqual([false, false, 1]);
    expect(live.fault()).toContain('no folder of rules');
    expect(titles()).toEqual(['Logon of alice', 'Logon of bob']);
  });

  test('that changes as a whole is parsed in slices, by one look at a time, and swapped at once', async () => {
    const texts = Array.from({ length: 300 }, (_, number) => rule(`rule-${number}`, `user-${number}`));
    for (const [number, text] of texts.entries()) write(`many-${number}.yml`, text);
    const changed = live.look();
    const [seen, other] = [new Set<number>(), live.look()];
    while ((await Promise.race([changed, setImmediate(undefined)])) === undefined) seen.add(titles().length);
    expect([await changed, await other, [...seen], titles().length]).toEqual([true, true, [2], 302]);
    expect(changes).toBe(1);
  });

  test('that is closed while it is looked at changes nothing any more', async () => {
    for (let number = 0; number < 300; number += 1) write(`${number}.yml`, rule(`r${number}`, 'carol'));
    const looking = live.look();
    live.close();
    expect([await looking, titles().length, faults.length, changes]).toEqual([false, 2, 0, 0]);
  });
});
