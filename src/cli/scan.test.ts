import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-scan-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files = join(folder, 'files');
const rules = join(folder, 'rules');
mkdirSync(join(files, 'below'), { recursive: true });
mkdirSync(rules);
writeFileSync(join(files, 'page.php'), "<?php system($_GET['c']);");
writeFileSync(join(files, 'below', 'note\u001b[31m.txt'), 'a needle');
writeFileSync(join(files, 'plain.txt'), 'nothing');
symlinkSync(files, join(files, 'below', 'loop'));
writeFileSync(join(rules, 'one.yar'), 'rule one : found { strings: $a = "needle" condition: $a }');

let out: string[] = [];
let problems: string[] = [];
beforeEach(() => {
  out = [];
  problems = [];
  vi.spyOn(console, 'log').mockImplementation((line: unknown) => void out.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void problems.push(String(line)));
});
afterEach(() => void vi.restoreAllMocks());

describe('tyrian scan', () => {
  test("meets files below a folder by Tyrian's own rules, with no server and no data folder", async () => {
    expect(await main(['scan', files])).toBe(0);
    const [line = '', total] = out.toSorted((left, right) => right.length - left.length);
    expect(line).toContain('page.php: tyrian:PHP_Request_Eval [webshell] $');
    expect(total).toBe('3 files scanned, 1 met a rule.');
    expect(problems).toEqual([]);
  });

  test('uses the rules of a folder, says one line a file, and shows no control characters', async () => {
    expect(await main(['scan', files, '--rules', rules])).toBe(0);
    expect(out[0]).toContain('note [31m.txt: rules:one [found] $a@2+6');
    out = [];
    expect(await main(['scan', files, '--rules', rules, '--json'])).toBe(0);
    const told = out.map((line) => JSON.parse(line) as { readonly path: string; readonly matches: object[] });
    expect(told).toHaveLength(3);
    expect(told.flatMap(({ matches }) => matches)).toMatchObject([{ rule: 'one', tags: ['found'] }]);
  });

  test('tells what it could not scan and which rule files are not sound, and ends with 1', async () => {
    const unsound = join(folder, 'unsound');
    mkdirSync(unsound);
    writeFileSync(join(unsound, 'bad.yar'), 'rule bad { condition: nonsense }');
    expect(await main(['scan', join(folder, 'absent'), files, '--rules', unsound])).toBe(1);
    expect(problems).toEqual([
      'unsound/bad.yar:1:23: error: unknown identifier `nonsense` (E009)',
      `${join(folder, 'absent')}: can not be read (ENOENT)`,
    ]);
    expect(out.at(-1)).toBe('3 files scanned, 0 met a rule, 1 could not be scanned.');
  });

  test('takes no rules along to a server', async () => {
    expect(await main(['--url', 'http://127.0.0.1:9', 'scan', files, '--rules', rules])).toBe(1);
    expect(problems.join()).toContain('(cli.scan)');
  });
});
