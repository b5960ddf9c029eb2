import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openState, type StateMigration, setStateAside } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(root, 'data-'));

const migrations: readonly StateMigration[] = [{ room: 'a', version: 1, sql: 'CREATE TABLE a (x int4)' }];
const rowsIn = async (folder: string, template?: string) => {
  const state = await openState({ folder, migrations, ...(template === undefined ? {} : { template }) });
  try {
    return (await state.query('SELECT x FROM a ORDER BY x')).map((row) => row.x);
  } finally {
    await state.close();
  }
};

/** A folder with the rows 1 and 2, and a dump that was made after the first. */
const full = newFolder();
const dump = join(root, 'state.tar.zst');
beforeAll(async () => {
  const state = await openState({ folder: full, migrations });
  await state.query('INSERT INTO a VALUES (1)');
  const dumped = state.dump(dump);
  const later = state.query('INSERT INTO a VALUES (2)');
  await Promise.all([dumped, later]);
  await state.close();
});

describe('the data folder of the state', () => {
  it('is made anew when a first start was killed in the middle', async () => {
    const folder = newFolder();
    const making = join(folder, 'making');
    mkdirSync(join(making, 'base'), { recursive: true });
    writeFileSync(join(making, 'PG_VERSION'), '18\n');
    expect(await rowsIn(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['database']);
  });

  it('opens from a dump that was made while others wrote, with what stood in it then', async () => {
    expect(await rowsIn(full)).toEqual([1, 2]);
    expect(await rowsIn(newFolder(), dump)).toEqual([1]);
    expect(readdirSync(root).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('is not made from a dump that is cut short, altered or no dump, nor from none', async () => {
    const packed = readFileSync(dump);
    const altered = Buffer.from(packed);
    altered.writeUInt8(altered.readUInt8(5_000) ^ 0xff, 5_000);
    const files = { cut: packed.subarray(0, packed.length - 1_000), altered, other: Buffer.from('{}') };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
    for (const name of [...Object.keys(files), 'absent']) {
      const folder = newFolder();
      await expect(rowsIn(folder, join(root, name)), name).rejects.toMatchObject({ code: 'state.archive' });
      expect(existsSync(join(folder, 'database'))).toBe(false);
    }
  });

  it('says in a dump that could not be written where it should have gone', async () => {
    const state = await openState({ folder: full, migrations });
    const path = join(root, 'no-such-folder', 'dump');
    await expect(state.dump(path)).rejects.toMatchObject({ code: 'state.archive' });
    expect(await state.query('SELECT count(*) AS n FROM a')).toEqual([{ n: 2 }]);
    await state.close();
  });

  const damages: Readonly<Record<string, (database: string) => void>> = {
    'without its version': (database) => rmSync(join(database, 'PG_VERSION')),
    'without its control file': (database) => rmSync(join(database, 'global', 'pg_control')),
    'with a control file of zeros': (database) =>
      writeFileSync(join(database, 'global', 'pg_control'), Buffer.alloc(8192)),
    'without its log': (database) => rmSync(join(database, 'pg_wal'), { recursive: true }),
    'with its catalogue cut off': (database) => truncateSync(join(database, 'global', '1262'), 0),
    'without its tables': (database) => rmSync(join(database, 'base'), { recursive: true }),
  };

  it.each(Object.entries(damages))(
    '%s is refused with the way out, and starts anew once set aside',
    async (_, harm) => {
      const folder = newFolder();
      cpSync(full, folder, { recursive: true });
      harm(join(folder, 'database'));
      await expect(rowsIn(folder)).rejects.toMatchObject({
        code: 'state.damaged',
        message: expect.stringContaining('tyrian state rebuild'),
      });
      const aside = setStateAside(folder, () => Date.UTC(2024, 4, 1));
      expect(aside).toBe(join(folder, 'database-aside-20240501T000000000Z'));
      expect(await rowsIn(folder)).toEqual([]);
    },
  );

  it('of another Postgres is refused with the way out', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'database'));
    writeFileSync(join(folder, 'database', 'PG_VERSION'), '17\n');
    await expect(rowsIn(folder)).rejects.toMatchObject({
      code: 'state.other_engine',
      message: expect.stringContaining('tyrian state rebuild'),
    });
  });

  it('has nothing to set aside before the first start', () => {
    expect(setStateAside(newFolder(), Date.now)).toBeUndefined();
  });
});
