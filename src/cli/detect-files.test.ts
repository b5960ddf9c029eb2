import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { loadCatalogue } from '../normalise/index.ts';
import { loadPack, rulesInForce } from '../rules/index.ts';
import { type DetectProgress, detectInFiles, type FileHit } from './detect-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-detect-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const rules = [
  ...rulesInForce([
    loadPack(
      fileOf(
        'rule.yml',
        `title: A dump by name
id: 5f3b6c1e-2a52-4d29-9e0d-6d1f3f9c0001
level: high
logsource: { product: windows, category: process_creation }
detection:
  tool: { 'Image|endswith': '\\dumper.exe' }
  condition: tool
`,
      ),
    ),
  ]).rules.values(),
].map(({ rule }) => rule);

const catalogue = loadCatalogue();
const flat = (image: string, record: number) =>
  JSON.stringify({
    ...{ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, EventRecordID: record, Image: image },
    ...{ Computer: 'pc1', TimeCreated: '2026-01-05T10:00:00Z', Keywords: Number('-9223372036854775808') },
  });
const winlogbeat = (image: string) =>
  JSON.stringify({
    '@timestamp': '2026-01-05T10:00:00.000Z',
    event: { code: '1' },
    winlog: {
      ...{
        channel: 'Microsoft-Windows-Sysmon/Operational',
        event_id: '1',
        record_id: 7,
        computer_name: 'pc1',
      },
      event_data: { Image: image },
    },
  });

async function detect(paths: readonly string[], more: { readonly idField?: string } = {}) {
  const hits: FileHit[] = [];
  const progress: DetectProgress[] = [];
  const totals = await detectInFiles({
    ...{ paths, rules, catalogue, source: undefined, idField: more.idField },
    signal: new AbortController().signal,
    onHit: (hit) => hits.push(hit),
    onProgress: (at) => progress.push(at),
  });
  return { hits, totals, progress };
}

test('hits in lines of JSON say where they stand, whatever the forms beside each other', async () => {
  const path = fileOf(
    'mixed.ndjson',
    [
      flat('C:\\Tools\\other.exe', 1),
      flat('C:\\Tools\\DUMPER.exe', 2),
      '',
      winlogbeat('C:\\dumper.exe'),
      'no JSON',
      `${flat('D:\\dumper.exe', 4)}\r`,
    ].join('\n'),
  );
  const { hits, totals } = await detect([path], { idField: 'record_id' });
  expect(hits.map(({ file, record, recordId, hit }) => [file, record, recordId, hit.matched])).toEqual([
    [path, 2, '2', [{ field: 'Image', value: 'C:\\Tools\\DUMPER.exe' }]],
    [path, 3, '7', [{ field: 'Image', value: 'C:\\dumper.exe' }]],
    [path, 5, '4', [{ field: 'Image', value: 'D:\\dumper.exe' }]],
  ]);
  expect(totals).toMatchObject({ files: 1, records: 5, unread: 1, hits: 3, problems: [] });
});

test('what is packed is read as an import reads it, and a path that is not there is told', async () => {
  const packed = fileOf(
    'packed.ndjson.gz',
    gzipSync(`${flat('C:\\a.exe', 1)}\n${flat('C:\\dumper.exe', 2)}\n`),
  );
  const { hits, totals } = await detect([packed, join(folder, 'none')]);
  expect(hits.map(({ record }) => record)).toEqual([2]);
  expect(totals).toMatchObject({ files: 1, records: 2, hits: 1, problems: [{}] });
});

test('a line without an end is given up, and the lines around it are read', async () => {
  const long = `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`;
  const path = fileOf('long.ndjson', [flat('C:\\dumper.exe', 1), long, flat('C:\\dumper.exe', 2)].join('\n'));
  const { hits, totals } = await detect([path]);
  expect(hits.map(({ record }) => record)).toEqual([1, 3]);
  expect(totals).toMatchObject({ records: 3, unread: 1 });
});

test('progress is told', async () => {
  const path = fileOf('many.ndjson', `${flat('C:\\a.exe', 1)}\n`.repeat(25_000));
  const { progress, totals } = await detect([path]);
  expect(progress.map(({ records }) => records)).toEqual([10_000, 20_000]);
  expect(totals.records).toBe(25_000);
});
