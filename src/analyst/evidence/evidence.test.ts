import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, type HuntCondition, type HuntPlan, type HuntQuery } from '../../contracts/index.ts';
import { readPlanContext } from './context.ts';
import { gather } from './gather.ts';
import { reread } from './reread.ts';
import { day, ingestedAt, openTestStore, planOf, scopeOf, type TestStore } from './stored.suite.ts';

const signal = new AbortController().signal;
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
}, 60_000);
afterAll(() => test.close());

const condition = (
  field: HuntCondition['fields'][number],
  op: HuntCondition['op'],
  ...values: string[]
): HuntCondition => ({ fields: [field], op, values, negated: false });

const rows = (
  where: HuntCondition[],
  more: Partial<Extract<HuntQuery, { kind: 'rows' }>> = {},
): HuntQuery => ({
  id: 'q1',
  purpose: 'rows',
  kind: 'rows',
  where,
  columns: ['time', 'event_id', 'device_hostname', 'user_name', 'process_pid'],
  order: 'oldest',
  limit: 100,
  ...more,
});

async function gathered(...queries: readonly HuntQuery[]): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for await (const each of gather(planOf(...queries), { store: test.store, scope: scopeOf(), signal })) {
    found.push(Evidence.parse(each));
  }
  return found.sort((a, b) => a.id.localeCompare(b.id));
}

const cells = (evidence: Evidence | undefined, name: string) => {
  const at = evidence?.columns.findIndex((column) => column.name === name) ?? -1;
  return evidence?.rows.map((row) => row[at]) ?? [];
};

const found = async (...where: HuntCondition[]) =>
  cells((await gathered(rows(where, { columns: ['raw'] })))[0], 'raw');

describe('what a condition finds', () => {
  const tag = (raw: string, attributes: Record<string, string | number | bigint | readonly string[]>) => ({
    raw,
    attributes,
  });

  beforeAll(() =>
    test.insert(
      tag('host short', { device_hostname: 'WS-07' }),
      tag('host full', { device_hostname: 'ws-07.corp.example' }),
      tag('host other', { device_hostname: 'WS-070' }),
      tag('user bare', { user_name: 'alice' }),
      tag('user with domain', { user_name: 'Alice', user_domain: 'CORP' }),
      tag('user of other domain', { user_name: 'alice', user_domain: 'LAB' }),
      tag('user as address', { user_name: 'alice@corp.example' }),
      tag('user in one', { user_name: 'CORP\\alice' }),
      tag('user alicent', { user_name: 'alicent' }),
      tag('program', { process_name: 'PowerShell.exe', process_pid: 4120n }),
      tag('name', { query_hostname: 'evil.example' }),
      tag('name below', { query_hostname: 'a.b.evil.example' }),
      tag('name beside', { query_hostname: 'notevil.example' }),
      tag('address', { src_ip: '10.1.2.3', dst_ip: '2001:db8::1', answers: ['10.9.9.9'] }),
      tag('url', { http_url: 'https://evil.example/a?b=1' }),
      tag('big', { traffic_bytes_out: 18446744073709551615n }),
    ),
  );

  const cases: readonly (readonly [string, HuntCondition, readonly string[]])[] = [
    [
      'a host by its short name',
      condition('device_hostname', 'equals', 'ws-07'),
      ['host short', 'host full'],
    ],
    [
      'a host by its full name',
      condition('device_hostname', 'equals', 'WS-07.CORP.EXAMPLE'),
      ['host short', 'host full'],
    ],
    [
      'a user by name alone, whatever the domain',
      condition('user_name', 'equals', 'alice'),
      ['user bare', 'user with domain', 'user of other domain', 'user as address', 'user in one'],
    ],
    [
      'a user with a domain, not the same name of another',
      condition('user_name', 'equals', 'CORP\\alice'),
      ['user bare', 'user with domain', 'user in one'],
    ],
    [
      'a user as an address',
      condition('user_name', 'equals', 'alice@corp.example'),
      ['user bare', 'user with domain', 'user as address'],
    ],
    ['a program without its ending', condition('process_name', 'equals', 'powershell'), ['program']],
    ['a process id in hexadecimal', condition('process_pid', 'equals', '0x1018'), ['program']],
    [
      'a name in DNS and what lies below it',
      condition('query_hostname', 'equals', 'evil.example'),
      ['name', 'name below'],
    ],
    ['the host of a URL', condition('http_url', 'equals', 'evil.example'), ['url']],
    ['an address in any spelling', condition('dst_ip', 'equals', '2001:0db8:0:0::0001'), ['address']],
    ['a network', condition('src_ip', 'cidr', '10.0.0.0/8'), ['address']],
    ['an answer in a list', condition('answers', 'equals', '10.9.9.9'), ['address']],
    [
      'a number with all its digits',
      condition('traffic_bytes_out', 'at_least', '18446744073709551615'),
      ['big'],
    ],
    ['nothing for a value that a field cannot have', condition('process_pid', 'equals', 'x'), []],
    ['nothing for what is no network', condition('src_ip', 'cidr', '10.0.0.0/99'), []],
    ['nothing for a number beyond 64 bits', condition('process_pid', 'equals', '99999999999999999999'), []],
  ];

  it.each(cases)('finds %s', async (_, where, expected) => {
    const tags = await found(where);
    expect(tags).toHaveLength(expected.length);
    expect(new Set(tags)).toEqual(new Set(expected));
  });

  it('finds any of several fields and values, and leaves them out when negated', async () => {
    const either: HuntCondition = {
      fields: ['user_name', 'device_hostname'],
      op: 'equals',
      values: ['alicent', 'ws-070'],
      negated: false,
    };
    expect((await found(either)).sort()).toEqual(['host other', 'user alicent']);
    expect((await found({ ...either, negated: true })).length).toBe(14);
  });
});

