import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, Header } from 'tar';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readPackSource } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-source-'));
afterAll(() => rmSync(root, { recursive: true }));
const never = new AbortController().signal;
const at = (...parts: readonly string[]) => join(root, ...parts);

function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

beforeEach(() => {
  rmSync(at('sigma'), { recursive: true, force: true });
  write('sigma/pack.yml', 'name: harbour\n');
  write('sigma/rules/a.yml', 'title: a\n');
  write('sigma/rules/a.tests.yml', 'rule: a\n');
  write('sigma/rules/b.yaml', 'title: b\n');
  write('sigma/README.md', 'words');
  symlinkSync(at('sigma/rules/a.yml'), at('sigma/rules/link.yml'));
});

const paths = async (path: string) =>
  (await readPackSource(path, { signal: never })).files.map((file) => file.path).sort();
const refused = (path: string) =>
  expect(readPackSource(path, { signal: never }).catch(({ code, message }) => `${code} ${message}`)).resolves;

/** An archive of entries that no honest program writes. */
function archive(
  name: string,
  entries: readonly (readonly [path: string, text: string, type?: 'SymbolicLink'])[],
): string {
  const blocks = entries.flatMap(([path, text, type]) => {
    const content = Buffer.from(text);
    const header = new Header({
      path,
      size: content.length,
      mode: 0o644,
      linkpath: type !== undefined ? '/etc/passwd' : '',
    });
    header.type = type ?? 'File';
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  writeFileSync(at(name), gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return at(name);
}

describe('rule files to be installed', () => {
  const wanted = ['pack.yml', 'rules/a.yml', 'rules/b.yaml'];

  test('come from a folder: rules and settings, no tests, no links', async () => {
    expect(await paths(at('sigma'))).toEqual(wanted);
    const { name, files } = await readPackSource(at('sigma'), { signal: never });
    expect([name, files.find(({ path }) => path === 'rules/a.yml')?.text]).toEqual(['harbour', 'title: a\n']);
  });

  test('come from an archive, packed or not, without the folder that all of it lies in', async () => {
    for (const [name, gzip] of [
      ['s.tar', false] as const,
      ['s.tar.gz', true] as const,
      ['s.tgz', true] as const,
    ]) {
      await create({ file: at(name), cwd: root, gzip }, ['sigma']);
      expect(await paths(at(name))).toEqual(wanted);
      await create({ file: at(name), cwd: at('sigma'), gzip }, ['.']);
      expect(await paths(at(name))).toEqual(wanted);
    }
  });

  test('come from one file, and are called by the path where nothing says a name', async () => {
    expect(await readPackSource(at('sigma/rules/a.yml'), { signal: never })).toEqual({
      name: 'a',
      files: [{ path: 'a.yml', text: 'title: a\n' }],
    });
    await create({ file: at('Rules_2026.tar.gz'), cwd: at('sigma/rules'), gzip: true }, ['.']);
    expect((await readPackSource(at('Rules_2026.tar.gz'), { signal: never })).name).toBe('rules-2026');
  });

  test('take placeholders from another file, if one is named', async () => {
    write('mine.yml', 'admins: root\n');
    const { files } = await readPackSource(at('sigma'), { signal: never, placeholders: at('mine.yml') });
    expect(files.at(-1)).toEqual({ path: 'placeholders.yml', text: 'admins: root\n' });
    const absent = readPackSource(at('sigma'), { signal: never, placeholders: at('none.yml') });
    await expect(absent).rejects.toMatchObject({ code: 'rules.pack_unreadable' });
  });

  test('of an archive never lie outside of it, and are no links', async () => {
    await refused(archive('up.tgz', [['../../evil.yml', 'x']])).toContain('rules.pack_invalid');
    await refused(archive('root.tgz', [['/etc/evil.yml', 'x']])).toContain('rules.pack_invalid');
    expect(
      await paths(
        archive('link.tgz', [
          ['a.yml', 'x'],
          ['link.yml', '', 'SymbolicLink'],
        ]),
      ),
    ).toEqual(['a.yml']);
  });

  test('are bounded', async () => {
    await refused(archive('large.tgz', [['a.yml', '#'.repeat(600_000)]])).toContain('rules.pack_too_large');
    const many = Array.from({ length: 20_001 }, (_, number) => [`${number}.yml`, ''] as const);
    await refused(archive('many.tgz', many)).toContain('rules.pack_too_large');
  });

  test('are asked for where there are none', async () => {
    await refused(at('nowhere')).toContain('rules.pack_unreadable');
    await refused(archive('none.tgz', [['README.md', 'x']])).toContain('rules.pack_invalid');
    writeFileSync(at('s.zip'), 'PK\u0003\u0004');
    await refused(at('s.zip')).toContain('zip');
    writeFileSync(at('words.tar'), 'no archive at all, but words'.repeat(100));
    await refused(at('words.tar')).toContain('rules.pack_invalid');
    const whole = archive('cut.tgz', [['a.yml', 'x'.repeat(100_000)]]);
    writeFileSync(whole, gzipSync(Buffer.alloc(100)).subarray(0, 15));
    await refused(whole).toContain('rules.');
  });
});
