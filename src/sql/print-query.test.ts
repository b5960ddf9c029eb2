import { mkdtempSync, rmSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainPending, Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  rows,
  secrets,
  snapshot,
  superseded,
  supersededRows,
  type Thing,
  tables,
  things,
  visible,
} from './fixture.suite.ts';
import {
  type Condition,
  grantReadScope,
  type Measure,
  printCreateTable,
  printInsert,
  printQuery,
  printSettings,
  type Query,
  type ReadScope,
} from './index.ts';
import { microsOf } from './literal.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-sql-'));
const session = new Session(folder);
const scope = grantReadScope('acme', snapshot);
const settings = printSettings({
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 1,
  use_query_condition_cache: 0,
});

const print = (query: Query) => printQuery(query, { scope, tables });
const run = (query: Query): unknown[][] =>
  JSON.parse(session.query(`${print(query)} ${settings}`, 'JSONCompact').toString()).data;
const all = { kind: 'table', name: 'things' } as const;

beforeAll(() => {
  for (const table of [things, superseded, secrets]) session.query(printCreateTable(table));
  session.query(
    printInsert(
      things,
      rows.map((row) => ({ ...row })),
    ),
  );
  session.query(printInsert(superseded, supersededRows));
});
afterAll(async () => {
  session.close();
  await drainPending();
  rmSync(folder, { recursive: true, force: true });
});

/** The meaning of a condition, said a second time in JavaScript. */
function holds(row: Thing, condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every((inner) => holds(row, inner));
    case 'or':
      return condition.conditions.some((inner) => holds(row, inner));
    case 'not':
      return !holds(row, condition.condition);
    case 'between':
      return (
        holds(row, { kind: 'gte', column: condition.column, value: condition.from }) &&
        holds(row, { kind: 'lte', column: condition.column, value: condition.to })
      );
    case 'in':
      return condition.values.some((value) =>
        holds(row, {
          kind: 'eq',
          column: condition.column,
          value,
          ignoreCase: condition.ignoreCase ?? false,
        }),
      );
    case 'in-select':
      throw new Error('not drawn here');
    case 'cidr':
      return inNetwork(row.address, condition.network);
    case 'has':
      return row.tags.some((tag) => same(tag, condition.value, condition.ignoreCase));
    case 'is-null':
      return cellOf(row, condition.column) === null;
    case 'is-empty': {
      const cell = cellOf(row, condition.column);
      return cell === null || cell === '' || (Array.isArray(cell) && cell.length === 0);
    }
    case 'contains':
    case 'starts':
    case 'ends':
    case 'like': {
      const cell = cellOf(row, condition.column);
      const texts = (Array.isArray(cell) ? cell : [cell]) as readonly string[];
      return texts.some((text) => matches(text.toLowerCase(), condition.kind, condition.text.toLowerCase()));
    }
    default: {
      const cell = cellOf(row, condition.column);
      if (cell === null) return false;
      const value = condition.column === 'time' ? microsOf(condition.value as string) : condition.value;
      if (typeof cell === 'string') {
        const order = Buffer.compare(Buffer.from(cell), Buffer.from(value as string));
        if (condition.kind === 'eq') return same(cell, value as string, condition.ignoreCase);
        return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[condition.kind];
      }
      const [left, right] = [BigInt(cell as bigint), BigInt(value as bigint)];
      return {
        eq: left === right,
        lt: left < right,
        lte: left <= right,
        gt: left > right,
        gte: left >= right,
      }[condition.kind];
    }
  }
}

const cellOf = (row: Thing, column: string) => row[column as keyof Thing];
const same = (left: string, right: string, ignoreCase?: boolean) =>
  ignoreCase ? left.toLowerCase() === right.toLowerCase() : left === right;

