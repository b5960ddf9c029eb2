import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordGroup } from '../../contracts/index.ts';
import { loadCatalogue } from '../../normalise/index.ts';
import { recordsOf } from '../frame/records-of.fixture.ts';
import { frameRequest, importPaths, requestBodyOf } from '../index.ts';

const sources = loadCatalogue();
const folder = mkdtempSync(join(tmpdir(), 'tyrian-request-body-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function groupsOf(content: string): Promise<readonly RecordGroup[]> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const groups: RecordGroup[] = [];
  await importPaths({
    ...{ paths: [path], tenant: 't', credential: 'k', sources, clock: () => 0 },
    signal: new AbortController().signal,
    append: async (group) => groups.push(group),
  });
  return groups;
}

const textOf = (group: RecordGroup) =>
  recordsOf(group).map((record) => `${group.source}/${group.form}: ${record}`);

/** The records of a file's groups as they come to be when each is sent. */
async function sent(content: string) {
  const groups = await groupsOf(content);
  const framed = groups.flatMap((group) => {
    const made = requestBodyOf(group, sources);
    if (!('body' in made)) return [made.code];
    const request = { body: made.body, source: group.source, tenant: 't', stream: 's', traceparent: '' };
    const { groups: again } = frameRequest({ ...request, receivedAt: 0, idempotencyKey: '', sources });
    return again.flatMap(textOf);
  });
  return { read: groups.flatMap(textOf), framed };
}

const call = 'type=SYSCALL msg=audit(1773306001.100:7): syscall=59';
const path = 'type=PATH msg=audit(1773306001.100:7): name="x"';

describe('the body of a request for records of a file', () => {
  it.each([
    ['one object a line', '{"EventID":1}\n{"EventID":12345678901234567890}\n'],
    ['lines of text', "Oct 11 22:14:15 web su: 'su root' failed\n    at frame\nOct 11 22:14:16 web su: x\n"],
    ['records of one event', `${call}\n${path}\n`],
    ['events as XML, each on a line', '<Event><System><EventID>1</EventID></System></Event>\n'],
  ])('is framed to the same records: %s', async (_, content) => {
    const { read, framed } = await sent(content);
    expect(framed).toEqual(read);
  });

  it('has the line ends between the tokens of an object as spaces', async () => {
    const { framed } = await sent('[{\r\n"a": "x\\ny",\n"b": 1}]');
    expect(framed).toEqual(['json/object: {  "a": "x\\ny", "b": 1}']);
  });

  it.each([
    ['XML over several lines', '<Event>\n<System><EventID>1</EventID></System></Event>'],
    ['text below a header', 'srcaddr dstaddr action start\n10.0.0.1 10.0.0.2 ACCEPT 1773306000\n'],
    ['what could not be framed', `{"a":"${'x'.repeat(1_100_000)}"}\n`],
  ])('is none for %s', async (_, content) => {
    const { framed } = await sent(content);
    expect(framed).toEqual([content.startsWith('{') ? 'intake.too_large' : 'intake.not_sendable']);
  });
});
