import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordGroup } from '../../contracts/index.ts';
import { loadCatalogue } from '../../normalise/index.ts';
import { recordsOf } from '../frame/records-of.fixture.ts';
import { frameRequest, type ImportResult, importPaths } from '../index.ts';

const sources = loadCatalogue();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tyrian-intake-text-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Read extends ImportResult {
  readonly groups: readonly RecordGroup[];
  /** `source/form: text` */
  readonly lines: readonly string[];
}

async function read(content: string, source?: string): Promise<Read> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const groups: RecordGroup[] = [];
  const result = await importPaths({
    ...{ paths: [path], tenant: 't', credential: 'k', source, sources, clock: () => 0 },
    signal: new AbortController().signal,
    append: async (group) => groups.push(group),
  });
  return { ...result, groups, lines: groups.flatMap(linesOf) };
}

const linesOf = (group: RecordGroup) =>
  recordsOf(group).map((record) => `${group.source}/${group.form}: ${record}`);

const send = (body: string, source = 'auto') =>
  frameRequest({
    ...{ body: Buffer.from(body), source, tenant: 't', stream: 's', traceparent: '', receivedAt: 0 },
    ...{ idempotencyKey: '', sources },
  });

const su = "Oct 11 22:14:15 web su: 'su root' failed";
const call = 'type=SYSCALL msg=audit(1773306001.100:7): syscall=59';
const path = 'type=PATH msg=audit(1773306001.100:7): name="x"';
const other = 'type=USER_LOGIN msg=audit(1773306001.100:8): res=success';
const flow = '2 1 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1773306000 1773306060 ACCEPT OK';
const header = 'srcaddr dstaddr action start';

describe('a file of text', () => {
  it('is cut into lines when a source knows them', async () => {
    expect((await read(`${su}\r\n\n<34>1 - - - - - - x\n`)).lines).toEqual([
      `syslog/lines: ${su}`,
      'syslog/lines: <34>1 - - - - - - x',
    ]);
    expect((await read(`${flow}\n`)).lines).toEqual([`vpc-flow/default: ${flow}`]);
  });

  it('has a line that no source knows among its own as one of that source, without a form', async () => {
    const { lines, problems } = await read(`${su}\n    at frame\n${su}\n`);
    expect(problems).toEqual([]);
    expect(lines.toSorted()).toEqual(['syslog/:     at frame', `syslog/lines: ${su}`, `syslog/lines: ${su}`]);
  });

  it('of prose is not taken, even with an example in it, unless a source is named', async () => {
    const prose = `How to read the log\n\n${su}\n\nThe words are these.\nThey mean little.\n`;
    expect((await read(prose)).problems).toMatchObject([{ code: 'intake.not_recognised' }]);
    expect((await read(prose, 'syslog')).records).toBe(4);
  });

  it('below a header is of the columns that it names, and the header is no record', async () => {
    const line = '10.0.0.1 10.0.0.2 ACCEPT 1773306000';
    const { lines, records } = await read(`${header}\n${line}\n${header}\n${line}\n`);
    expect(lines).toEqual([`vpc-flow/custom ${header}: ${line}`, `vpc-flow/custom ${header}: ${line}`]);
    expect(records).toBe(2);
  });

  it('has the records of one event side by side, the same ones at each import', async () => {
    const content = [call, other, path].join('\n');
    const first = await read(content);
    expect(first.lines).toEqual([other, call, path].map((line) => `auditd/lines: ${line}`));
    const again = await read(content);
    expect(again.groups.map(({ seed, ordinals }) => [seed, [...ordinals]])).toEqual(
      first.groups.map(({ seed, ordinals }) => [seed, [...ordinals]]),
    );
  });
});

describe('a request of text', () => {
  it('is recognised line by line; what no source knows is refused by its index', () => {
    const framed = send(`${su}\nno such line\n${call}\n{"a":1}\n${path}`);
    expect(framed.groups.flatMap(linesOf).toSorted()).toEqual(
      [
        `auditd/lines: ${call}`,
        `auditd/lines: ${path}`,
        'json/object: {"a":1}',
        `syslog/lines: ${su}`,
      ].toSorted(),
    );
    expect(framed.refused.map(({ index, code }) => [index, code])).toEqual([[1, 'intake.not_json']]);
  });

  it('to a named source of text has every line accepted', () => {
    const framed = send(`${call}\nno such line`, 'auditd');
    expect(framed).toMatchObject({ accepted: 2, refusedTotal: 0 });
    expect(framed.groups.flatMap(linesOf).toSorted()).toEqual([
      `auditd/: no such line`,
      `auditd/lines: ${call}`,
    ]);
  });

  it('may begin with a header', () => {
    const framed = send(`${header}\n10.0.0.1 10.0.0.2 REJECT 1773306000`);
    expect(framed).toMatchObject({ accepted: 1, refusedTotal: 0 });
    expect(framed.groups[0]).toMatchObject({ source: 'vpc-flow', form: `custom ${header}` });
  });
});
