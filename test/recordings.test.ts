import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, withOpened } from './opened.ts';
import {
  haveRecordings,
  linesOf,
  logTypesOf,
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

/** The audit log's lines in files of their own: events of different machines share times and serials. */
function writeAuditLogs(into: string): number {
  const files = new Map<string, string[]>();
  for (const name of ['go-libaudit-auditd', 'mordor-auditd']) {
    const packed = readFileSync(join(recordingsFolder, 'linux', `${name}.ndjson.zst`));
    for (const line of zstdDecompressSync(packed, zstdWindow).toString().trimEnd().split('\n')) {
      const { raw, _src } = JSON.parse(line) as { readonly raw: string; readonly _src: string };
      const lines = files.get(_src) ?? [];
      files.set(_src, lines);
      lines.push(raw);
    }
  }
  mkdirSync(into, { recursive: true });
  for (const [name, lines] of files) writeFileSync(join(into, basename(name)), `${lines.join('\n')}\n`);
  return sum([...files.values()].map((lines) => lines.length));
}

describe.skipIf(!haveRecordings)('Linux', () => {
  it('audit logs: the records of an event are joined, each is accounted for, and a second import stores nothing', async () => {
    const logs = join(folder.path, 'audit-logs');
    const lines = writeAuditLogs(logs);
    await withOpened(join(folder.path, 'audit-data'), async ({ take, ledger, rows }) => {
      expect(await take(logs)).toMatchObject({ records: lines, problems: [] });
      const first = (await ledger()).total;
      expect(first).toMatchObject({ received: lines, dead: 0, in_flight: 0, balanced: true });
      expect(first.joined).toBeGreaterThan(lines / 4);
      const whole = await rows(
        "SELECT process_cmd_line, process_pid, length(splitByChar('\\n', raw)) AS records FROM events WHERE metadata_uid = '93777'",
      );
      expect(whole).toMatchObject([
        { process_cmd_line: 'dd if=/dev/zero bs=1 count=1', process_pid: '2168', records: '6' },
      ]);
      // The same events in order and mixed with each other become the same.
      const shapes = await rows(
        "SELECT count() AS n, groupUniqArray(length(splitByChar('\\n', raw))) AS records FROM events WHERE metadata_uid = '60' GROUP BY metadata_uid",
      );
      expect(shapes).toMatchObject([{ records: ['5'] }]);
      await take(logs);
      expect((await ledger()).total).toMatchObject({
        ...{
          stored: first.stored,
          joined: first.joined,
          received: 2 * lines,
          // One file has another's events, their records mixed: joined, they are known again.
          duplicate: lines + first.duplicate,
          balanced: true,
        },
      });
    });
  });

  it.each([
    ['linux/panther-labelled-linux', 'osquery', 37],
    ['linux/mordor-log4shell', 'syslog', 143],
    ['aws/panther-labelled-aws', 'vpc-flow', 21],
  ])('%s: records of %s', async (recording, source, records) => {
    const path = join(folder.path, 'linux', `${recording}.ndjson`);
    mkdirSync(dirname(path), { recursive: true });
    await writeRecording(recording, path);
    await withOpened(join(folder.path, `linux-${source}`), async ({ take, ledger }) => {
      await take(path);
      const [first] = (await ledger()).rows.filter((row) => row.source === source);
      expect(first).toMatchObject({ received: records, stored: records, dead: 0, balanced: true });
      await take(path);
      const [second] = (await ledger()).rows.filter((row) => row.source === source);
      expect(second).toMatchObject({ stored: records, duplicate: records, balanced: true });
    });
  });
});

describe.skipIf(!haveRecordings)('sensors and clusters', () => {
  it.each([
    ['network/suricata-alerts', { suricata: 548 }],
    ['linux/panther-labelled-linux', { 'kubernetes-audit': 243 }],
    ['aws/panther-labelled-aws', { 'kubernetes-audit': 20, guardduty: 8 }],
  ])(
    '%s: each record is of its source, says what happened, and none is dead',
    async (recording, expected) => {
      const path = join(folder.path, 'sensors', `${recording}.ndjson`);
      mkdirSync(dirname(path), { recursive: true });
      await writeRecording(recording, path);
      await withOpened(
        join(folder.path, `sensors-${basename(recording)}`),
        async ({ take, ledger, rows }) => {
          await take(path);
          const report = await ledger();
          for (const [source, count] of Object.entries(expected)) {
            const counts = report.rows.find((row) => row.source === source);
            expect(counts).toMatchObject({ received: count, dead: 0, in_flight: 0, balanced: true });
            const [row] = await rows(
              `SELECT countIf(class_uid = 0 OR message = '') AS mute, count() AS n FROM events WHERE source = '${source}'`,
            );
            expect(Number(row?.mute)).toBeLessThan(Number(row?.n) * 0.1);
          }
        },
      );
    },
  );
});

/** Log types as the collection labels them → the sources that their records are of. */
const identitySources: Readonly<Record<string, readonly string[]>> = {
  'Okta.SystemLog': ['okta'],
  'Azure.Audit': ['entra-audit', 'entra-signin'],
  'Azure.MonitorActivity': ['azure-activity'],
  'Microsoft365.Audit.AzureActiveDirectory': ['m365-audit'],
  'Microsoft365.Audit.Exchange': ['m365-audit'],
  'Microsoft365.Audit.SharePoint': ['m365-audit'],
  'GitHub.Audit': ['github-audit'],
  'GitHub.Webhook': ['github-webhook'],
  'GSuite.ActivityEvent': ['google-workspace'],
  'Slack.AuditLogs': ['slack-audit'],
  'Auth0.Events': ['auth0'],
  'Duo.Administrator': ['duo'],
  'Duo.Authentication': ['duo'],
  'OneLogin.Events': ['onelogin'],
};
/** Records that hold less than would tell their source: an action's name and nothing else. */
const untold: Readonly<Record<string, number>> = { 'GitHub.Audit': 1 };
/** Recordings without labels (tables of Microsoft Sentinel), or with odd ones: what they hold, counted by hand. */
const countedByHand: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['identity/mordor-golden-saml', { 'entra-audit': 4, 'm365-audit': 1, windows: 35 }],
  ['linux/panther-labelled-linux', { 'gcp-audit': 153 }],
];

