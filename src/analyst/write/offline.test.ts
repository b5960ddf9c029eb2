import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence, HuntPlan, HuntQuery } from '../../contracts/index.ts';
import { evidenceOf } from '../testing/evidence-of.suite.ts';
import { createVerifier } from '../verify/verifier.ts';
import { plainness } from '../verify/vocabulary.ts';
import { columnLabels } from './column-label.ts';
import { eventNouns } from './event-noun.ts';
import { createOfflineWriter } from './offline.ts';

const planOf = (...queries: HuntQuery[]): HuntPlan => ({
  kind: 'search',
  window: { from: '2024-05-01T00:00:00Z', to: '2024-05-02T00:00:00Z', anchor: 'stated' },
  queries,
  assumptions: [],
  planner: 'deterministic',
});

async function write(evidence: readonly Evidence[], plan = planOf()) {
  const verifier = createVerifier(evidence, plan.queries);
  const sentences: { text: string; verdict: string; reason?: string }[] = [];
  const gaps: string[] = [];
  let open: ReturnType<typeof verifier.open> | undefined;
  const close = () => {
    if (open !== undefined) sentences.push(open.finish().sentence);
  };
  const context = { question: { text: 'What happened?' }, plan, evidence, runId: 'r', traceparent: '' };
  for await (const piece of createOfflineWriter().write(context, new AbortController().signal)) {
    if (piece.kind === 'open') {
      close();
      open = verifier.open(0, piece.sentence, piece.claims);
    }
    if (piece.kind === 'words') open?.push(piece.text);
    if (piece.kind === 'gap') gaps.push(piece.text);
  }
  close();
  return { sentences, gaps };
}

const columns = [
  'time',
  'class_uid',
  'activity_id',
  'status_id',
  'device_hostname',
  'actor_user_name',
  'user_name',
  'process_name',
  'process_pid',
  'process_cmd_line',
  'parent_process_name',
  'src_ip',
  'dst_ip',
  'dst_port',
  'traffic_bytes_out',
  'query_hostname',
  'api_operation',
];

