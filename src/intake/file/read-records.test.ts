import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { maxRecordBytes } from '../../contracts/index.ts';
import { loadCatalogue } from '../../normalise/index.ts';
import { type ReadRecord, readRecords } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-read-'));
afterAll(() => rmSync(folder, { recursive: true }));
const sources = loadCatalogue();

async function read(content: string | Buffer, source?: string) {
  const path = join(folder, 'sample');
  writeFileSync(path, content);
  const records: ReadRecord[] = [];
  const { signal } = new AbortController();
  const result = await readRecords({
    ...{ paths: [path], source, sources, signal },
    onRecord: (record) => records.push(record),
  });
  return { ...result, records };
}

const call = '{"eventName":"GetObject","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1"}';

it('gives the records of a file in order, with source and form, as an import takes them', async () => {
  const { records, problems } = await read(gzipSync(`${call}\n{"a":1}\n{"a":2}\n`));
  expect(problems).toEqual([]);
  expect(records.map(({ source, form, raw }) => [source, form, raw.toString()]).sort()).toEqual([
    ['aws-cloudtrail', 'cloudtrail', call],
    ['json', 'object', '{"a":1}'],
    ['json', 'object', '{"a":2}'],
  ]);
});

it('tells what cannot be framed, and what file cannot be read', async () => {
  const { records } = await read(`{"a":"${'x'.repeat(maxRecordBytes)}"}\n${call}\n`);
  expect(records.map(({ fault }) => fault?.code)).toContain('intake.too_large');
  expect((await read(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]))).problems).toMatchObject([
    { code: 'intake.not_recognised' },
  ]);
});

it('takes the lines of any text when the source is named', async () => {
  const { records } = await read('no record at all\n', 'zeek');
  expect(records.map(({ source, form, raw }) => [source, form, raw.toString()])).toEqual([
    ['zeek', '', 'no record at all'],
  ]);
});