function inNetwork(address: string, network: string): boolean {
  const version = isIP(address);
  const [base = '', bits = ''] = network.split('/');
  if (version === 0 || version !== isIP(base)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function matches(text: string, kind: 'contains' | 'starts' | 'ends' | 'like', wanted: string): boolean {
  if (kind === 'contains') return text.includes(wanted);
  if (kind === 'starts') return text.startsWith(wanted);
  if (kind === 'ends') return text.endsWith(wanted);
  const tokens = wanted.match(/\\[*?\\]|[\s\S]/gu) ?? [];
  const source = tokens.map((token) => {
    if (token === '*') return '[\\s\\S]*';
    if (token === '?') return '[\\s\\S]';
    return (token.length > 1 ? token.slice(1) : token).replace(
      /[^\p{L}\p{N}]/gu,
      (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`,
    );
  });
  return new RegExp(`^${source.join('')}$`, 'u').test(text);
}

const texts = fc.oneof(
  fc.constantFrom(...rows.slice(0, 40).map((row) => row.name)),
  fc.constantFrom('shell', 'POWER', '.exe', '%', '_', '\\', "'", 'Ä', 'c:\\temp', '\0', '\n', ''),
);
const moments = fc.constantFrom(
  '2020-09-13T12:26:40Z',
  '2020-09-13T12:27:00.000000Z',
  '2020-09-13T12:27:29.5Z',
);
const sizes = fc.constantFrom<number | bigint>(0, 1, 2, 9_007_199_254_740_992n, 18_446_744_073_709_551_615n);
const compares = fc.constantFrom('eq' as const, 'lt' as const, 'lte' as const, 'gt' as const, 'gte' as const);
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: compares, column: fc.constant('name'), value: texts }),
  fc.record({ kind: compares, column: fc.constant('size'), value: sizes }),
  fc.record({ kind: compares, column: fc.constant('time'), value: moments }),
  fc.record({
    kind: fc.constant('eq' as const),
    column: fc.constant('name'),
    value: texts,
    ignoreCase: fc.constant(true),
  }),
  fc.record({ kind: fc.constant('between' as const), column: fc.constant('size'), from: sizes, to: sizes }),
  fc.record({
    kind: fc.constant('between' as const),
    column: fc.constant('time'),
    from: moments,
    to: moments,
  }),
  fc.record({
    kind: fc.constant('in' as const),
    column: fc.constant('name'),
    values: fc.array(texts, { maxLength: 3 }),
    ignoreCase: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('in' as const),
    column: fc.constant('size'),
    values: fc.array(sizes, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('contains' as const, 'starts' as const, 'ends' as const),
    column: fc.constantFrom('name', 'tags'),
    text: texts,
  }),
  fc.record({
    kind: fc.constant('like' as const),
    column: fc.constant('name'),
    text: fc.string({
      unit: fc.constantFrom('*', '?', '\\', 'p', 'E', '.', '%', '_', 'Ä', "'"),
      maxLength: 6,
    }),
  }),
  fc.record({
    kind: fc.constant('cidr' as const),
    column: fc.constant('address'),
    network: fc.constantFrom('10.0.0.0/8', '0.0.0.0/0', '10.0.0.1/32', '::/0', 'fe80::/10', '::1/128'),
  }),
  fc.record({
    kind: fc.constant('has' as const),
    column: fc.constant('tags'),
    value: fc.constantFrom('a', 'A', 'b%', ''),
    ignoreCase: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('is-empty' as const, 'is-null' as const),
    column: fc.constantFrom('name', 'time', 'size', 'tags'),
  }),
);
const conditions: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      conditions: fc.array(tie('tree'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), condition: tie('tree') }),
  ),
})).tree;

describe('conditions', () => {
  it('select in the engine exactly the rows that they select in words', () => {
    fc.assert(
      fc.property(conditions, (where) => {
        const found = run({ kind: 'rows', from: all, columns: ['id'], where, limit: 1000 }).map(([id]) => id);
        const wanted = visible.filter((row) => holds(row, where)).map((row) => uuid(row.id));
        expect(found).toEqual(wanted.sort());
      }),
      { numRuns: 400 },
    );
  });

  it('fit the type of the column, or are refused', () => {
    const refused: Condition[] = [
      { kind: 'contains', column: 'size', text: '1' },
      { kind: 'cidr', column: 'size', network: '10.0.0.0/8' },
      { kind: 'has', column: 'name', value: 'a' },
      { kind: 'eq', column: 'tags', value: 'a' },
      { kind: 'lt', column: 'name', value: 'a', ignoreCase: true },
    ];
    for (const where of refused) {
      const query = { kind: 'rows', from: all, columns: ['id'], where, limit: 1 } as const;
      expect(() => print(query), where.kind).toThrow(expect.objectContaining({ code: 'sql.type' }));
    }
  });
});

const byText = (left: string, right: string) => (left < right ? -1 : 1);
const byValue = (left: bigint, right: bigint) => Number(left - right);
const uuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Queries within queries, as sources and as sets. */
const nested: fc.Arbitrary<Query> = fc.letrec<{ query: Query }>((tie) => {
  const from = fc.oneof(
    { maxDepth: 4 },
    fc.constant(all),
    fc.record({
      kind: fc.constant('select' as const),
      query: tie('query'),
    }),
  );
  const where: fc.Arbitrary<Condition> = fc.oneof(
    { maxDepth: 4 },
    fc.constant<Condition>({ kind: 'is-empty', column: 'name' }),
    fc.record({ kind: fc.constant('in-select' as const), column: fc.constant('name'), query: tie('query') }),
  );
  return {
    query: fc.oneof(
      fc.record({
        kind: fc.constant('rows' as const),
        from,
        columns: fc.constant(['name']),
        where,
        limit: fc.integer({ min: 1, max: 50 }),
      }),
      fc.record({
        kind: fc.constant('groups' as const),
        from,
        keys: fc.constant([{ kind: 'column' as const, column: 'name', as: 'name' }]),
        measures: fc.constant<Measure[]>([]),
        where,
        limit: fc.integer({ min: 1, max: 50 }),
      }),
    ),
  };
}).query;

/** Counted in the query, not in the text. */
function tableReferences(query: Query): number {
  const own = query.from.kind === 'table' ? 1 : tableReferences(query.from.query);
  return own + (query.where?.kind === 'in-select' ? tableReferences(query.where.query) : 0);
}

const occurrences = (text: string, part: string) => text.split(part).length - 1;

describe('scope', () => {
  it('stands in every table reference: k references, k tenants, k snapshots', () => {
    fc.assert(
      fc.property(nested, (query) => {
        const text = print(query);
        const references = tableReferences(query);
        expect(occurrences(text, '`things` AS ')).toBe(references);
        // Each reference to `things` brings one to `superseded`, which carries the scope as well.
        expect(occurrences(text, '`superseded` AS ')).toBe(references);
        expect(occurrences(text, ".`tenant` = 'acme'")).toBe(2 * references);
        expect(occurrences(text, ".`stored` <= toDateTime64('2023-11-14 22:13:20.000', 3, 'UTC')")).toBe(
          references,
        );
        expect(
          occurrences(text, ".`superseded_at` <= toDateTime64('2023-11-14 22:13:20.000', 3, 'UTC')"),
        ).toBe(references);
        for (const [name] of run(query)) expect(visible.some((row) => row.name === name)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("shows another tenant's rows to no condition that always holds", () => {
    const always: Condition = { kind: 'or', conditions: [{ kind: 'and', conditions: [] }] };
    const found = run({ kind: 'rows', from: all, columns: ['tenant', 'batch'], where: always, limit: 1000 });
    expect(new Set(found.map(([tenant]) => tenant))).toEqual(new Set(['acme']));
    expect(found.length).toBe(visible.length);
  });

  it('leaves out what was superseded by then, and only then', () => {
    const query = {
      kind: 'groups',
      from: all,
      keys: [{ kind: 'column', column: 'batch', as: 'batch' }],
      measures: [],
      limit: 100,
    } as const;
    const batchesAt = (at: number) => {
      const text = printQuery(query, { scope: grantReadScope('acme', at), tables });
      return session.query(text, 'TSV').trim().split('\n').map(Number);
    };
    expect(batchesAt(snapshot)).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(batchesAt(snapshot + 10)).toEqual([0, 1, 2, 5, 6, 7]);
    expect(batchesAt(snapshot - 11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('is refused unless it was granted', () => {
    const forged = { tenant: 'globex', snapshot } as ReadScope;
    const query = { kind: 'rows', from: all, columns: ['id'], limit: 1 } as const;
    expect(() => printQuery(query, { scope: forged, tables })).toThrow(
      expect.objectContaining({ code: 'sql.scope' }),
    );
    expect(() => grantReadScope('', snapshot)).toThrow(expect.objectContaining({ code: 'sql.scope' }));
  });

  it('keeps queries out of tables that have no tenant, and of tables that are not declared', () => {
    for (const name of ['secrets', 'system.tables', 'things` AS t, `secrets']) {
      const query = { kind: 'rows', from: { kind: 'table', name }, columns: ['tenant'], limit: 1 } as const;
      expect(() => print(query), name).toThrow(expect.objectContaining({ code: 'sql.table' }));
    }
  });
});

describe('groups', () => {
  it('measure what plain counting measures', () => {
    const measures: Measure[] = [
      { kind: 'count', as: 'n' },
      { kind: 'count-if', where: { kind: 'is-null', column: 'size' }, as: 'sizeless' },
      { kind: 'uniq-exact', column: 'id', as: 'ids' },
      { kind: 'sum', column: 'size', as: 'sum' },
      { kind: 'min', column: 'time', as: 'time' },
      { kind: 'values', column: 'address', limit: 3, as: 'addresses' },
      { kind: 'at-max', column: 'id', by: 'time', as: 'id' },
      { kind: 'quantile-exact', column: 'size', level: 0.5, as: 'median' },
    ];
    const keys = [{ kind: 'column', column: 'name', as: 'name' }] as const;
    const found = run({ kind: 'groups', from: all, keys, measures, limit: 100 });
    const names = [...new Set(visible.map((row) => row.name))].sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    expect(found.map(([name]) => name)).toEqual(names);
    for (const [name, n, sizeless, ids, sum, time, addresses, id] of found) {
      const group = visible.filter((row) => row.name === name);
      const sizes = group.flatMap((row) => (row.size === null ? [] : [row.size]));
      const times = group.flatMap((row) => (row.time === null ? [] : [row.time]));
      const [earliest, latest] = [times.toSorted(byValue)[0], times.toSorted(byValue).at(-1)];
      const last = group.filter((row) => row.time === latest).map((row) => uuid(row.id));
      expect([n, sizeless, ids]).toEqual(
        [group.length, group.length - sizes.length, group.length].map(String),
      );
      expect(sum).toBe(sizes.reduce((left, right) => left + right, 0n).toString());
      expect(microsOf(time as string)).toBe(earliest);
      expect(addresses).toEqual([...new Set(group.map((row) => row.address))].sort(byText).slice(0, 3));
      expect(id).toBe(last.sort().at(-1));
    }
  });

  it('of nothing are one row that claims nothing', () => {
    const where: Condition = { kind: 'eq', column: 'name', value: 'nobody' };
    const measures: Measure[] = [
      { kind: 'count', as: 'n' },
      { kind: 'min', column: 'time', as: 'first' },
      { kind: 'max', column: 'stored', as: 'last' },
      { kind: 'max', column: 'name', as: 'name' },
      { kind: 'at-min', column: 'name', by: 'time', as: 'who' },
    ];
    expect(run({ kind: 'groups', from: all, keys: [], measures, where, limit: 1 })).toEqual([
      ['0', null, null, null, null],
    ]);
  });

  it('by time are cut to whole intervals, before 1970 and after 2106 too', () => {
    const keys = [{ kind: 'bucket', column: 'time', seconds: 7, as: 'time' }] as const;
    const query: Query = {
      kind: 'groups',
      from: all,
      keys,
      measures: [{ kind: 'count', as: 'n' }],
      limit: 1000,
    };
    const wanted = new Map<bigint | null, number>();
    for (const { time } of visible) {
      const bucket = time === null ? null : time - (time % 7_000_000n);
      wanted.set(bucket, (wanted.get(bucket) ?? 0) + 1);
    }
    const found = run(query).map(([time, n]) => [time === null ? null : microsOf(time as string), Number(n)]);
    expect(new Map(found as [bigint | null, number][])).toEqual(wanted);
    const [text] = /fromUnixTimestamp64Micro\(.*?'UTC'\)/.exec(print(query)) ?? [];
    const at = (moment: string) =>
      session
        .query(`SELECT ${text?.replaceAll('t0.`time`', `toDateTime64('${moment}', 6, 'UTC')`)}`, 'TSVRaw')
        .trim();
    expect(at('1969-12-31 23:59:59.999999')).toBe('1969-12-31 23:59:53.000000');
    expect(at('2200-01-01 00:00:03.000000')).toBe('2199-12-31 23:59:59.000000');
  });

  it('filter and order by their outputs, even by one that is named like a column', () => {
    const query: Query = {
      kind: 'groups',
      from: all,
      keys: [{ kind: 'column', column: 'name', as: 'address' }],
      measures: [{ kind: 'count', as: 'name' }],
      having: { kind: 'gt', column: 'name', value: 15 },
      orderBy: [{ column: 'name', direction: 'desc' }],
      limit: 3,
    };
    const counts = run(query).map(([, n]) => Number(n));
    expect(counts).toEqual([...counts].sort((left, right) => right - left));
    expect(Math.min(...counts)).toBeGreaterThan(15);
  });
});

describe('order', () => {
  it('is decided to the last row, whatever the engine does with ties', () => {
    const query: Query = {
      kind: 'rows',
      from: all,
      columns: ['id', 'time'],
      orderBy: [{ column: 'time', direction: 'desc' }],
      limit: 1000,
    };
    const micros = (row: Thing) => (row.time === null ? -1n : row.time);
    const wanted = [...visible].sort((a, b) =>
      micros(a) === micros(b) ? (a.id < b.id ? 1 : -1) : micros(a) < micros(b) ? 1 : -1,
    );
    expect(run(query).map(([id]) => id)).toEqual(wanted.map((row) => uuid(row.id)));
  });
});

describe('bounds', () => {
  const base = { kind: 'rows', from: all, columns: ['id'], limit: 1 } as const;

  it('refuse limits, depths and texts beyond them', () => {
    const deep = (depth: number): Condition =>
      depth === 0 ? { kind: 'is-empty', column: 'name' } : { kind: 'not', condition: deep(depth - 1) };
    const queries: Query[] = [
      { ...base, limit: 0 },
      { ...base, limit: 1e9 },
      { ...base, where: deep(100) },
      { ...base, where: { kind: 'contains', column: 'name', text: 'x'.repeat(300_000) } },
    ];
    for (const query of queries)
      expect(() => print(query)).toThrow(expect.objectContaining({ code: 'sql.bound' }));
    expect(run({ ...base, where: deep(60) })).toBeDefined();
  });

  it('refuse columns that are not there, and two outputs of one name', () => {
    for (const columns of [['nothing'], ['id', 'id'], [], ['__proto__'], ['id` FROM secrets --']]) {
      expect(() => print({ ...base, columns })).toThrow(expect.objectContaining({ code: 'sql.column' }));
    }
  });
});