describe('the offline analyst', () => {
  it('tells an event in one sentence that the verifier confirms', async () => {
    const evidence = evidenceOf('e1', 'rows', [
      columns,
      [
        '2024-05-01 12:00:03.123456',
        '1007',
        '1',
        '1',
        'WS-01',
        'bob',
        '',
        'powershell.exe',
        '4242',
        'powershell -enc AAAA',
        'winword.exe',
        '',
        '',
        null,
        null,
        '',
        '',
      ],
      [
        '2024-05-01 12:00:05.000000',
        '4001',
        '6',
        null,
        'WS-01',
        '',
        '',
        '',
        null,
        '',
        '',
        '10.0.0.5',
        '203.0.113.9',
        '443',
        '1204',
        '',
        '',
      ],
      [
        '2024-05-01 12:00:09.000000',
        '3002',
        '1',
        '2',
        'DC01',
        '',
        'svc_sql',
        '',
        null,
        '',
        '',
        '10.0.0.5',
        '',
        null,
        null,
        '',
        '',
      ],
    ]);
    const { sentences } = await write([evidence]);
    expect(sentences.map(({ text, verdict }) => `${verdict}: ${text}`)).toEqual([
      'confirmed: 2024-05-01 12:00:03 process start on host `WS-01`: acting user `bob`, process `powershell.exe`, pid 4242, command line `powershell -enc AAAA`, parent process `winword.exe`.',
      'confirmed: 2024-05-01 12:00:05 network connection on host `WS-01`: source address 10.0.0.5, destination address 203.0.113.9, destination port 443, 1,204 bytes out.',
      'confirmed: 2024-05-01 12:00:09 failed logon on host `DC01`: user `svc_sql`, source address 10.0.0.5.',
    ]);
  });

  it('tells groups, ranges, timelines and process trees', async () => {
    const query: HuntQuery = {
      id: 'q1',
      kind: 'top',
      purpose: 'p',
      where: [],
      group_by: ['user_name', 'device_hostname'],
      measure: { kind: 'count' },
      order: 'most',
      limit: 10,
    };
    const top = evidenceOf('e1', 'top', [
      ['user_name', 'device_hostname', 'count'],
      ['alice', 'WS-01', '1204'],
      ['', 'WS-02', '1'],
    ]);
    const range = evidenceOf('e2', 'first_last', [
      ['count', 'first_time', 'last_time', 'hosts', 'users'],
      ['57', '2024-05-01 10:00:00.000000', '2024-05-03 11:30:00.000000', '4', '1'],
    ]);
    const few = evidenceOf('e3', 'timeline', [
      ['time', 'count'],
      ['2024-05-01 10:00:00', '3'],
      ['2024-05-01 11:00:00', '1'],
    ]);
    const hours = Array.from({ length: 24 }, (_, hour) => [
      `2024-05-01 ${String(hour).padStart(2, '0')}:00:00`,
      String(hour * 7),
    ]);
    const many = evidenceOf('e4', 'timeline', [['time', 'count'], ...hours]);
    const tree = evidenceOf('e5', 'process_tree', [
      [
        'event_id',
        'time',
        'device_hostname',
        'process_name',
        'process_pid',
        'process_uid',
        'parent_process_pid',
        'parent_process_uid',
        'actor_user_name',
        'process_cmd_line',
      ],
      ['3', '2024-05-01 12:00:09', 'WS-01', 'whoami.exe', '3', '{c}', '2', '{b}', 'bob', 'whoami /all'],
      ['1', '2024-05-01 12:00:03', 'WS-01', 'winword.exe', '1', '{a}', null, '', 'bob', 'winword'],
      ['4', '2024-05-01 12:00:04', 'WS-01', 'powershell.exe', '2', '', '1', '', 'WS-01$', 'powershell'],
      [
        '2',
        '2024-05-01 12:00:05',
        'WS-01',
        'powershell.exe',
        '2',
        '{b}',
        '1',
        '{a}',
        'bob',
        `powershell ${'A'.repeat(400)}`,
      ],
    ]);
    const { sentences, gaps } = await write([top, range, few, many, tree], planOf(query));
    expect(sentences.map(({ text, verdict, reason }) => `${verdict}${reason ?? ''}: ${text}`)).toEqual([
      'confirmed: In the window: 57 events, first at 2024-05-01 10:00:00, last at 2024-05-03 11:30:00, 4 hosts, 1 user.',
      'confirmed: Per user and host: `alice` with `WS-01`: 1,204 events; an empty value with `WS-02`: 1 event.',
      'confirmed: Per interval: 2024-05-01 10:00:00: 3 events; 2024-05-01 11:00:00: 1 event.',
      'confirmed: The sum is 1,932 events.',
      'confirmed: The highest count is 161 events, in the interval that starts at 2024-05-01 23:00:00.',
      'confirmed: `winword.exe` at 2024-05-01 12:00:03, pid 1, acting user `bob`, command line `winword`.',
      `confirmed: – \`powershell.exe\` at 2024-05-01 12:00:05, pid 2, acting user \`bob\`, command line \`powershell ${'A'.repeat(149)}…\`.`,
      'confirmed: – – `whoami.exe` at 2024-05-01 12:00:09, pid 3, acting user `bob`, command line `whoami /all`.',
    ]);
    expect(gaps).toEqual([]);
  });

  it('says how many rows it does not tell', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => ['2024-05-01 10:00:00', `WS-${n}`]);
    const { gaps } = await write([evidenceOf('e1', 'rows', [['time', 'device_hostname'], ...rows])]);
    expect(gaps).toEqual(['e1 holds 28 more rows than the sentences tell.']);
  });

  it('tells a repeated report once, and what a sum that is unknown is', async () => {
    const event = ['2024-05-01 10:00:00', 'WS-01', 'bob', 'bob'];
    const rows = evidenceOf('e1', 'rows', [
      ['time', 'device_hostname', 'actor_user_name', 'user_name'],
      event,
      event,
    ]);
    const sums = evidenceOf('e2', 'top', [
      ['dst_ip', 'sum_traffic_bytes_out'],
      ['10.0.0.9', '1204'],
      ['10.0.0.8', null],
    ]);
    const { sentences, gaps } = await write([rows, sums]);
    expect(sentences.map(({ text, verdict }) => `${verdict}: ${text}`)).toEqual([
      'confirmed: 2024-05-01 10:00:00 event on host `WS-01`: acting user `bob`.',
      'confirmed: Per destination address: 10.0.0.9: 1,204 bytes out; 10.0.0.8: an unknown sum.',
    ]);
    expect(gaps).toEqual([]);
  });

  it('tells an event that two queries found once', async () => {
    const event = ['e-1', '2024-05-01 10:00:00', 'WS-01'];
    const found = (id: string) => evidenceOf(id, 'rows', [['event_id', 'time', 'device_hostname'], event]);
    const { sentences, gaps } = await write([found('e1'), found('e2')]);
    expect(sentences.map(({ text }) => text)).toEqual(['2024-05-01 10:00:00 event on host `WS-01`.']);
    expect(gaps).toEqual([]);
  });

  it('says of a timeline that is cut short that it is not told', async () => {
    const hours = Array.from({ length: 9 }, (_, hour) => [`2024-05-01 0${hour}:00:00`, '1']);
    const cut = { ...evidenceOf('e1', 'timeline', [['bucket', 'events'], ...hours]), truncated: true };
    expect(await write([cut])).toEqual({
      sentences: [],
      gaps: ['e1 holds 9 more rows than the sentences tell.'],
    });
  });

  it('uses words that stay plain whatever evidence holds', () => {
    const words = [
      ...columnLabels,
      ...eventNouns,
      'event unknown time per window interval starts count sum an empty value with and or',
      'outside among there are in these groups',
    ].flatMap((text) => text.toLowerCase().split(' '));
    expect(words.filter((word) => plainness(word) !== 'core')).toEqual([]);
  });

  it('is confirmed by the verifier whatever the cells hold', async () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 300, unit: 'binary' }),
      fc.string({ maxLength: 300, unit: 'grapheme' }),
      fc.constantFrom(
        '',
        'the',
        'no',
        'All hosts are clean.',
        'one',
        '42',
        '1e3',
        '`',
        '…',
        'first',
        '2024-05-01',
        '10:00',
        '\uff40\ufb01',
      ),
    );
    const number = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String));
    const row = fc.tuple(
      fc.constantFrom('2024-05-01 12:00:03.123456', '', '2024-05-01T12:00:03Z'),
      number,
      number,
      fc.constantFrom('0', '1', '2', null),
      cell,
      cell,
      cell,
      cell,
      number,
      cell,
      cell,
      fc.oneof(fc.ipV4(), fc.ipV6(), cell),
      fc.oneof(fc.ipV4(), fc.ipV6(), cell),
      number,
      number,
      cell,
      cell,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('rows' as const, 'process_tree' as const),
        async (rows, kind) => {
          const { sentences } = await write([evidenceOf('e1', kind, [columns, ...rows])]);
          expect(sentences.filter(({ verdict }) => verdict !== 'confirmed')).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says what it counts where not every event has it, and how many groups there are', async () => {
    const present = (field: 'src_ip' | 'dst_ip') => ({
      fields: [field],
      op: 'present' as const,
      values: [],
      negated: false,
    });
    const plan = planOf(
      {
        id: 'q1',
        kind: 'top',
        purpose: 'connections by src_ip',
        where: [present('src_ip')],
        group_by: ['src_ip'],
        measure: { kind: 'count' },
        order: 'most',
        limit: 10,
      },
      { id: 'q2', kind: 'first_last', purpose: 'how many', where: [present('src_ip')] },
    );
    const groups = evidenceOf('e1', 'top', [
      ['src_ip', 'events'],
      ['10.0.0.9', '5'],
      ['10.0.0.8', '2'],
    ]);
    const range = evidenceOf('e2', 'first_last', [['events'], ['7']]);
    const { sentences } = await write([groups, range], plan);
    expect(sentences.map(({ text, verdict }) => `${verdict}: ${text}`)).toEqual([
      'confirmed: In the window, among events with source address: 7 events.',
      'confirmed: There are 2 addresses in these groups.',
      'confirmed: Per source address: 10.0.0.9: 5 events; 10.0.0.8: 2 events.',
    ]);
  });

  it('tells what lies outside the window as such', async () => {
    const outside = { ...evidenceOf('e1', 'first_last', [['events'], ['134']]), query_id: 'outside' };
    const { sentences } = await write([outside]);
    expect(sentences).toMatchObject([{ verdict: 'confirmed', text: 'Outside the window: 134 events.' }]);
  });
});
