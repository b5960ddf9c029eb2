import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetterView } from '../src/contracts/index.ts';
import { type BadRecord, badRecords, goodRecord, hugeLineBytes, logon, surrounded } from './bad-records.ts';
import { type Opened, openFolder, temporaryFolder } from './opened.ts';
import { post, type RunningServer, startServer } from './running-server.ts';

const folder = temporaryFolder('bad-input');
const place = (name: string) => join(folder.path, name);
afterAll(() => folder.remove());

const isStored = ({ inFile }: BadRecord) => typeof inFile === 'string';
/** What must stand in the stored row beside the host's name. */
const qualityOf = ({ inFile }: BadRecord) => (inFile === 'stored' ? 'exact' : inFile);

describe('a file with bad records among good ones', () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openFolder(place('data'));
    writeFileSync(place('bad.ndjson'), surrounded(badRecords, 'file-good'));
    expect(await opened.take(place('bad.ndjson'))).toMatchObject({
      ...{ records: 2 * badRecords.length + 1, problems: [], stopped: false },
    });
  });
  afterAll(() => opened.close());

  it('gives every good record an event', async () => {
    const found = await opened.rows(
      "SELECT device_hostname AS host FROM events WHERE startsWith(device_hostname, 'file-good-') ORDER BY toUInt64(metadata_uid)",
    );
    expect(found.map(({ host }) => host)).toEqual(
      Array.from({ length: badRecords.length + 1 }, (_, index) => `file-good-${index}`),
    );
  });

  it('accounts for every record', async () => {
    const dead = badRecords.filter((record) => !isStored(record)).length;
    expect((await opened.ledger()).total).toMatchObject({
      ...{ received: 2 * badRecords.length + 1, dead, duplicate: 0, in_flight: 0, balanced: true },
    });
  });

  it.each(badRecords.filter(isStored))('stores $name with its flag and its raw text', async (record) => {
    const bytes = record.bytes;
    const found = await opened.rows(
      `SELECT time_quality, isNull(time) AS untimed, metadata_event_code AS id, lower(hex(SHA256(raw))) AS hash FROM events WHERE raw = unhex('${bytes.length > 100_000 ? '' : bytes.toString('hex')}') OR device_hostname = '${record.name}'`,
    );
    const quality = qualityOf(record);
    expect(found).toEqual([
      {
        time_quality: quality,
        untimed: quality === 'exact' ? '0' : '1',
        id: '4624',
        hash: createHash('sha256').update(bytes).digest('hex'),
      },
    ]);
  });

  it.each(badRecords.filter((record) => !isStored(record)))(
    'makes $name a dead letter with code and path',
    async (record) => {
      const hash = createHash('sha256').update(record.bytes).digest('hex');
      const found = await opened.rows(
        `SELECT source, code, path, message, raw_bytes, length(raw) AS kept FROM dead_letters WHERE raw_sha256 = '${hash}'`,
      );
      expect(found).toHaveLength(1);
      const [letter] = found;
      const { code, path } = record.inFile as { code: string; path: string };
      expect(letter).toMatchObject({ code, raw_bytes: String(record.bytes.length) });
      // `byte N` says where it stops being JSON.
      expect(letter?.path).toMatch(path === 'byte' ? /^byte \d+$/ : new RegExp(`^${path}$`));
      expect(String(letter?.message)).not.toBe('');
      expect(Number(letter?.kept)).toBe(Math.min(record.bytes.length, 64 * 1024));
    },
  );

  it('keeps every digit of integers that a double can not hold', async () => {
    const found = await opened.rows(
      "SELECT metadata_uid AS uid FROM events WHERE device_hostname IN ('largest-64-bit', 'over-64-bit') ORDER BY uid",
    );
    expect(found.map(({ uid }) => uid)).toEqual(['18446744073709551615', '18446744073709551616']);
  });
});

describe('files that are no telemetry, or broken ones', () => {
  it('are told by path and code, and harm nothing beside them', async () => {
    const opened = await openFolder(place('other-data'));
    const input = place('other');
    mkdirSync(input);
    const good = Array.from({ length: 2_000 }, (_, index) => goodRecord('other', index));
    const packed = gzipSync(good.map((line) => line.replaceAll('other', 'packed')).join('\n'));
    const files: Readonly<Record<string, Buffer | string>> = {
      'a-good.ndjson': good.join('\n'),
      'b-empty.ndjson': '',
      'c-blank.json': '\n \r\n\n',
      'd-binary.ndjson': Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251)),
      'e-nul.json': Buffer.alloc(10_000),
      'f-cut.gz': packed.subarray(0, packed.length / 2),
      'g-wide.json': Buffer.from(`\ufeff${logon('wide-characters')}\n`, 'utf16le'),
      'h-broken-array.json': `[${logon('array-0')},${logon('array-1')},{"Channel":`,
      'i-no-log.evtx': `ElfFile\0${'x'.repeat(10_000)}`,
      'z-good.ndjson': goodRecord('last', 0),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(input, name), content);
    const { problems } = await opened.take(input);
    const told = problems.map(({ path, code }) => `${path.slice(input.length + 1)} ${code}`);
    for (const name of ['d-binary.ndjson', 'e-nul.json'])
      expect(told).toContain(`${name} intake.not_recognised`);
    expect(told).toContain('f-cut.gz intake.broken_compression');
    expect(told.some((one) => one.startsWith('i-no-log.evtx intake.broken_evtx'))).toBe(true);
    expect(told.filter((one) => /^[abcgz]-/.test(one))).toEqual([]);
    const hosts = new Set(
      (await opened.rows('SELECT DISTINCT device_hostname AS host FROM events')).map(({ host }) => host),
    );
    for (const host of [
      'other-0',
      'other-1999',
      'packed-0',
      'wide-characters',
      'array-0',
      'array-1',
      'last-0',
    ])
      expect(hosts).toContain(host);
    const broken = await opened.rows("SELECT code FROM dead_letters WHERE startsWith(code, 'intake.')");
    expect(broken.map(({ code }) => code)).toContain('intake.broken_array');
    expect((await opened.ledger()).total.balanced).toBe(true);
    await opened.close();
  });
});

