import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, withOpened } from './opened.ts';
import {
  haveRecordings,
  linesOf,
  recordingsFolder,
  recordingsIn,
  writeRecording,
  zstdWindow,
} from './shared-recordings.ts';
import { filesOf } from './tape-archive.ts';

/** Real recordings beside the repository go through the whole product; skipped where they are absent. */
const folder = temporaryFolder('recordings');
afterAll(() => folder.remove());

/** Mordor has 577,000 events: one in ten keeps the test short and still holds every log. */
const oneInOf = (recording: string) => (recording === 'windows/mordor' ? 10 : 1);
const mostDeadShare = 0.005;

const families = {
  Windows: recordingsIn('windows'),
  AWS: recordingsIn('aws'),
  Zeek: [...recordingsIn('network/zeek'), ...(haveRecordings ? ['network/mordor-lsass-zeek'] : [])],
} as const;

/** Records of one family as files, each with the number of lines that were written. */
async function writeFamily(name: keyof typeof families) {
  const written: { readonly path: string; readonly lines: number }[] = [];
  for (const recording of families[name]) {
    const path = join(folder.path, name, `${recording}.ndjson`);
    mkdirSync(dirname(path), { recursive: true });
    written.push({ path, lines: await writeRecording(recording, path, oneInOf(recording)) });
  }
  return written;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe.skipIf(!haveRecordings).each(['Windows', 'AWS', 'Zeek'] as const)('the %s recordings', (family) => {
  const data = join(folder.path, `${family}-data`);

  it('are stored with less than half a per cent dead, and every line is accounted for', async () => {
    const files = await writeFamily(family);
    expect(files.length).toBeGreaterThan(3);
    const lines = sum(files.map((file) => file.lines));
    await withOpened(data, async ({ take, ledger, rows }) => {
      const result = await take(...files.map(({ path }) => path));
      expect(result).toMatchObject({ records: lines, problems: [], stopped: false });
      const { total } = await ledger();
      expect(total).toMatchObject({ received: lines, in_flight: 0, refused: 0, balanced: true });
      const reasons = await rows(
        'SELECT source, code, path, count() AS n, any(substring(raw, 1, 200)) AS sample FROM dead_letters GROUP BY ALL ORDER BY n DESC LIMIT 10',
      );
      expect(total.dead / lines, JSON.stringify(reasons)).toBeLessThan(mostDeadShare);
      // A file has its own identity: what is known again was known by the natural key of its event.
      expect(total.duplicate / lines).toBeLessThan(0.02);
      const [count] = await rows('SELECT count() AS n, uniqExact(event_id) AS ids FROM events');
      expect([Number(count?.n), Number(count?.ids)]).toEqual([total.stored, total.stored]);
    });
  });

  it('are stored once, however often they are imported', async () => {
    await withOpened(data, async ({ take, ledger, rows }) => {
      const before = (await ledger()).total;
      await take(join(folder.path, family));
      const { total } = await ledger();
      expect(total).toMatchObject({ stored: before.stored, received: 2 * before.received, balanced: true });
      const [count] = await rows('SELECT count() AS n FROM events');
      expect(Number(count?.n)).toBe(before.stored);
    });
  });
});

describe.skipIf(!haveRecordings)('one recording', () => {
  const recording = 'aws/invictus-cloudtrail';
  const place = (name: string) => join(folder.path, 'one', name);
  const lines: string[] = [];

  async function load() {
    mkdirSync(place(''), { recursive: true });
    if (lines.length === 0) for await (const line of linesOf(recording)) lines.push(line);
    const text = `${lines.join('\n')}\n`;
    writeFileSync(place('plain.ndjson'), text);
    writeFileSync(place('moved.json'), text);
    writeFileSync(place('packed.gz'), gzipSync(text));
    writeFileSync(place('packed.zst'), zstdCompressSync(text));
    writeFileSync(place('array.json'), `[${lines.join(',\n')}]`);
    writeFileSync(place('records.json'), `{"Records":[${lines.join(',')}]}`);
    writeFileSync(place('windows-ends.ndjson'), `\ufeff${lines.join('\r\n')}`);
    writeFileSync(place('first-half.ndjson'), lines.slice(0, lines.length / 2).join('\n'));
    writeFileSync(place('second-half.ndjson'), lines.slice(lines.length / 2).join('\n'));
  }

  it('is known again under another name, packed, as an array or as Records, and in halves by its natural keys', async () => {
    await load();
    const others = [
      'moved.json',
      'packed.gz',
      'packed.zst',
      'array.json',
      'records.json',
      'windows-ends.ndjson',
    ];
    await withOpened(join(folder.path, 'one-data'), async ({ take, ledger }) => {
      await take(place('plain.ndjson'));
      const first = (await ledger()).total;
      expect(first).toMatchObject({ received: lines.length, dead: 0, balanced: true });
      for (const name of [...others, 'first-half.ndjson', 'second-half.ndjson']) {
        const before = (await ledger()).total;
        const { records, problems } = await take(place(name));
        const after = (await ledger()).total;
        expect({ name, problems, more: after.stored - before.stored }).toEqual({
          name,
          problems: [],
          more: 0,
        });
        expect({ name, read: after.received - before.received }).toEqual({ name, read: records });
        if (others.includes(name)) expect({ name, records }).toEqual({ name, records: lines.length });
      }
      expect((await ledger()).total).toMatchObject({ stored: first.stored, balanced: true });
    });
  });

  it('that grew since its last import stores only what is new', async () => {
    await load();
    const grown = place('growing.ndjson');
    await withOpened(join(folder.path, 'grown-data'), async ({ take, ledger }) => {
      writeFileSync(grown, `${lines.slice(0, 500).join('\n')}\n`);
      await take(grown);
      const { stored } = (await ledger()).total;
      expect(stored).toBe(500);
      writeFileSync(grown, `${lines.slice(0, 800).join('\n')}\n`);
      await take(grown);
      expect((await ledger()).total).toMatchObject({
        received: 1300,
        stored: 800,
        duplicate: 500,
        balanced: true,
      });
    });
  });

  it('with equal lines keeps every one of them: each was an event', async () => {
    const path = place('log4shell.ndjson');
    mkdirSync(place(''), { recursive: true });
    const written = await writeRecording('linux/mordor-log4shell', path);
    const distinct = new Set(readFileSync(path, 'utf8').trimEnd().split('\n')).size;
    expect(distinct).toBeLessThan(written);
    await withOpened(join(folder.path, 'equal-data'), async ({ take, ledger }) => {
      await take(path);
      await take(path);
      expect((await ledger()).total).toMatchObject({
        ...{ received: 2 * written, stored: written, duplicate: written, dead: 0, balanced: true },
      });
    });
  });
});

/** What an event says in the typed columns, as one text; times without the digits that the recordings cut off. */
const factsOf = `SELECT toString((toDateTime64(time, 5, 'UTC'), class_uid, activity_id, status_id, device_hostname, metadata_log_name,
  metadata_event_code, metadata_uid, actor_user_name, user_name, process_name, process_cmd_line, parent_process_name,
  src_ip, dst_ip, dst_port, file_path, reg_key_path, service_name)) AS fact FROM events`;

describe.skipIf(!haveRecordings)('the original event logs', () => {
  it.each([
    ['eas-evtx.tar.zst', 'windows/evtx-attack-samples'],
    ['reg-evtx.tar.zst', 'windows/sigmahq-regression'],
  ])('%s become the same events as their flat recording', async (archive, recording) => {
    const name = basename(recording);
    const logs = join(folder.path, 'logs', name);
    const flat = join(folder.path, 'flat', `${name}.ndjson`);
    mkdirSync(dirname(flat), { recursive: true });
    const lines = await writeRecording(recording, flat);
    const packed = readFileSync(join(recordingsFolder, 'windows', archive));
    for (const [path, content] of filesOf(zstdDecompressSync(packed, zstdWindow))) {
      if (!path.endsWith('.evtx')) continue;
      mkdirSync(join(logs, dirname(path)), { recursive: true });
      writeFileSync(join(logs, path), content);
    }
    const factsIn = async (data: string, from: string) =>
      await withOpened(join(folder.path, data), async ({ take, ledger, rows }) => {
        const { problems } = await take(from);
        expect(problems).toEqual([]);
        const { total } = await ledger();
        expect(total).toMatchObject({ dead: 0, received: total.stored + total.duplicate, balanced: true });
        return { received: total.received, facts: (await rows(factsOf)).map(({ fact }) => String(fact)) };
      });
    const ofFlat = await factsIn(`${name}-flat`, flat);
    const ofLogs = await factsIn(`${name}-logs`, logs);
    expect(ofFlat.received).toBe(lines);
    // The archives hold a few files twice, and records that the recordings leave out.
    expect(ofLogs.received).toBeGreaterThanOrEqual(lines);
    expect(ofLogs.received).toBeLessThan(lines * 1.02);
    const known = new Set(ofLogs.facts);
    expect(ofFlat.facts.filter((fact) => !known.has(fact)).slice(0, 5)).toEqual([]);
  });
});
