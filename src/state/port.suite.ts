/** What every twin of the state keeps. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { State, StateMigration } from './port.ts';

/** Data that can be opened several times, one after the other. */
export interface StateData {
  open(migrations: readonly StateMigration[], more?: { readonly waiting?: number }): Promise<State>;
}

const tables: readonly StateMigration[] = [
  {
    room: 'suite',
    version: 1,
    sql: `CREATE TABLE items (name text PRIMARY KEY, n int8 NOT NULL DEFAULT 0);
      CREATE TABLE wide (id int4, i2 int2, i4 int4, i8 int8, f8 float8, num numeric, flag bool, words text[], whole int8[],
        bytes bytea, body jsonb, at timestamptz, day date, key uuid, label text);`,
  },
];

/** A promise and the function that resolves it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Runs the suite; each call of `create` gives new, empty data. */
export function stateSuite(name: string, create: () => StateData): void {
  describe(name, () => {
    let data: StateData;
    let state: State;
    beforeAll(async () => {
      data = create();
      state = await data.open(tables, { waiting: 2 });
    });
    beforeEach(() => state.query('DELETE FROM items').then(() => undefined));
    afterAll(() => state.close());

    const names = async () =>
      (await state.query('SELECT name FROM items ORDER BY name')).map((row) => row.name);

    it('reads every type the way the port says', async () => {
      await state.query(
        `INSERT INTO wide VALUES (1, -5, 6, 9007199254740991, 0.5, 12345678901234567890.5, true, $1, $2, $3, $4,
          '2024-05-01 14:00:00.123987+02', '2024-05-01', $5, $6)`,
        [
          ['a', 'b,"\\', '', 'NULL'],
          [1, 2],
          new Uint8Array([0, 127, 255]),
          { list: [1, { deep: null }] },
          '6f1c2f8e-6a53-4b0e-9d3b-0f1d2c3b4a59',
          'naïve 漢字 🙂',
        ],
      );
      const [row] = await state.query('SELECT * FROM wide WHERE id = 1');
      expect(row).toEqual({
        id: 1,
        i2: -5,
        i4: 6,
        i8: 9_007_199_254_740_991,
        f8: 0.5,
        num: '12345678901234567890.5',
        flag: true,
        words: ['a', 'b,"\\', '', 'NULL'],
        whole: [1, 2],
        bytes: new Uint8Array([0, 127, 255]),
        body: { list: [1, { deep: null }] },
        at: '2024-05-01T12:00:00.123Z',
        day: '2024-05-01',
        key: '6f1c2f8e-6a53-4b0e-9d3b-0f1d2c3b4a59',
        label: 'naïve 漢字 🙂',
      });
      const [counted] = await state.query('SELECT count(*) AS n, NULL AS nothing FROM wide');
      expect(counted).toEqual({ n: 1, nothing: null });
    });

    it('refuses an int8 that a number cannot hold, also within an array, and gives it as text when asked', async () => {
      const refused = expect.objectContaining({ code: 'state.number_too_large' });
      await expect(state.query('SELECT 9007199254740993::int8 AS n')).rejects.toEqual(refused);
      await expect(state.query("SELECT '{1,-9007199254740993}'::int8[] AS n")).rejects.toEqual(refused);
      expect(await state.query('SELECT 9007199254740993::int8::text AS n')).toEqual([
        { n: '9007199254740993' },
      ]);
    });

    it('takes objects and lists as jsonb, text for it as written JSON, and lists for ANY', async () => {
      const bodies = [
        { a: 1 },
        [{ a: 1 }, { b: [] }],
        [],
        ['a'],
        [1, 2],
        7,
        true,
        '"text"',
        '{"a": [1]}',
      ] as const;
      const read = [];
      for (const body of bodies) read.push((await state.query('SELECT $1::jsonb AS body', [body]))[0]?.body);
      expect(read).toEqual([...bodies.slice(0, 7), 'text', { a: [1] }]);
      const [found] = await state.query('SELECT $1 = ANY($2::text[]) AS yes, 3 = ANY($3::int8[]) AS no', [
        'b',
        ['a', 'b'],
        [1, 2],
      ]);
      expect(found).toEqual({ yes: true, no: false });
      const none = await state.query('SELECT 1 AS x WHERE $1 = ANY($2::text[])', ['b', []]);
      expect(none).toEqual([]);
    });

    it('gives text lists and JSON back as they were', async () => {
      const text = fc.string({
        unit: fc.constantFrom('a', '"', '\\', ',', '{', '}', ' ', "'", 'ü', '🙂', '\n', 'N'),
      });
      // Keys without escapes: after a key that ends in a backslash, V8 13.6 reads a key with an escape in its place as the same.
      const key = fc.string({ unit: fc.constantFrom('a', ',', '{', '}', ' ', "'", 'ü', '🙂') });
      const body = fc.dictionary(
        key,
        fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text)),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(text), body, async (words, json) => {
          const [row] = await state.query('SELECT $1::text[] AS words, $2::jsonb AS json', [words, json]);
          expect(row).toEqual({ words, json: { ...json } });
        }),
        { numRuns: 60 },
      );
    });

    it('stores text that Postgres cannot hold with U+FFFD in its place', async () => {
      const bad = 'a\0b\ud800';
      const [row] = await state.query('SELECT $1::text AS t, $2::jsonb AS j, $3::text[] AS l', [
        bad,
        { [bad]: [bad, '\\u0000', { x: bad }] },
        [bad],
      ]);
      const good = 'a\ufffdb\ufffd';
      expect(row).toEqual({ t: good, j: { [good]: [good, '\\u0000', { x: good }] }, l: [good] });
    });

    it('tells a taken key from other refusals, and quotes no value', async () => {
      await state.query('INSERT INTO items VALUES ($1)', ['secret-name']);
      const error = await state
        .query('INSERT INTO items VALUES ($1)', ['secret-name'])
        .catch((e: unknown) => e);
      expect(error).toMatchObject({
        code: 'state.conflict',
        status: 409,
        details: { sqlstate: '23505', table: 'items' },
      });
      const refused = [
        ['SELECT $1::uuid', 'secret-name', '22P02'],
        ['SELECT $1::int4', 'secret-name', '22P02'],
        ['SELECT $1::timestamptz', 'secret-name', '22007'],
        ['SELECT $1::jsonb', 'secret-name', '22P02'],
        ['SELECT 1 / (length($1) - 11)', 'secret-name', '22012'],
        ['SELECT $1 FROM nowhere', 'secret-name', '42P01'],
      ] as const;
      const errors = [error];
      for (const [sql, value, sqlstate] of refused) {
        const thrown = await state.query(sql, [value]).catch((e: unknown) => e);
        expect(thrown).toMatchObject({ code: 'state.query', details: { sqlstate } });
        errors.push(thrown);
      }
      const said = errors.map((e) =>
        e instanceof Error ? `${e.message} ${e.stack} ${JSON.stringify(e)} ${e.cause}` : '',
      );
      expect(said.filter((words) => words.includes('secret'))).toEqual([]);
    });

    it('refuses what is nested too deep, and goes on', async () => {
      const nested = (depth: number) => `${'[{"a":"]\\\\"}, '.repeat(depth)}1${']'.repeat(depth)}`;
      expect(await state.query('SELECT $1::jsonb IS NULL AS no', [nested(999)])).toEqual([{ no: false }]);
      const sum = `SELECT ${'1 + '.repeat(20_000)}1`;
      for (const [sql, body] of [
        ['SELECT $1::jsonb', nested(1_000)],
        ['SELECT $1::jsonb', '['.repeat(500_000)],
        [sum, undefined],
      ] as const)
        await expect(state.query(sql, body === undefined ? [] : [body])).rejects.toMatchObject({
          code: 'state.query',
        });
      expect(await state.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('refuses a statement that is none', async () => {
      for (const sql of ['', ' ; ', '-- nothing', '/* nothing */'])
        await expect(state.query(sql)).rejects.toMatchObject({ code: 'state.query' });
    });

    it('refuses a parameter of a kind that the statement does not want', async () => {
      const refused = expect.objectContaining({ code: 'state.query' });
      await expect(state.query('SELECT $1::text', [{ a: 1 }])).rejects.toEqual(refused);
      await expect(state.query('SELECT $1::bytea', ['text'])).rejects.toEqual(refused);
      await expect(state.query('SELECT $1::int4, $2::int4', [1])).rejects.toEqual(refused);
      expect(await state.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('keeps all of a transaction, and lets nothing else see it half-done', async () => {
      const half = gate();
      const done = state.transaction(async (session) => {
        await session.query("INSERT INTO items VALUES ('a')");
        await half.opened;
        await session.query("INSERT INTO items VALUES ('b')");
        return 'kept';
      });
      const seen = names();
      half.open();
      expect(await done).toBe('kept');
      expect(await seen).toEqual(['a', 'b']);
    });

    it('undoes a transaction whose work throws, and throws the same on', async () => {
      const reason = new Error('no');
      const failing = state.transaction(async (session) => {
        await session.query("INSERT INTO items VALUES ('a')");
        throw reason;
      });
      await expect(failing).rejects.toBe(reason);
      expect(await names()).toEqual([]);
    });

    it('undoes a transaction that swallowed a failed statement, and says so', async () => {
      const swallowing = state.transaction(async (session) => {
        await session.query("INSERT INTO items VALUES ('a')");
        await session.query('SELECT 1 / 0').catch(() => undefined);
      });
      await expect(swallowing).rejects.toMatchObject({ code: 'state.query' });
      expect(await names()).toEqual([]);
    });

    it('undoes a transaction whose signal aborts, though its work never ends', async () => {
      const controller = new AbortController();
      const reason = new Error('gone');
      const stuck = state.transaction(
        async (session) => {
          await session.query("INSERT INTO items VALUES ('a')");
          controller.abort(reason);
          await new Promise(() => undefined);
        },
        { signal: controller.signal },
      );
      await expect(stuck).rejects.toBe(reason);
      expect(await names()).toEqual([]);
    });

    it('refuses the session of a transaction that has ended', async () => {
      const session = await state.transaction(async (inner) => inner);
      await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'state.transaction_over' });
    });

    it('refuses a statement past the session of the transaction around it, but not after it', async () => {
      let later: (() => Promise<unknown>) | undefined;
      const nested = state.transaction(async () => {
        later = () => state.query('SELECT 1 AS one');
        await state.query('SELECT 1');
      });
      await expect(nested).rejects.toMatchObject({ code: 'state.nested' });
      const lateNested = await state.transaction(async () => ({ done: true }));
      expect(lateNested).toEqual({ done: true });
      expect(await later?.()).toEqual([{ one: 1 }]);
    });

    it('lets so many wait and refuses the next; who aborts while waiting leaves without a trace', async () => {
      const holding = gate();
      const begun = gate();
      const held = state.transaction(async () => {
        begun.open();
        await holding.opened;
      });
      await begun.opened;
      const controller = new AbortController();
      const leaving = state.query("INSERT INTO items VALUES ('left')", [], { signal: controller.signal });
      const staying = state.query("INSERT INTO items VALUES ('stayed')");
      await expect(state.query('SELECT 1')).rejects.toMatchObject({ code: 'state.busy', retryable: true });
      controller.abort(new Error('left'));
      await expect(leaving).rejects.toThrow('left');
      holding.open();
      await Promise.all([held, staying]);
      expect(await names()).toEqual(['stayed']);
    });

    it('refuses more rows than its bound', async () => {
      await expect(state.query('SELECT g FROM generate_series(1, 100001) g')).rejects.toMatchObject({
        code: 'state.too_many_rows',
      });
    });
  });

  describe(`${name}, opened again`, () => {
    const step = (version: number, sql: string, room = 'a'): StateMigration => ({ room, version, sql });
    const first = step(1, 'CREATE TABLE a1 (x int4)');
    const second = step(2, 'INSERT INTO a1 VALUES (1); INSERT INTO a1 VALUES (2)');
    let data: StateData;
    beforeAll(async () => {
      data = create();
      const state = await data.open([second, first]);
      await state.close();
    });

    it('runs each step once, in order, and only what is new', async () => {
      const other = step(1, 'CREATE TABLE b1 AS SELECT count(*) AS n FROM a1', 'b');
      const state = await data.open([first, second, other]);
      expect(await state.query('SELECT n FROM b1')).toEqual([{ n: 2 }]);
      const listed = await state.query('SELECT room, version FROM schema_migrations ORDER BY room, version');
      expect(listed.map((row) => `${row.room}${row.version}`)).toEqual(['a1', 'a2', 'b1']);
      await state.query('DROP TABLE b1');
      await state.query("DELETE FROM schema_migrations WHERE room = 'b'");
      await state.close();
    });

    it('undoes a step that fails, and leaves it to be run again', async () => {
      const failing = step(3, 'CREATE TABLE a3 (x int4); SELECT 1 / 0');
      await expect(data.open([first, second, failing])).rejects.toMatchObject({ code: 'state.query' });
      const state = await data.open([first, second]);
      expect(await state.query("SELECT to_regclass('a3') AS a3")).toEqual([{ a3: null }]);
      await state.close();
    });

    it('refuses a changed step, a newer program, a step that comes too late and a doubled one', async () => {
      const cases = [
        [[first, step(2, 'SELECT 1')], 'state.migration_changed'],
        [[first], 'state.newer'],
        [[first, second, step(0, 'SELECT 1')], 'state.migration_order'],
        [[first, second, second], 'state.migration_order'],
      ] as const;
      for (const [migrations, code] of cases)
        await expect(data.open(migrations)).rejects.toMatchObject({ code });
    });

    it('when it closes, it finishes what runs and refuses what waits or comes', async () => {
      const state = await data.open([first, second]);
      const holding = gate();
      const begun = gate();
      const held = state.transaction(async (session) => {
        begun.open();
        await holding.opened;
        return await session.query('SELECT count(*) AS n FROM a1');
      });
      await begun.opened;
      const waiting = expect(state.query('SELECT 1')).rejects.toMatchObject({ code: 'state.closed' });
      const closed = state.close();
      await waiting;
      holding.open();
      expect(await held).toEqual([{ n: 2 }]);
      await closed;
      await expect(state.query('SELECT 1')).rejects.toMatchObject({ code: 'state.closed' });
    });
  });
}
