import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Detection, type RecordGroup } from '../contracts/index.ts';
import { parseRules } from '../detect/index.ts';
import { type Log, openLog } from '../log/index.ts';
import { loadCatalogue } from '../normalise/index.ts';
import { createRuleJudge, type RuleJudge } from '../rules/index.ts';
import { trust } from '../sql/index.ts';
import { openStore, type Store } from '../store/index.ts';
import type { BatchStore } from './batch-store.ts';
import { type BatchReport, createBatchFiles, createWatermark, runPipeline } from './index.ts';
import { leb128 } from './native.ts';

/** Above it a form goes through the engine, below it through the function. */
const many = 2_500;

const folder = mkdtempSync(join(tmpdir(), 'tyrian-pipeline-'));
let store: Store;
let log: Log;
const catalogue = loadCatalogue();

beforeAll(async () => {
  store = await openStore({ folder: join(folder, 'store') });
  log = await openLog({ folder: join(folder, 'log'), partitions: 4 });
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface EventShape {
  readonly record: number;
  readonly computer: string;
  readonly commandLine?: string;
}

const eventOf = ({ record, computer, commandLine = 'cmd.exe /c whoami' }: EventShape) =>
  JSON.stringify({
    Provider_Name: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: computer,
    TimeCreated: new Date(Date.UTC(2026, 0, 1) + record * 1_000).toISOString(),
    EventRecordID: record,
    Image: 'C:\\Windows\\System32\\cmd.exe',
    CommandLine: commandLine,
    ProcessId: 4_000 + record,
    User: 'CORP\\alice',
  });

const range = (from: number, count: number, computer: string) =>
  Array.from({ length: count }, (_, index) => eventOf({ record: from + index, computer }));

function groupOf(lines: readonly (string | Buffer)[], stream = 'a'): RecordGroup {
  const records = lines.map((line) => Buffer.from(line));
  return {
    tenant: 'acme',
    source: 'windows',
    form: 'flat',
    stream,
    receivedAt: Date.UTC(2026, 0, 2),
    scheme: 'file',
    seed: 'ab',
    traceparent: '',
    count: records.length,
    body: Buffer.concat(records.flatMap((record) => [leb128(record.length), record])),
    ordinals: new Uint32Array(records.length),
  };
}

const rule = `
title: Cats
id: 11111111-2222-3333-4444-555555555555
level: high
logsource: { product: windows, category: process_creation }
detection:
  sel: { CommandLine|contains: 'mimicat' }
  condition: sel
`;
const rules = parseRules(rule, 'cats.yml').rules;
let judge = createRuleJudge([], new Map());
let detectionsFail = 0;
const detected: Detection[] = [];

const own = (): BatchStore => ({
  run: (sql) => store.run(trust(sql)),
  bytes: (sql) => store.bytes(trust(sql)),
  rows: (sql) => store.rows(trust(sql)),
});

/** Runs the pipeline until `records` are behind markers. */
async function drain(records: number, over: Partial<BatchStore> = {}): Promise<readonly BatchReport[]> {
  const stop = new AbortController();
  const reports: BatchReport[] = [];
  const faults: unknown[] = [];
  const watermark = createWatermark(Date.now, 0, 0);
  await runPipeline(
    {
      log,
      store: { ...own(), ...over },
      files: [createBatchFiles(join(folder, 'batch-a')), createBatchFiles(join(folder, 'batch-b'))],
      catalogue: () => catalogue,
      limits: { records: 10_000, milliseconds: 20, backlogRecords: 50_000 },
      filterIds: 1_000_000,
      clock: Date.now,
      wake: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 20))),
      watermark: {
        open: async () => watermark.open(),
        close: async (stamp) => watermark.close(stamp),
        recovered: async () => watermark.recovered(),
      },
      judge: () => judge,
      onDetections: async (detections) => {
        if (detectionsFail > 0) {
          detectionsFail -= 1;
          throw new Error('the journal is gone');
        }
        detected.push(...detections);
      },
      onReport(report) {
        reports.push(report);
        if (reports.reduce((sum, { rows }) => sum + rows, 0) >= records) stop.abort();
      },
      onFault: (fault) => faults.push(fault),
    },
    stop.signal,
  );
  if (Object.keys(over).length === 0) expect(faults).toEqual([]);
  return reports;
}

