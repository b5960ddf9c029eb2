import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptOfTooLarge, maxRecordBytes, type RecordGroup } from '../../contracts/index.ts';
import { recordsOf } from '../frame/records-of.fixture.ts';
import { type ImportRequest, type ImportResult, importPaths, type Sources } from '../index.ts';
import { evtxFile } from './evtx/evtx-file.fixture.ts';

/** Two sources that tell themselves apart by one field, and event XML. */
const sources: Sources = {
  recognise(native, within) {
    const found = 'EventID' in native ? 'windows' : 'eventName' in native ? 'cloudtrail' : undefined;
    return found !== undefined && (within ?? found) === found ? { source: found, form: 'flat' } : undefined;
  },
  formsOf: () => [],
  recogniseText: (record) => (record.startsWith('<Event') ? { source: 'windows', form: 'xml' } : undefined),
  form: (source, form) => ({
    source,
    form,
    mappingVersion: 1,
    probes: form === 'xml' ? ['<Event'] : source === 'windows' ? ['"EventID"'] : ['"eventName"'],
    sql: undefined,
    readsLines: false,
    joins: undefined,
  }),
  recogniseHeader: () => undefined,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tyrian-intake-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

interface Imported extends ImportResult {
  readonly groups: readonly RecordGroup[];
  readonly texts: readonly string[];
}

async function run(paths: readonly string[], more: Partial<ImportRequest> = {}): Promise<Imported> {
  const groups: RecordGroup[] = [];
  const result = await importPaths({
    paths,
    tenant: 't',
    credential: 'key',
    sources,
    append: async (group) => {
      groups.push(group);
    },
    clock: () => 5,
    signal: new AbortController().signal,
    ...more,
  });
  return {
    ...result,
    groups,
    texts: groups.flatMap((group) => recordsOf(group).map((record) => record.toString())),
  };
}

const lines = '{"EventID":1}\n{"EventID":2}\n';
const texts = ['{"EventID":1}', '{"EventID":2}'];

describe('an import', () => {
  it.each([
    ['NDJSON', lines],
    ['NDJSON without a last line feed', lines.trimEnd()],
    ['NDJSON with a byte order mark and carriage returns', `\ufeff${lines.replaceAll('\n', '\r\n')}`],
    ['UTF-16', Buffer.from(`\ufeff${lines}`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${lines}`, 'utf16le').swap16()],
    ['a JSON array', `[\n${texts.join(',\n')}\n]`],
    ['a Records wrapper', `{"Records":[${texts.join(',')}]}`],
    ['gzip', gzipSync(lines)],
    ['gzip of several members', Buffer.concat(texts.map((text) => gzipSync(`${text}\n`)))],
    ['Zstandard', zstdCompressSync(lines)],
    ['Zstandard of several frames', Buffer.concat(texts.map((text) => zstdCompressSync(`${text}\n`)))],
    [
      'Zstandard behind a skippable frame',
      Buffer.concat([Buffer.from([0x51, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]), zstdCompressSync(lines)]),
    ],
    ['gzip within Zstandard', zstdCompressSync(gzipSync(lines))],
  ])('reads %s, told by content', async (_name, content) => {
    const imported = await run([put('some.file', content)]);
    expect(imported.texts).toEqual(texts);
    expect(imported).toMatchObject({ files: 1, filesTotal: 1, records: 2, problems: [], stopped: false });
    expect(imported.groups[0]).toMatchObject({
      tenant: 't',
      source: 'windows',
      form: 'flat',
      scheme: 'file',
      receivedAt: 5,
    });
  });

  it('reads Windows events as XML and pretty-printed JSON', async () => {
    const event = '<Event xmlns="x">\n<System/></Event>';
    const xml = await run([put('a', `<?xml version="1.0"?>\n<Events>${event}${event}</Events>`)]);
    expect(xml.texts).toEqual([event, event]);
    expect(xml.groups[0]).toMatchObject({ source: 'windows', form: 'xml' });
    expect([...(xml.groups[0]?.ordinals ?? [])]).toEqual([0, 1]);
    const pretty = await run([put('b', '{\n  "EventID": 1\n}\n{\n  "EventID": 2\n}\n')]);
    expect(pretty.texts).toEqual(['{\n  "EventID": 1\n}', '{\n  "EventID": 2\n}']);
  });

  it('reads Zstandard with a window of 128 MiB in frames of any size', async () => {
    const text = Array.from(
      { length: 20_000 },
      (_, at) => `{"EventID":${at},"x":"${(at * 7919) % 104_729}"}\n`,
    ).join('');
    const frame = zstdCompressSync(text);
    const imported = await run([put('a', Buffer.concat([frame, frame, frame]))]);
    expect(imported.records).toBe(60_000);
    expect(imported.groups.every((group) => group.body.byteLength <= 1024 * 1024)).toBe(true);
  });

  it('reads an event log', async () => {
    const imported = await run([put('a', evtxFile([{ EventID: 1, data: { Image: 'x.exe' } }]))]);
    expect(imported.texts.map((text) => JSON.parse(text))).toMatchObject([{ EventID: 1, Image: 'x.exe' }]);
    expect(imported.groups[0]).toMatchObject({ source: 'windows', form: 'flat' });
  });

  it('walks folders in order, past names with a dot, and takes a file once', async () => {
    put('dir/b', '{"EventID":2}');
    put('dir/a/x', '{"EventID":1}');
    put('dir/.hidden', '{"EventID":9}');
    const last = put('dir/c', '{"EventID":3}');
    symlinkSync(join(folder, 'dir'), join(folder, 'dir', 'a', 'loop'));
    const imported = await run([join(folder, 'dir'), last]);
    expect(imported.texts).toEqual(['{"EventID":1}', '{"EventID":2}', '{"EventID":3}']);
    expect(imported.problems).toEqual([]);
    expect(imported.groups.map((group) => group.stream)[2]).toMatch(/^key:\/.*\/dir\/c$/);
  });

  it('reports what it cannot read, by path, and goes on', async () => {
    const broken = put('a', gzipSync(`${lines}${'{"EventID":3}\n'.repeat(50_000)}`).subarray(0, -20));
    const strange = put('b', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]));
    const cut = put('c', zstdCompressSync(lines.repeat(1000)).subarray(0, -3));
    const junk = put('d', Buffer.concat([zstdCompressSync(lines), Buffer.from('junk')]));
    const good = put('e', lines);
    const missing = join(folder, 'f');
    const imported = await run([broken, strange, cut, junk, good, missing]);
    expect(imported.problems.map(({ path, code }) => [path, code])).toEqual([
      [missing, 'intake.unreadable'],
      [broken, 'intake.broken_compression'],
      [strange, 'intake.not_recognised'],
      [cut, 'intake.broken_compression'],
      [junk, 'intake.broken_compression'],
    ]);
    expect(imported.texts.slice(-2)).toEqual(texts);
    expect(imported).toMatchObject({ files: 5, filesTotal: 5, problemsTotal: 5 });
  });

  it('finds nothing wrong with a file that holds nothing', async () => {
    const imported = await run([put('a', ''), put('b', '\n \r\n\n'), put('c', gzipSync(''))]);
    expect(imported).toMatchObject({ files: 3, records: 0, problems: [] });
  });

  it('takes the lines of any text when the source is named', async () => {
    const imported = await run([put('a', 'Jan  1 text\n{"EventID":1}\n')], { source: 'linux' });
    expect(imported.groups.map(({ source, form, count }) => [source, form, count])).toEqual([
      ['linux', '', 2],
    ]);
  });

  it('recognises record by record; what is not JSON counts to the source before it', async () => {
    const many = Array.from({ length: 100 }, (_, at) => `{"EventID":${at}}`);
    const imported = await run([
      put('a', [...many, '{"eventName":"x"}', 'oops', '{"x":1}', '{"EventID":5}'].join('\n')),
    ]);
    const found = imported.groups.map(({ source, form, count }) => `${source} ${form} ${count}`).sort();
    expect(found).toEqual(['cloudtrail  1', 'cloudtrail flat 1', 'json  1', 'windows flat 101']);
  });

  it('makes a faulty group of a line of 50 MB, whatever is around it', async () => {
    const long = Buffer.alloc(50 * 1024 * 1024, 'x');
    const path = put(
      'a',
      Buffer.concat([Buffer.from('{"EventID":1}\n'), long, Buffer.from('\n{"EventID":2}\n')]),
    );
    const imported = await run([path]);
    const faulty = imported.groups.filter((group) => group.fault !== undefined);
    expect(faulty).toMatchObject([{ count: 1, fault: { code: 'intake.too_large', bytes: long.length } }]);
    expect(recordsOf(faulty[0] as RecordGroup)[0]?.length).toBe(keptOfTooLarge);
    expect(imported.texts).toEqual(expect.arrayContaining(texts));
    expect(imported.records).toBe(3);
  });

  it('reports an array that breaks off', async () => {
    const imported = await run([put('a', '[{"EventID":1},'), put('b', '[{"EventID":2},{"Even')]);
    expect(imported.problems.map(({ code }) => code)).toEqual(['intake.broken_array']);
    expect(imported.groups.flatMap((group) => group.fault?.code ?? [])).toEqual(['intake.broken_array']);
    expect(imported.texts).toEqual(['{"EventID":1}', '{"Even', '{"EventID":2}']);
  });

  it('gives the same records the same identity each time, and equal lines different ones', async () => {
    const path = put('a', `${lines}${lines}{"EventID":"${'x'.repeat(maxRecordBytes)}"}\n`);
    const identities = async () =>
      (await run([path])).groups.flatMap((group) =>
        recordsOf(group).map((record, at) => `${group.seed}/${record}/${group.ordinals[at]}`),
      );
    const first = await identities();
    expect(await identities()).toEqual(first);
    expect(new Set(first).size).toBe(5);
  });
});

describe('an import under way', () => {
  it('stops at the signal, with what it handed on', async () => {
    const stop = new AbortController();
    for (let at = 0; at < 5; at++) put(`dir/${at}`, lines);
    const imported = await run([join(folder, 'dir')], {
      signal: stop.signal,
      onProgress: ({ files }) => {
        if (files === 2) stop.abort();
      },
    });
    expect(imported).toMatchObject({ stopped: true, files: 2, filesTotal: 5, records: 4 });
  });

  it('is stopped, not failed, when the log gives up waiting because of the signal', async () => {
    const stop = new AbortController();
    const append = () => {
      stop.abort();
      return Promise.reject(stop.signal.reason);
    };
    const imported = await run([put('a', lines)], { signal: stop.signal, append });
    expect(imported).toMatchObject({ stopped: true, records: 0, problems: [] });
  });

  it('fails with the error of the log', async () => {
    const full = new Error('the log is full');
    await expect(run([put('a', lines)], { append: () => Promise.reject(full) })).rejects.toBe(full);
  });

  it('keeps a bounded number of bytes in flight', async () => {
    const line = `{"EventID":1,"x":"${'x'.repeat(500_000)}"}\n`;
    let inFlight = 0;
    let most = 0;
    const imported = await run([put('a', line.repeat(100))], {
      append: async (group) => {
        inFlight += group.body.byteLength;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inFlight -= group.body.byteLength;
      },
    });
    expect(imported.records).toBe(100);
    expect(most).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it('tells how far it is', async () => {
    const seen: string[] = [];
    const path = put('a', lines);
    await run([path], {
      onProgress: (at) =>
        seen.push(`${at.files}/${at.filesTotal} ${at.bytes}/${at.bytesTotal} ${at.records}`),
    });
    expect(seen.at(-1)).toBe(`1/1 ${lines.length}/${lines.length} 2`);
  });
});
