import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { catalogueWith, trySample } from './source-trial.ts';
import { sampleText } from './source-trial-text.ts';
import { sourcesCommand } from './sources.ts';

const example = join(import.meta.dirname, '../../docs/guide/example-sources');
const samples = join(example, 'harbour-firewall/samples');
const folder = mkdtempSync(join(tmpdir(), 'tyrian-trial-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tried = async (paths: readonly string[], source?: string) =>
  await trySample({
    ...{ paths, source, catalogue: catalogueWith([example]), shown: 2 },
    ...{ now: Date.UTC(2026, 2, 12), signal: new AbortController().signal },
  });

describe('a trial of a sample', () => {
  test('says of each attribute from which native fields it came, and what stays unmapped', async () => {
    const { records, summary } = await tried([join(samples, 'flat.ndjson')]);
    expect(records[1]).toMatchObject({
      kind: 'event',
      source: 'harbour-firewall',
      form: 'flat',
      class: { uid: 4001, name: 'Network Activity', from: ['verdict'] },
      activity: { id: 5, name: 'Refuse' },
      time: { utc: '2026-03-12T09:00:05.250000Z', quality: 'exact', from: ['ts'] },
    });
    const [, second] = records;
    const attributes = second?.kind === 'event' ? second.attributes : [];
    expect(attributes).toContainEqual({
      attribute: 'message',
      path: 'message',
      value: 'deny by no-telnet',
      from: ['verdict', 'fw_rule'],
    });
    expect(attributes).toContainEqual({
      attribute: 'src_ip',
      path: 'src_endpoint.ip',
      value: '10.20.30.41',
      from: ['src'],
    });
    expect(second).toMatchObject({ unmapped: [] });
    expect(summary).toMatchObject({ records: 2, events: 2, dead: 0 });
  });

  test('says why a record is refused and how that is mended', async () => {
    const { records, summary } = await tried([join(samples, 'dead.ndjson')]);
    expect(records[0]).toMatchObject({ kind: 'dead', code: 'normalise.wrong_type', path: 'verdict' });
    expect(records[0]?.kind === 'dead' && records[0].mend).toContain('`required`');
    expect(summary.refused).toMatchObject([{ name: 'normalise.wrong_type at verdict', records: 1 }]);
  });

  test('names the fields of a form that holds the record below a key by their own paths', async () => {
    const { records } = await tried([join(samples, 'wrapped.ndjson')]);
    const [first] = records;
    const device =
      first?.kind === 'event' && first.attributes.find((one) => one.attribute === 'device_hostname');
    expect(device).toMatchObject({ value: 'collector-1', from: ['agent/name'] });
  });

  test('of an unknown source names the known ones', async () => {
    await expect(tried([samples], 'nothing')).rejects.toMatchObject({ code: 'cli.source' });
  });

  test('as text tells everything, and nothing in a record steers the terminal', async () => {
    const path = join(folder, 'steering.ndjson');
    const line = readFileSync(join(samples, 'flat.ndjson'), 'utf8').split('\n')[1] ?? '';
    writeFileSync(path, line.replace('no-telnet', '\\u001b[31mred').replace('"reason"', '"note":1,"reason"'));
    const text = sampleText(await tried([path]));
    expect(text).toContain('4001 Network Activity: Refuse  < verdict');
    expect(text).toContain('< fw_rule');
    expect(text).toMatch(/unmapped +note$/m);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('1 records: 1 become events, 0 are refused.');
  });
});

describe('the command', () => {
  let printed: string[] = [];
  let exitCode = 0;
  beforeEach(() => {
    [printed, exitCode] = [[], 0];
    vi.spyOn(console, 'log').mockImplementation((text) => printed.push(String(text)));
    vi.spyOn(console, 'error').mockImplementation((text) => printed.push(String(text)));
  });
  afterEach(() => vi.restoreAllMocks());
  const run = async (...words: string[]) => {
    const command = sourcesCommand((code) => {
      exitCode = code;
    });
    await command.parseAsync(words, { from: 'user' });
    return printed.join('\n');
  };

  test('test takes a folder, prints JSON, and fails when a record is refused', async () => {
    const json = await run('test', samples, '--folder', example, '--json', '--records', '1');
    expect(JSON.parse(json)).toMatchObject({ records: [{}], summary: { records: 4, dead: 1 } });
    expect(exitCode).toBe(1);
  });

  test('check tells faults with their place, and classes that OCSF does not have', async () => {
    expect(await run('check', example)).toContain('harbour-firewall 1: sound (flat, wrapped)');
    expect(exitCode).toBe(0);
    const yaml = readFileSync(join(example, 'harbour-firewall/mapping.yaml'), 'utf8');
    mkdirSync(join(folder, 'harbour-firewall'));
    writeFileSync(join(folder, 'harbour-firewall/mapping.yaml'), yaml.replace('message:', 'mesage:'));
    expect(await run('check', join(folder, 'harbour-firewall'))).toMatch(
      /harbour-firewall: not sound\n {2}.*mapping\.yaml:\d+:\d+: there is no attribute 'mesage'/,
    );
    expect(exitCode).toBe(1);
    writeFileSync(join(folder, 'harbour-firewall/mapping.yaml'), yaml.replace('activity: 5', 'activity: 55'));
    expect(await run('check', folder)).toContain('note: deny: 55 is no activity of Network Activity');
  });

  test('check of a folder without mappings fails', async () => {
    mkdirSync(join(folder, 'empty'));
    expect(await run('check', join(folder, 'empty'))).toContain('no folder in it has a mapping.yaml');
    expect(exitCode).toBe(1);
  });
});