const sumOf = (
  reports: readonly BatchReport[],
  name: 'rows' | 'stored' | 'duplicate' | 'dead' | 'conflict' | 'joined' | 'slow',
) => reports.reduce((sum, report) => sum + report[name], 0);
const one = async (sql: string) => (await store.rows(trust(sql)))[0] ?? {};

describe('the pipeline', () => {
  test('many records go through the engine, few through the function, and both give the same rows', async () => {
    await log.append(groupOf(range(0, many, 'many')));
    const engine = await drain(many);
    expect([sumOf(engine, 'stored'), sumOf(engine, 'slow')]).toEqual([many, 0]);
    await log.append(groupOf(range(0, 100, 'few')));
    const few = await drain(100);
    expect([sumOf(few, 'stored'), sumOf(few, 'slow')]).toEqual([100, 100]);
    const columns = [
      ...(store.tables.get('events')?.columns ? Object.keys(store.tables.get('events')?.columns ?? {}) : []),
    ];
    const own = new Set([
      'event_id',
      'content_hash',
      'device_hostname',
      'raw',
      'partition',
      'offset',
      'sub',
      'batch',
      'writer_epoch',
      'ingested_at',
    ]);
    const compared = columns.filter((name) => !own.has(name)).join(', ');
    const differing = await one(
      `SELECT count() AS n FROM (SELECT metadata_uid, uniqExact(tuple(${compared})) AS shapes FROM events ` +
        `WHERE toUInt32(metadata_uid) < 100 GROUP BY metadata_uid HAVING shapes != 1 OR count() != 2)`,
    );
    expect(differing.n).toBe('0');
  });

  test('what is known is stored once, in the same batch, in another and on another stream', async () => {
    const lines = range(10_000, 50, 'twice');
    await log.append(groupOf([...lines, ...lines]));
    await log.append(groupOf(lines, 'b'));
    const first = await drain(150);
    expect([sumOf(first, 'stored'), sumOf(first, 'duplicate')]).toEqual([50, 100]);
    await log.append(groupOf(lines, 'c'));
    const again = await drain(50);
    expect([sumOf(again, 'stored'), sumOf(again, 'duplicate')]).toEqual([0, 50]);
  });

  test('a known id with other content is stored beside it, flagged, and only once', async () => {
    const lines = [
      eventOf({ record: 7, computer: 'clash', commandLine: 'one' }),
      eventOf({ record: 7, computer: 'clash', commandLine: 'two' }),
    ];
    await log.append(groupOf(lines));
    const reports = await drain(2);
    expect([sumOf(reports, 'stored'), sumOf(reports, 'conflict')]).toEqual([2, 1]);
    await log.append(groupOf(lines));
    expect(sumOf(await drain(2), 'duplicate')).toBe(2);
    expect(
      await one(
        "SELECT count() AS n, sum(id_conflict) AS flagged, uniqExact(event_id) AS ids FROM events WHERE device_hostname = 'clash'",
      ),
    ).toEqual({ n: '2', flagged: '1', ids: '2' });
  });

  test('bad records become dead letters with code and bytes, and nothing around them is harmed', async () => {
    const bad = ['{"EventID": 1,', 'no json', '[1]', Buffer.from([0x7b, 0xff, 0x7d]), '{"Channel":"x"}'];
    const lines = [...bad.slice(0, 3), ...range(20_000, many, 'harmed'), ...bad.slice(3)];
    await log.append(groupOf(lines));
    const reports = await drain(lines.length);
    expect([sumOf(reports, 'stored'), sumOf(reports, 'dead')]).toEqual([many, bad.length]);
    const dead = await store.rows(
      trust('SELECT code, hex(raw) AS raw, raw_bytes FROM dead_letters ORDER BY offset, sub'),
    );
    expect(dead.map(({ raw }) => Buffer.from(String(raw), 'hex'))).toEqual(
      bad.map((line) => Buffer.from(line)),
    );
    expect(dead.every(({ code }) => /^normalise\.[a-z0-9_]+$/.test(String(code)))).toBe(true);
    expect(dead.map(({ raw_bytes }) => Number(raw_bytes))).toEqual(
      bad.map((line) => Buffer.from(line).length),
    );
  });

  test('a record that intake found faulty ends as the dead letter that it was framed as', async () => {
    const fault = {
      code: 'intake.too_large',
      message: 'a record is at most 1 MiB',
      bytes: 5_000_000,
      sha256: 'c'.repeat(64),
    };
    await log.append({ ...groupOf(['xxxx']), fault });
    expect(sumOf(await drain(1), 'dead')).toBe(1);
    const row = await one(
      "SELECT code, raw_bytes, raw_sha256 FROM dead_letters WHERE code = 'intake.too_large'",
    );
    expect(row).toEqual({ code: 'intake.too_large', raw_bytes: '5000000', raw_sha256: 'c'.repeat(64) });
  });

  test('after an error between two writes the batch is begun again, and nothing is stored twice', async () => {
    await log.append(groupOf([...range(30_000, 40, 'again'), 'broken']));
    let failed = 0;
    const run = async (sql: string) => {
      if (sql.startsWith('INSERT INTO markers') && failed < 2) {
        failed += 1;
        throw new Error('the disk is gone');
      }
      await store.run(trust(sql));
    };
    const reports = await drain(41, { run });
    expect(failed).toBe(2);
    expect([sumOf(reports, 'stored'), sumOf(reports, 'dead')]).toEqual([40, 1]);
    expect(await one("SELECT count() AS n FROM events WHERE device_hostname = 'again'")).toEqual({ n: '40' });
    expect(await one("SELECT count() AS n FROM dead_letters WHERE raw = 'broken'")).toEqual({ n: '1' });
  });

  test('a record that a rule chokes on is stored without detections, and said so', async () => {
    const choking: RuleJudge = {
      where: '1',
      judge: () => {
        throw new RangeError('too deep');
      },
      withMask: () => choking,
    };
    judge = choking;
    await log.append(groupOf(range(39_000, 3, 'unjudged')));
    const reports = await drain(3);
    judge = createRuleJudge([], new Map());
    expect(sumOf(reports, 'stored')).toBe(3);
    expect(reports.flatMap(({ faults }) => faults)).toEqual(
      Array.from({ length: 3 }, () => 'a record of windows could not be judged'),
    );
  });

  test('a form that the engine chokes on goes through the function', async () => {
    await log.append(groupOf(range(40_000, many, 'choke')));
    const run = async (sql: string) => {
      if (sql.startsWith('INSERT INTO events_stage') && sql.includes('JSONExtract'))
        throw new Error('no such function');
      await store.run(trust(sql));
    };
    const reports = await drain(many, { run });
    expect([sumOf(reports, 'stored'), sumOf(reports, 'slow')]).toEqual([many, many]);
    expect(reports.flatMap(({ faults }) => faults)).toEqual(['no such function']);
  });

  test.each([
    ['the function', 5],
    ['the engine', many],
  ])(
    'what rules find is told before it is stored, once, and kept as evidence: by %s',
    async (_way, count) => {
      judge = createRuleJudge([{ name: 'own', license: 'Apache-2.0', rules }], new Map());
      detected.length = 0;
      detectionsFail = 1;
      const from = 60_000 + count;
      const host = `cats-${count}`;
      const hit = eventOf({ record: from + 1, computer: host, commandLine: 'x.exe MimiCat' });
      const lines = [...range(from + 2, count, host), hit];
      await log.append(groupOf(lines));
      await drain(lines.length, { run: (sql) => store.run(trust(sql)) });
      await log.append(groupOf(lines));
      await drain(lines.length);
      expect(detectionsFail).toBe(0);
      expect(detected).toMatchObject([
        {
          tenant: 'acme',
          rule: { title: 'Cats', level: 'high', pack: 'own', license: 'Apache-2.0' },
          entity: { kind: 'host', value: host },
          matched: [{ field: 'CommandLine', value: 'x.exe MimiCat' }],
          event: { source: 'windows', received_at: '2026-01-02T00:00:00.000Z' },
        },
      ]);
      const [first] = detected.map((found) => Detection.parse(found));
      const kept = await one(
        `SELECT lower(hex(event_id)) AS id, lower(hex(SHA256(raw))) AS sha
       FROM events WHERE retention_class = 'evidence' AND device_hostname = '${host}'`,
      );
      expect(kept).toMatchObject({
        id: first?.event.event_id.replaceAll('-', ''),
        sha: first?.event.raw_sha256,
      });
      expect(
        await one(
          `SELECT count() AS n, countIf(retention_class = 'standard') AS usual FROM events WHERE device_hostname = '${host}'`,
        ),
      ).toEqual({ n: String(count + 1), usual: String(count) });
      judge = createRuleJudge([], new Map());
    },
  );

  test('the records of one event are stored as one, once, and each is accounted for', async () => {
    const part = (serial: number, rest: string) =>
      `node=web type=${rest.replace(' ', ` msg=audit(1773306001.100:${serial}): `)}`;
    const lines = [
      part(1, 'SYSCALL arch=c000003e syscall=59 exe="/bin/ls"'),
      part(1, 'EXECVE argc=2 a0="ls" a1="-l"'),
      part(1, 'EOE '),
      part(2, 'USER_LOGIN acct="alice"'),
      'no audit line',
      part(3, 'CWD cwd="/"'),
      part(3, 'PATH name="x"'),
    ];
    const group = { ...groupOf(lines), source: 'auditd', form: 'lines' };
    await log.append(group);
    const first = await drain(lines.length);
    expect([sumOf(first, 'stored'), sumOf(first, 'joined'), sumOf(first, 'dead')]).toEqual([3, 3, 1]);
    const event = await one(
      "SELECT raw, process_cmd_line FROM events WHERE source = 'auditd' AND metadata_uid = '1'",
    );
    expect(event).toEqual({ raw: lines.slice(0, 3).join('\n'), process_cmd_line: 'ls -l' });
    await log.append({ ...group, stream: 'again' });
    const again = await drain(lines.length);
    expect([sumOf(again, 'stored'), sumOf(again, 'joined'), sumOf(again, 'duplicate')]).toEqual([0, 0, 6]);
  });

  test('an event that is cut in two is kept whole in two, told as a conflict', async () => {
    const line = (type: string) => `node=cut type=${type} msg=audit(1773306002.100:9): name="x"`;
    await log.append({ ...groupOf([line('CWD'), line('PATH')]), source: 'auditd', form: 'lines' });
    await log.append({ ...groupOf([line('PROCTITLE')], 'b'), source: 'auditd', form: 'lines' });
    const reports = await drain(3);
    expect([sumOf(reports, 'stored'), sumOf(reports, 'conflict'), sumOf(reports, 'joined')]).toEqual([
      2, 1, 1,
    ]);
  });

  test('a crash between events and markers stores no event of several records twice', async () => {
    const line = (type: string) => `node=crash type=${type} msg=audit(1773306003.100:9): name="x"`;
    await log.append({
      ...groupOf([line('CWD'), line('PATH'), line('EOE')]),
      source: 'auditd',
      form: 'lines',
    });
    let failures = 1;
    const reports = await drain(3, {
      run: (sql) => {
        if (sql.startsWith('INSERT INTO markers') && failures-- > 0) throw new Error('the power is gone');
        return store.run(trust(sql));
      },
    });
    expect([sumOf(reports, 'stored'), sumOf(reports, 'joined')]).toEqual([1, 2]);
    expect(await one("SELECT count() AS n FROM events WHERE device_hostname = 'crash'")).toEqual({ n: '1' });
  });

  test('markers add up to what is stored', async () => {
    const sums = await one(
      'SELECT sum(arraySum(received)) AS received, sum(arraySum(stored)) AS stored, sum(arraySum(duplicate)) AS duplicate, sum(arraySum(dead)) AS dead, sum(arraySum(joined)) AS joined FROM markers',
    );
    const events = await one('SELECT count() AS n, uniqExact(event_id) AS ids FROM events');
    const dead = await one('SELECT count() AS n FROM dead_letters');
    expect(events.n).toBe(events.ids);
    expect([sums.stored, sums.dead]).toEqual([events.n, dead.n]);
    const ends = [sums.stored, sums.duplicate, sums.dead, sums.joined].map(Number);
    expect(Number(sums.received)).toBe(ends.reduce((total, end) => total + end, 0));
  });
});