describe('a file that mixes what several shippers send', () => {
  it('gives each record the form that it has by itself', async () => {
    const azure = JSON.stringify({
      ...{ TenantId: 't', TimeGenerated: '2024-05-01T12:00:00Z', Channel: 'Security', EventID: 4624 },
      ...{ Computer: 'azure-host', EventRecordId: '77', EventData: '{"TargetUserName":"bob"}' },
    });
    const flat = Array.from({ length: 200 }, (_, index) => goodRecord('flat', index));
    writeFileSync(place('mixed.ndjson'), [...flat, azure, goodRecord('flat', 200)].join('\n'));
    const opened = await openFolder(place('mixed-data'));
    await opened.take(place('mixed.ndjson'));
    expect(
      await opened.rows(
        "SELECT form, time_quality, user_name FROM events WHERE device_hostname = 'azure-host'",
      ),
    ).toEqual([{ form: 'azure-data', time_quality: 'exact', user_name: 'bob' }]);
    await opened.close();
  });
});

describe('a request with bad records among good ones', () => {
  const sent = badRecords.filter(({ name }) => name !== 'fifty-megabytes');
  const refused = sent.filter((record) => record.refused !== undefined);
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer(place('server-data'));
  });
  afterAll(async () => {
    await server.stop();
  });

  const send = (body: Buffer | string, source = 'auto') =>
    post(`${server.url}/v1/telemetry/${source}`, { key: server.key, body });

  async function settled() {
    for (;;) {
      const { total } = await server.client.ledger({ query: {} });
      if (total.in_flight === 0) return total;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('takes all but what can not be framed, and names each refusal by index and code', async () => {
    const { status, json } = await send(surrounded(sent, 'sent-good'));
    expect(status).toBe(202);
    expect(json).toMatchObject({
      accepted: 2 * sent.length + 1 - refused.length,
      refused: {
        total: refused.length,
        records: sent.flatMap((record, index) =>
          record.refused === undefined
            ? []
            : [expect.objectContaining({ index: 2 * index + 1, code: record.refused })],
        ),
      },
    });
  });

  it('accounts for what it took, and shows its dead letters with code and path', async () => {
    const total = await settled();
    const dead = sent.filter((record) => !isStored(record) && record.refused === undefined);
    expect(total).toMatchObject({
      ...{ received: 2 * sent.length + 1 - refused.length, dead: dead.length, duplicate: 0 },
      ...{ refused: refused.length, balanced: true },
    });
    const { dead_letters } = await server.client.deadLetters({ query: { limit: '200' } });
    const shown = (letter: DeadLetterView) => `${letter.code} ${letter.path.replace(/\d+$/, '')}`.trim();
    expect(dead_letters.map(shown).sort()).toEqual(
      dead
        .map(({ inFile }) => (typeof inFile === 'string' ? '' : `${inFile.code} ${inFile.path}`.trim()))
        .sort(),
    );
  });

  it('refuses one record of 10 MB by index and takes its neighbours; a body of 50 MB it refuses whole', async () => {
    const line = (bytes: number) => Buffer.from(logon('huge', { Padding: 'a'.repeat(bytes) }));
    const around = (middle: Buffer) =>
      Buffer.concat([
        Buffer.from(`${goodRecord('by', 0)}\n`),
        middle,
        Buffer.from(`\n${goodRecord('by', 1)}\n`),
      ]);
    const one = await send(around(line(10_000_000)), 'windows');
    expect(one.status).toBe(202);
    expect(one.json).toMatchObject({
      ...{ accepted: 2, refused: { total: 1, records: [{ index: 1, code: 'intake.too_large' }] } },
    });
    const whole = await send(around(line(hugeLineBytes)), 'windows');
    expect([whole.status, whole.json.code]).toEqual([413, 'http.body_too_large']);
  });

  it.each([
    ['nothing', '', 202],
    ['blank lines', '\n\n \n', 202],
    ['text', 'hello', 400],
    ['bytes', Buffer.from([0, 1, 2, 255, 254]), 400],
    ['one array without records', '[]', 202],
  ])('answers a body of %s in kind', async (_name, body, status) => {
    const answer = await send(body);
    expect(answer.status, JSON.stringify(answer.json)).toBe(status);
    if (status === 400) expect(answer.json).toMatchObject({ code: 'intake.none_accepted' });
    else expect(answer.json).toMatchObject({ accepted: 0, refused: { total: 0 } });
  });
});
