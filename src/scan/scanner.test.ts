import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { maxScanBytes } from '../contracts/index.ts';
import { createScanner, ruleFolderOf, type Scanner, type ScannerOptions } from './index.ts';

const { signal } = new AbortController();
const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-scan-'));
  closes.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function scannerOf(folder: string, more: Partial<ScannerOptions> = {}): Scanner {
  const folders = [{ ...ruleFolderOf(folder), namespace: 'mine' }];
  const scanner = createScanner({ folders, threads: 1, maxHeldBytes: 2 ** 20, ...more });
  closes.push(() => scanner.close());
  return scanner;
}

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text));
const namesOn = async (scanner: Scanner, text: string) =>
  (await scanner.scan(bytesOf(text), signal)).matches.map(({ rule }) => rule);
const says = (name: string, word: string) => `rule ${name} { strings: $a = "${word}" condition: $a }`;

/** Takes some tenths of a second over 150 KB, in which nothing can interrupt it. */
const slow = `rule slow { condition: uint8(0) == 1 and
  for all i in (0..filesize - 1) : ( for all j in (0..100) : ( uint8(i) + j >= 0 ) ) }`;
const slowBytes = () => new Uint8Array(150_000).fill(1);

describe('a scan', () => {
  it('names rule, namespace, tags, meta and places, and what was scanned', async () => {
    const text = `rule one : first second {
      meta: author = "me" score = 7
      strings: $a = "needle" $b = { 00 01 }
      condition: any of them
    }`;
    const scanner = scannerOf(folderOf({ 'one.yar': text, 'two.yar': says('absent', 'nowhere') }));
    const bytes = Buffer.from('a needle and a needle\0\x01');
    expect(await scanner.scan(Uint8Array.from(bytes), signal)).toEqual({
      sha256: hash('sha256', bytes, 'hex'),
      size: bytes.length,
      milliseconds: expect.any(Number) as number,
      matches: [
        {
          ...{ rule: 'one', namespace: 'mine', tags: ['first', 'second'], meta: { author: 'me', score: 7 } },
          strings: [
            { id: '$a', offset: 2, length: 6 },
            { id: '$a', offset: 15, length: 6 },
            { id: '$b', offset: 21, length: 2 },
          ],
          strings_truncated: false,
        },
      ],
      truncated: false,
    });
  });

  it('of nothing, and without rules, meets nothing', async () => {
    expect(await namesOn(scannerOf(folderOf({ 'one.yar': says('one', 'a') })), '')).toEqual([]);
    expect(await namesOn(scannerOf(folderOf({})), 'a')).toEqual([]);
  });

  it('tells a bounded number of places, and that there may be more', async () => {
    const scanner = scannerOf(folderOf({ 'one.yar': says('one', 'ab') }));
    const [match] = (await scanner.scan(bytesOf('ab'.repeat(5_000)), signal)).matches;
    expect(match?.strings).toHaveLength(100);
    expect(match?.strings_truncated).toBe(true);
  });

  it('takes bytes that are part of something larger, and leaves that as it is', async () => {
    const scanner = scannerOf(folderOf({ 'one.yar': says('one', 'needle') }));
    const whole = bytesOf('needle or not');
    expect((await scanner.scan(whole.subarray(3), signal)).matches).toEqual([]);
    expect((await scanner.scan(whole.subarray(0, 8), signal)).matches).toHaveLength(1);
    expect(Buffer.from(whole).toString()).toBe('needle or not');
  });
});