describe('the window', () => {
  it('takes its start and leaves out its end; what has no time goes by when it was received', async () => {
    const marked = condition('source', 'equals', 'window-test');
    await test.insert(
      { source: 'window-test', raw: 'at start', time: day.from },
      { source: 'window-test', raw: 'at end', time: day.to },
      { source: 'window-test', raw: 'timeless inside', time: null, received_at: '2024-03-14T23:59:59.999Z' },
      { source: 'window-test', raw: 'timeless outside', time: null, received_at: '2024-03-15T00:00:00Z' },
      {
        source: 'window-test',
        raw: 'old, received inside',
        time: '2023-01-01T00:00:00Z',
        received_at: day.from,
      },
    );
    expect(await found(marked)).toEqual(['at start', 'timeless inside']);
  });
});

describe('gathering', () => {
  const marked = [condition('source', 'equals', 'gather-test')];
  const ids = [1, 2, 3].map((n) => `00000000-0000-8000-8000-00000000000${n}`);

  beforeAll(() =>
    test.insert(
      {
        source: 'gather-test',
        id: ids[0] ?? '',
        time: '2024-03-14T10:00:00Z',
        attributes: { device_hostname: 'a', user_name: 'u', process_pid: 9007199254740993n },
      },
      {
        source: 'gather-test',
        id: ids[1] ?? '',
        time: '2024-03-14T10:30:00Z',
        attributes: { device_hostname: 'b' },
      },
      {
        source: 'gather-test',
        id: ids[2] ?? '',
        time: '2024-03-14T12:00:00Z',
        attributes: { device_hostname: 'a' },
      },
      { source: 'gather-test', tenant: 'other', raw: 'of another tenant' },
      { source: 'gather-test', ingested_at: ingestedAt + 1, raw: 'after the snapshot' },
    ),
  );

  it('gives rows in order with ids, exact digits, and without columns that are empty throughout', async () => {
    const [evidence] = await gathered(
      rows(marked, { columns: ['device_hostname', 'process_pid', 'file_path'] }),
    );
    expect(evidence?.columns.map(({ name }) => name)).toEqual([
      'time',
      'event_id',
      'device_hostname',
      'process_pid',
    ]);
    expect(cells(evidence, 'event_id')).toEqual(ids);
    expect(cells(evidence, 'process_pid')).toEqual(['9007199254740993', null, null]);
    expect(cells(evidence, 'time')[0]).toBe('2024-03-14T10:00:00.000000Z');
    expect(evidence).toMatchObject({ id: 'e1', query_id: 'q1', kind: 'rows', truncated: false });
    expect(evidence?.sql).toContain("'default'");
    expect(evidence?.snapshot).toBe(new Date(ingestedAt).toISOString());
  });

  it('says that a limit cut the rows', async () => {
    const [evidence] = await gathered(rows(marked, { limit: 2, order: 'newest' }));
    expect(evidence?.truncated).toBe(true);
    expect(cells(evidence, 'event_id')).toEqual([ids[2], ids[1]]);
  });

  it('counts groups, steps of time and edges', async () => {
    const base = { purpose: '', where: marked };
    const [top, timeline, edges] = await gathered(
      {
        ...base,
        id: 'q1',
        kind: 'top',
        group_by: ['device_hostname'],
        measure: { kind: 'count' },
        order: 'most',
        limit: 5,
      },
      {
        ...base,
        id: 'q2',
        kind: 'timeline',
        bucket_seconds: 3600,
        measure: { kind: 'distinct', field: 'device_hostname' },
        limit: 24,
      },
      { ...base, id: 'q3', kind: 'first_last' },
    );
    expect(top?.rows).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
    expect(top?.columns.map(({ name }) => name)).toEqual(['device_hostname', 'events']);
    expect(timeline?.rows).toEqual([
      ['2024-03-14T10:00:00.000000Z', '2'],
      ['2024-03-14T12:00:00.000000Z', '1'],
    ]);
    expect(timeline?.columns.map(({ name }) => name)).toEqual(['bucket', 'distinct_device_hostname']);
    // Two events have no acting user, so the number of users would count the empty name: it isn't shown.
    expect(edges?.columns.map(({ name }) => name)).toEqual(['events', 'first_time', 'last_time', 'hosts']);
    expect(edges?.rows).toEqual([['3', '2024-03-14T10:00:00.000000Z', '2024-03-14T12:00:00.000000Z', '2']]);
  });

  it('gives the same rows and hash when run again, and says when rows are gone', async () => {
    const query = rows(marked);
    const [evidence] = await gathered(query);
    if (evidence === undefined) throw new Error('no evidence');
    const access = { store: test.store, signal, scopeAt: (snapshot: number) => scopeOf('default', snapshot) };
    expect(await reread(evidence, planOf(query), access)).toEqual({ kind: 'same', rows: 3 });
    const erased = { ...evidence, rows: [...evidence.rows, ['x']], row_hash: '0'.repeat(64) };
    expect(await reread(erased, planOf(query), access)).toMatchObject({
      kind: 'changed',
      rows_then: 4,
      rows_now: 3,
    });
    expect(await reread({ ...evidence, query_id: 'q9' }, planOf(query), access)).toBeUndefined();
    const elsewhere = { ...access, scopeAt: (snapshot: number) => scopeOf('third', snapshot) };
    expect(await reread(evidence, planOf(query), elsewhere)).toMatchObject({ kind: 'changed', rows_now: 0 });
  });

  it('yields what the other queries found before it throws the error of one', async () => {
    const access = { store: test.store, scope: scopeOf(), signal };
    const broken = rows(marked, { id: 'q1', limit: 0 });
    const seen: string[] = [];
    const run = async () => {
      for await (const each of gather(planOf(broken, rows(marked, { id: 'q2' })), access)) seen.push(each.id);
    };
    await expect(run()).rejects.toMatchObject({ code: 'sql.bound' });
    expect(seen).toEqual(['e2']);
  });

  it('stops with the signal', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const run = async () => {
      for await (const each of gather(planOf(rows(marked)), {
        store: test.store,
        scope: scopeOf(),
        signal: stop.signal,
      })) {
        expect(each).toBeUndefined();
      }
    };
    await expect(run()).rejects.toThrow('enough');
  });
});

