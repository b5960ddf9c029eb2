import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AskEvent } from '../src/contracts/index.ts';
import { takeApart } from './asked.ts';
import { logon } from './bad-records.ts';
import { temporaryFolder } from './opened.ts';
import { type Ended, runCommand, startServer } from './running-server.ts';

const folder = temporaryFolder('command-line');
const place = (name: string) => join(folder.path, name);
const data = place('data');
const input = place('events.ndjson');
const events = 50;

beforeAll(() => {
  const lines = Array.from({ length: events }, (_, index) =>
    logon(`host-${index % 5}`, { EventRecordID: index }),
  );
  writeFileSync(input, `${lines.join('\n')}\n`);
});
afterAll(() => folder.remove());

const run = (...words: string[]) => runCommand(['--data', data, ...words]);

/** Errors are for people: one message with its code, no stack. */
function expectFailure({ code, err }: Ended, errorCode: string) {
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(`(${errorCode})`) });
  expect(err).not.toMatch(/\n\s+at .*:\d+/);
}

describe('the command line', () => {
  it('explains itself and each command, with exit code 0', async () => {
    const help = await runCommand(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    const commands = ['import', 'ask', 'serve', 'ledger', 'keys', 'demo'];
    for (const command of commands) expect(help.out).toMatch(new RegExp(`^  ${command} `, 'm'));
    const each = await Promise.all(commands.map((command) => runCommand([command, '--help'])));
    for (const [index, { code, out }] of each.entries()) {
      expect({ code, out }).toMatchObject({
        code: 0,
        out: expect.stringContaining(`Usage: tyrian ${commands[index]}`),
      });
    }
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['imprt', 'x']],
    ['an unknown option', ['ledger', '--nonsense']],
    ['no path', ['import']],
    ['no question', ['ask']],
  ])('ends with code 2 and a hint for %s', async (_name, words) => {
    const { code, err } = await run(...words);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('Usage:') });
    expect(existsSync(data)).toBe(false);
  });

  it('names every wrong setting and where it came from, in one message', async () => {
    const file = place('wrong.yaml');
    writeFileSync(file, 'log:\n  durability: maybe\nhttp:\n  colour: red\n');
    const ended = await runCommand(['--data', data, '--config', file, 'ledger'], {
      ...{ TYRIAN_HTTP_PORT: '99999', TYRIAN_PIPELINE_BATCH_MS: 'soon', TYRIAN_NO_SUCH: '1' },
    });
    expectFailure(ended, 'config.invalid');
    for (const word of [
      'log.durability',
      'TYRIAN_HTTP_PORT',
      'TYRIAN_PIPELINE_BATCH_MS',
      'TYRIAN_NO_SUCH',
      'colour',
      file,
    ])
      expect(ended.err).toContain(word);
    expect(existsSync(data)).toBe(false);
  });

  it.each([
    ['a tenant that is no name', ['--tenant', 'Not A Tenant!', 'ledger'], 'config.invalid'],
    [
      'a configuration file that is not there',
      ['--config', '/nowhere/at/all.yaml', 'ledger'],
      'config.unreadable',
    ],
  ])('refuses %s', async (_name, words, code) => {
    const ended = await run(...words);
    expectFailure(ended, code);
  });

  it('refuses a data folder that can not be one, and one of a newer program', async () => {
    expectFailure(
      await runCommand(['--data', join(input, 'below-a-file'), 'ledger']),
      'system.folder_unusable',
    );
    const newer = place('newer');
    mkdirSync(newer);
    writeFileSync(join(newer, 'version.json'), '{"data_folder":99}');
    const ended = await runCommand(['--data', newer, 'ledger']);
    expectFailure(ended, 'system.folder_newer');
    expect(ended.err).toContain('99');
  });
});