/** Sources that share log types are counted together, under all their names. */
async function expectedCounts(recording: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const [type, records] of await logTypesOf(recording)) {
    const sources = identitySources[type]?.join('+');
    if (sources === undefined) continue;
    counts.set(sources, (counts.get(sources) ?? 0) + records - (untold[type] ?? 0));
  }
  return counts;
}

describe.skipIf(!haveRecordings)('identity and software services', () => {
  const read = async (recording: string) => {
    const path = join(folder.path, 'identity', `${basename(recording)}.ndjson`);
    mkdirSync(dirname(path), { recursive: true });
    await writeRecording(recording, path);
    return path;
  };

  it('are told apart in one file, none is dead, and each says who did what', async () => {
    const recording = 'identity/panther-labelled-identity';
    const path = await read(recording);
    await withOpened(join(folder.path, 'identity-data'), async ({ take, ledger, rows }) => {
      expect((await take(path)).problems).toEqual([]);
      const report = await ledger();
      for (const [names, received] of await expectedCounts(recording)) {
        const sources = names.split('+');
        const counts = report.rows.filter((row) => sources.includes(row.source));
        expect({ names, received: sum(counts.map((row) => row.received)) }).toEqual({ names, received });
        expect({ names, dead: sum(counts.map((row) => row.dead)) }).toEqual({ names, dead: 0 });
        const [row] = await rows(
          `SELECT countIf(class_uid = 0 OR metadata_event_code = '') AS mute,
            countIf(actor_user_name = '' AND user_name = '') AS nameless, count() AS n
            FROM events WHERE source IN ('${sources.join("', '")}')`,
        );
        expect({ names, mute: Number(row?.mute) >= Number(row?.n) * 0.05 }).toEqual({ names, mute: false });
        // The made-up records of the activity log and of webhooks mostly name nobody.
        if (names === 'azure-activity' || names === 'github-webhook') continue;
        expect({ names, named: Number(row?.nameless) < Number(row?.n) * 0.05 }).toEqual({
          names,
          named: true,
        });
      }
      expect(report.total).toMatchObject({ dead: 0, in_flight: 0, balanced: true });
    });
  });

  it.each(countedByHand)('are known among others: %s', async (recording, expected) => {
    const path = await read(recording);
    await withOpened(join(folder.path, `identity-${basename(recording)}`), async ({ take, ledger }) => {
      await take(path);
      const report = await ledger();
      for (const [source, received] of Object.entries(expected)) {
        const counts = report.rows.find((row) => row.source === source);
        expect(counts).toMatchObject({ received, dead: 0, balanced: true });
      }
    });
  });

  it('are stored once, however often they are imported', async () => {
    await withOpened(join(folder.path, 'identity-data'), async ({ take, ledger }) => {
      const before = (await ledger()).total;
      await take(join(folder.path, 'identity', 'panther-labelled-identity.ndjson'));
      const { total } = await ledger();
      expect(total).toMatchObject({ stored: before.stored, received: 2 * before.received, balanced: true });
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