describe('a process tree', () => {
  const launch = (
    raw: string,
    time: string,
    [name, pid, uid]: readonly [string, bigint, string],
    [parentName, parentPid, parentUid]: readonly [string, bigint, string],
    host = 'tree-1',
  ) => ({
    raw,
    time: `2024-03-14T${time}Z`,
    source: 'tree-test',
    attributes: {
      class_uid: 1007,
      activity_id: 1,
      device_hostname: host,
      process_name: name,
      process_pid: pid,
      process_uid: uid,
      parent_process_name: parentName,
      parent_process_pid: parentPid,
      parent_process_uid: parentUid,
    },
  });

  beforeAll(() =>
    test.insert(
      launch('explorer', '09:00:00', ['explorer.exe', 10n, '{A}'], ['userinit.exe', 9n, '{0}']),
      launch('winword', '09:10:00', ['winword.exe', 20n, '{B}'], ['explorer.exe', 10n, '{A}']),
      launch('powershell', '09:11:00', ['powershell.exe', 30n, '{C}'], ['winword.exe', 20n, '{B}']),
      launch('whoami', '09:12:00', ['whoami.exe', 40n, '{D}'], ['powershell.exe', 30n, '{C}']),
      launch('excel', '09:13:00', ['excel.exe', 50n, '{E}'], ['explorer.exe', 10n, '{A}']),
      launch('old services', '08:00:00', ['services.exe', 5n, ''], ['wininit.exe', 4n, ''], 'tree-2'),
      launch('svchost', '08:01:00', ['svchost.exe', 6n, ''], ['services.exe', 5n, ''], 'tree-2'),
      launch('reused pid', '08:30:00', ['notepad.exe', 5n, ''], ['cmd.exe', 7n, ''], 'tree-2'),
      launch('later child', '08:40:00', ['calc.exe', 8n, ''], ['notepad.exe', 5n, ''], 'tree-2'),
      launch('elsewhere', '08:01:30', ['svchost.exe', 6n, ''], ['services.exe', 5n, ''], 'tree-3'),
    ),
  );

  const tree = (where: HuntCondition[], more: Partial<Extract<HuntQuery, { kind: 'process_tree' }>> = {}) =>
    gathered({ id: 'q1', purpose: '', kind: 'process_tree', where, depth: 5, limit: 100, ...more });
  const names = (evidence: Evidence | undefined) => cells(evidence, 'process_name');

  it('goes up to the ancestors and down to the descendants by GUID', async () => {
    const [evidence] = await tree([condition('process_name', 'equals', 'winword.exe')]);
    expect(names(evidence)).toEqual(['explorer.exe', 'winword.exe', 'powershell.exe', 'whoami.exe']);
  });

  it('goes by host, process id and name where there are no GUIDs, and is not misled by an id that is used again', async () => {
    const [up] = await tree([condition('process_name', 'equals', 'calc.exe')]);
    expect(names(up)).toEqual(['notepad.exe', 'calc.exe']);
    const [down] = await tree([condition('process_name', 'equals', 'services.exe')]);
    expect(names(down)).toEqual(['services.exe', 'svchost.exe']);
  });

  it('stops at its depth and at its limit, and says when the limit cut it', async () => {
    const [shallow] = await tree([condition('process_name', 'equals', 'explorer.exe')], { depth: 1 });
    expect(names(shallow)).toEqual(['explorer.exe', 'winword.exe', 'excel.exe']);
    expect(shallow?.truncated).toBe(false);
    const [cut] = await tree([condition('process_name', 'equals', 'explorer.exe')], { limit: 2 });
    expect(cut).toMatchObject({ truncated: true });
    expect(names(cut)).toHaveLength(2);
  });

  it('is one statement that gives the same rows when run again', async () => {
    const query = {
      id: 'q1',
      purpose: '',
      kind: 'process_tree' as const,
      where: [condition('process_name', 'equals', 'winword.exe')],
      depth: 5,
      limit: 100,
    };
    const [evidence] = await gathered(query);
    if (evidence === undefined) throw new Error('no evidence');
    const access = { store: test.store, signal, scopeAt: (snapshot: number) => scopeOf('default', snapshot) };
    expect(await reread(evidence, planOf(query), access)).toEqual({ kind: 'same', rows: 4 });
  });

  it('gives no rows when nothing is found', async () => {
    const [evidence] = await tree([condition('process_name', 'equals', 'nothing.exe')]);
    expect(evidence).toMatchObject({ rows: [], truncated: false });
  });
});