describe('the commands', () => {
  it('import says what became of the records, as text and as JSON', async () => {
    const text = await run('import', input);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain(`${events} records from 1 files`);
    expect(text.out).toContain('Balanced');
    const again = await run('import', input, '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({
      ...{ records: events, files: 1, problems: [], stopped: false },
      totals: { stored: 0, duplicate: events },
      ledger: { total: { in_flight: 0, balanced: true } },
    });
  });

  it('import names each path that it could not take, and ends with code 1', async () => {
    const ended = await run('import', place('absent'), input);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(`${place('absent')}: `);
    expect(ended.err).toContain('(intake.unreadable)');
    expect(ended.out).toContain(`${events} records`);
  });

  it('import of a source that does not exist says which do', async () => {
    const ended = await run('import', input, '--source', 'nonsense');
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/nonsense/);
    expect(ended.err).toMatch(/windows/);
  });

  it('ledger as JSON is what the table says', async () => {
    const { out, code } = await run('ledger', '--json');
    expect(code).toBe(0);
    const { total } = JSON.parse(out) as { total: { stored: number; balanced: boolean } };
    expect(total).toMatchObject({ stored: events, in_flight: 0, balanced: true });
    const table = await run('ledger');
    expect(table.out).toMatch(/^windows +\d+ +50 /m);
  });

  it('ask prints plan, evidence and answer; as JSON one event a line', async () => {
    const text = await run('ask', 'top 3 hosts by number of events between 2024-05-01 and 2024-05-02');
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain('Plan (deterministic): top');
    expect(text.out).toContain('host-0');
    const json = await run(
      'ask',
      '--json',
      'top 3 hosts by number of events',
      '--since',
      '2024-05-01T00:00:00Z',
    );
    expect(json.code, json.err).toBe(0);
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => AskEvent.parse(JSON.parse(line)));
    const asked = takeApart(lines);
    expect(asked.types.at(-1)).toBe('done');
    expect(asked.plan?.window.from).toBe('2024-05-01T00:00:00.000Z');
  });

  it('ask ends with code 1 when it can not plan, and says what it can', async () => {
    const ended = await run('ask', 'please write me a poem about the sea');
    expect(ended.code).toBe(1);
    expect(`${ended.out}${ended.err}`).toContain('analyst.cannot_plan');
    const json = await run('ask', '--json', 'please write me a poem about the sea');
    expect(json.code).toBe(1);
    expect(
      takeApart(
        json.out
          .trimEnd()
          .split('\n')
          .map((line) => AskEvent.parse(JSON.parse(line))),
      ).error?.code,
    ).toBe('analyst.cannot_plan');
  });

  it.each([
    ['a window that is no time', ['ask', 'failed logons', '--since', 'soonish']],
    [
      'a window that ends before it begins',
      ['ask', 'failed logons', '--since', '2024-05-02T00:00:00Z', '--until', '2024-05-01T00:00:00Z'],
    ],
    ['scopes that do not exist', ['keys', 'create', 'someone', '--scopes', 'everything']],
    ['a key that does not exist', ['keys', 'revoke', '0123456789abcdef']],
    ['hours that are no number', ['ledger', '--since', 'yesterday']],
  ])('refuse %s with one readable message', async (_name, words) => {
    const ended = await run(...words);
    expect([1, 2]).toContain(ended.code);
    expect(`${ended.err}${ended.out}`).not.toBe('');
    expect(ended.err).not.toMatch(/\n\s+at .*:\d+/);
  });

  it('keys are created, listed without their secrets and revoked', async () => {
    const made = await run('keys', 'create', 'Ada of the night shift', '--scopes', 'ask,ledger:read');
    expect(made.code, made.err).toBe(0);
    const secret = made.out.trim();
    const listed = await run('keys', 'list');
    expect(listed.out).toContain('Ada of the night shift');
    expect(listed.out).toContain('valid');
    expect(listed.out).not.toContain(secret);
    const id = /^([0-9a-f]{16}) {2}Ada/m.exec(listed.out)?.[1] ?? '';
    expect(await run('keys', 'revoke', id)).toMatchObject({ code: 0, err: '' });
    expect((await run('keys', 'list')).out).toMatch(/Ada.*revoked/);
    for (const file of readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ))
      expect(readFileSync(join(file.parentPath, file.name)).includes(secret), file.name).toBe(false);
  });

  it('another tenant of the same folder sees nothing of the first', async () => {
    const { out } = await run('--tenant', 'other', 'ledger', '--json');
    expect(JSON.parse(out)).toMatchObject({ total: { received: 0, stored: 0 } });
    const asked = await run('--tenant', 'other', 'ask', 'top 3 hosts between 2024-05-01 and 2024-05-02');
    expect(asked.out).toMatch(/no evidence/i);
    expect(asked.out).not.toContain('host-0');
  });

  it('demo makes, imports and asks, and leaves nothing behind', async () => {
    mkdirSync(place('demo'));
    const { code, out, err } = await runCommand(['demo', '--seed', '3'], { TMPDIR: place('demo') });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Balanced');
    expect(out.match(/^> /gm)).toHaveLength(3);
    expect(readdirSync(place('demo'))).toEqual([]);
  });
});

describe('the commands beside a running server', () => {
  it('speak to it over the socket in the data folder, without a key', async () => {
    const beside = place('beside');
    const own = (...words: string[]) => runCommand(['--data', beside, ...words]);
    expect((await own('import', input)).code).toBe(0);
    const server = await startServer(beside);
    try {
      const ledger = await own('ledger', '--json');
      expect(ledger).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(ledger.out)).toMatchObject({ total: { stored: events, balanced: true } });
      const asked = await own('ask', 'how many events on 2024-01-01');
      expect(asked.err).not.toContain('held');
      const byUrl = await runCommand(['--url', server.url, '--key', server.key, 'ledger', '--json']);
      expect(JSON.parse(byUrl.out).total).toEqual(JSON.parse(ledger.out).total);
      const strange = await runCommand(['--url', server.url, '--key', 'ty_wrong', 'ledger']);
      expectFailure(strange, 'guard.credential_invalid');
    } finally {
      expect((await server.stop()).code).toBe(0);
    }
  });
});