describe('rule files', () => {
  it('with an error are told with their line, and harm no others', async () => {
    const folder = folderOf({
      'a-bad.yar': 'rule fine { condition: true }\nrule bad {\n  condition: $missing\n}',
      'b-open.yar': 'rule open { strings: $a = "never closed',
      'c-include.yar': 'include "/etc/passwd"\nrule included { condition: true }',
      'd-good.yara': says('good', 'x'),
      'e-again.yar': `\n${says('good', 'y')}`,
      'notes.txt': 'no rules',
    });
    const scanner = scannerOf(folder);
    const { namespaces, diagnostics } = await scanner.rules(signal);
    expect(namespaces).toEqual([{ name: 'mine', files: 1 }]);
    expect(diagnostics).toMatchObject([
      { namespace: 'mine', file: 'a-bad.yar', line: 3, column: 14, code: 'E025' },
      { file: 'b-open.yar', line: 1, column: 27, message: 'syntax error' },
      { file: 'b-open.yar', line: 1 },
      { file: 'c-include.yar', line: 1, message: 'include statements not allowed' },
      { file: 'e-again.yar', line: 2, code: 'E012' },
    ]);
    expect(JSON.stringify(diagnostics)).not.toContain('root:');
    expect(await namesOn(scanner, 'x y')).toEqual(['good']);
  });

  it('of two folders may have rules of one name', async () => {
    const [one = '', two = ''] = ['x', 'y'].map((word) => folderOf({ 'a.yar': says('same', word) }));
    const folders = [
      { namespace: 'two', folder: two },
      { namespace: 'one', folder: one },
    ];
    const { matches } = await scannerOf('', { folders }).scan(bytesOf('x y'), signal);
    expect(matches.map(({ namespace, rule }) => `${namespace}:${rule}`)).toEqual(['one:same', 'two:same']);
  });

  it('that change are taken up by a running scanner', async () => {
    const folder = folderOf({ 'one.yar': says('one', 'x') });
    const scanner = scannerOf(folder);
    expect(await namesOn(scanner, 'x y')).toEqual(['one']);
    writeFileSync(join(folder, 'one.yar'), says('other', 'x'));
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'two.yar'), says('two', 'y'));
    await expect.poll(() => namesOn(scanner, 'x y'), { timeout: 10_000 }).toEqual(['other', 'two']);
  });

  it('of a folder that is not there are told as missing, once it is there they are used', async () => {
    const folder = join(folderOf({}), 'later');
    const scanner = scannerOf(folder);
    expect((await scanner.rules(signal)).diagnostics).toMatchObject([
      { code: 'unreadable', file: '', line: 0 },
    ]);
    mkdirSync(folder);
    writeFileSync(join(folder, 'one.yar'), says('one', 'x'));
    await expect.poll(() => namesOn(scanner, 'x'), { timeout: 10_000 }).toEqual(['one']);
  });
});

describe('what is too much', () => {
  it('is refused: too many that wait, too many bytes, one file that is too large', async () => {
    const folder = folderOf({ 'slow.yar': slow });
    const scanner = scannerOf(folder, { maxWaiting: 1, maxHeldBytes: 200_000 });
    const first = scanner.scan(slowBytes(), signal);
    await expect(scanner.scan(slowBytes(), signal)).rejects.toMatchObject({
      ...{ code: 'scan.busy', status: 429, retryable: true },
      details: { retry_after_seconds: 5 },
    });
    const second = scanner.scan(bytesOf('a'), signal);
    await expect(scanner.scan(bytesOf('b'), signal)).rejects.toMatchObject({ code: 'scan.busy' });
    await expect(scanner.scan(new Uint8Array(maxScanBytes + 1), signal)).rejects.toMatchObject({
      ...{ code: 'scan.too_large', status: 413 },
    });
    expect((await first).matches).toHaveLength(1);
    expect((await second).matches).toHaveLength(0);
  });

  it('a scan past its time is given up, others wait their turn, and a new thread goes on', async () => {
    const scanner = scannerOf(folderOf({ 'slow.yar': slow, 'one.yar': says('one', 'x') }), {
      limits: { prepareMs: 60_000, scanMs: 50 },
    });
    const late = scanner.scan(slowBytes(), signal);
    const next = scanner.scan(bytesOf('x'), signal);
    await expect(late).rejects.toMatchObject({ code: 'scan.out_of_time', status: 504 });
    expect((await next).matches).toHaveLength(1);
  });

  it('what waits behind a scan that does not end is refused in time', async () => {
    const scanner = scannerOf(folderOf({ 'slow.yar': slow }), { waitMs: 20 });
    const first = scanner.scan(slowBytes(), signal);
    await expect(scanner.scan(bytesOf('x'), signal)).rejects.toMatchObject({ code: 'scan.busy' });
    await first;
  });

  it('the event loop turns while a scan runs', async () => {
    const scanner = scannerOf(folderOf({ 'slow.yar': slow }));
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 1);
    await scanner.scan(slowBytes(), signal);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('the end', () => {
  it('of who asked takes its file out of the queue', async () => {
    const scanner = scannerOf(folderOf({ 'slow.yar': slow }), { maxWaiting: 1 });
    const first = scanner.scan(slowBytes(), signal);
    const leaving = new AbortController();
    const second = scanner.scan(bytesOf('x'), leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await scanner.scan(bytesOf('y'), signal);
    await first;
  });

  it('of the scanner refuses what waits and comes', async () => {
    const scanner = scannerOf(folderOf({ 'one.yar': says('one', 'x') }));
    await scanner.rules(signal);
    await scanner.close();
    await expect(scanner.scan(bytesOf('x'), signal)).rejects.toMatchObject({ code: 'scan.closed' });
  });

  it('where there is no library is a refusal that says so, every time', async () => {
    const scanner = scannerOf(folderOf({}), { library: '@litko/yara-x-of-no-platform' });
    const refusal = { code: 'scan.unavailable', status: 501 };
    await expect(scanner.scan(bytesOf('x'), signal)).rejects.toMatchObject(refusal);
    await expect(scanner.rules(signal)).rejects.toMatchObject(refusal);
  });
});