describe('what lies outside a window', () => {
  const counted: HuntQuery = {
    id: 'q1',
    purpose: 'events of mallory',
    kind: 'first_last',
    where: [condition('user_name', 'equals', 'mallory')],
  };
  const plan = (anchor: HuntPlan['window']['anchor']) => ({ ...planOf(counted), window: { ...day, anchor } });
  const collect = async (made: HuntPlan) => {
    const all: Evidence[] = [];
    for await (const each of gather(made, { store: test.store, scope: scopeOf(), signal })) all.push(each);
    return all;
  };
  beforeAll(() => test.insert({ time: '2019-07-01T08:00:00Z', attributes: { user_name: 'mallory' } }));

  it('is read when a window that nobody stated holds nothing, and gives the same when run again', async () => {
    const [, outside, ...rest] = await collect(plan('newest_event'));
    if (outside === undefined) throw new Error('no evidence');
    expect(rest).toEqual([]);
    expect(outside).toMatchObject({ id: 'e2', query_id: 'outside', kind: 'first_last' });
    expect(cells(outside, 'events')).toEqual(['1']);
    expect(outside.purpose).toBe('outside the window, events of mallory');
    const access = { store: test.store, signal, scopeAt: (snapshot: number) => scopeOf('default', snapshot) };
    expect(await reread(outside, plan('newest_event'), access)).toEqual({ kind: 'same', rows: 1 });
  });

  it('is not read for a window that was stated', async () => {
    expect(await collect(plan('stated'))).toHaveLength(1);
  });
});

describe('what a planner may know', () => {
  it('names the newest event, but none that is later than its receipt by more than five minutes', async () => {
    const tenant = 'context-test';
    const id = (millis: number) => {
      const hex = millis.toString(16).padStart(12, '0');
      return `${hex.slice(0, 8)}-${hex.slice(8)}-8000-8000-000000000000`;
    };
    const at = (time: string, received_at: string, host: string) => ({
      tenant,
      time,
      received_at,
      id: id(Date.parse(time)),
      attributes: { device_hostname: host, user_name: 'eve' },
    });
    await test.insert(
      at('2024-03-14T09:00:00Z', '2024-03-14T09:00:01Z', 'h1'),
      at('2024-03-14T09:30:00Z', '2024-03-14T09:26:00Z', 'h2'),
      at('2031-01-01T00:00:00Z', '2024-03-14T09:40:00Z', 'h3'),
    );
    const now = new Date('2024-03-14T12:00:00Z');
    const access = { store: test.store, scope: scopeOf(tenant), signal };
    const context = await readPlanContext(access, now);
    expect(context.newestEvent?.toISOString()).toBe('2024-03-14T09:30:00.000Z');
    expect(context.knownHosts).toEqual(['h1', 'h2', 'h3']);
    expect(context.knownUsers).toEqual(['eve']);
    const empty = await readPlanContext({ ...access, scope: scopeOf('nobody') }, now);
    expect(empty).toEqual({ now, newestEvent: null });
  });
});
