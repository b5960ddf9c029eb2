/** A backup of a whole Tyrian while records come in, and its restore. */
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createKeys, createSecrets, localPrincipal } from '../src/guard/index.ts';
import { makeBackup, restoreBackup, type Tyrian } from '../src/system/index.ts';
import { groupOf, kindOf, nameOf } from './crash-records.ts';
import { temporaryFolder } from './opened.ts';
import { alertsOf, configAt, ledgerOf, rows, tenant, withOperated, writeBucketRule } from './operated.ts';

const temporary = temporaryFolder('backup');
afterAll(() => temporary.remove());
const at = (name: string) => join(temporary.path, name);

const seed = 7;
const never = new AbortController().signal;
const configOf = (folder: string) => configAt(at(folder), { rules: { folder: at('rules') } });
const withTyrian = <T>(folder: string, work: (tyrian: Tyrian) => Promise<T>) =>
  withOperated(configOf(folder), work);
writeBucketRule(at('rules'));

const backUp = (tyrian: Tyrian, folder: string, target: string) =>
  makeBackup({
    ...{ engine: tyrian, config: configOf(folder), program: 'test', clock: Date.now, signal: never },
    ...{ target: at(target), onStep: async () => {} },
  });
const restore = (backup: string, target: string) =>
  restoreBackup({
    ...{ backup: at(backup), target: at(target), clock: Date.now, signal: never, onProgress: () => {} },
  });

describe('a backup made while records come in', () => {
  let acknowledged = 0;
  let kept: Awaited<ReturnType<typeof before>>;
  let ids: ReadonlyMap<string, string>;

  /** Some records that are done with, a person's work on their alerts, a key and a sealed secret. */
  async function before(tyrian: Tyrian) {
    await tyrian.append(groupOf(seed, 0, 400, Date.now()));
    acknowledged = 400;
    await tyrian.settled(never);
    const by = { id: 'local', name: 'ann' };
    const found = await alertsOf(tyrian);
    for (const { id } of found)
      await tyrian.workflow.alerts.change({
        tenant,
        by,
        id,
        change: { kind: 'status', status: 'closed', verdict: 'benign' },
      });
    const keys = createKeys({ store: tyrian.workflow.keys, random: randomBytes, clock: () => new Date() });
    await keys.issue(localPrincipal(tenant), { name: 'bob', role: 'admin' });
    const sealed = await createSecrets({ folder: tyrian.folder.path, random: randomBytes }).seal('hush');
    const alerts = await alertsOf(tyrian);
    return { alerts, keys: await tyrian.workflow.keys.list(), sealed };
  }

  test('is made in an empty folder, holds off no record and is marked whole at its end', async () => {
    await withTyrian('one', async (tyrian) => {
      kept = await before(tyrian);
      const stop = new AbortController();
      const load = (async () => {
        for (let from = 400; !stop.signal.aborted; from += 25) {
          await tyrian.append(groupOf(seed, from, from + 25, Date.now()));
          acknowledged = from + 25;
        }
      })();
      await expect.poll(() => acknowledged, { timeout: 120_000 }).toBeGreaterThan(1_000);
      const certain = acknowledged;
      const manifest = await backUp(tyrian, 'one', 'backup');
      expect(acknowledged).toBeGreaterThan(certain);
      stop.abort();
      await load;
      expect(manifest.rows.events).toBeGreaterThan(0);
      expect(readdirSync(at('backup')).sort()).toEqual([
        'backup.json',
        'log',
        'secret.key',
        'settings.json',
        'state.tar.zst',
        'store',
        'topics',
        'version.json',
      ]);
      await expect(backUp(tyrian, 'one', 'backup')).rejects.toMatchObject({ code: 'system.backup_target' });
      await expect(backUp(tyrian, 'one', 'one/inside')).rejects.toMatchObject({
        code: 'system.backup_target',
      });
      acknowledged = certain;
      await tyrian.settled(never);
      ids = await idsOf(tyrian);
    });
  }, 240_000);

  const idsOf = async (tyrian: Tyrian) =>
    new Map(
      (await rows(tyrian, 'SELECT metadata_uid AS name, hex(event_id) AS id FROM events')).map((row) => [
        String(row.name),
        String(row.id),
      ]),
    );

  test('restores everything that was acknowledged before, once, with alerts, keys and secrets', async () => {
    await restore('backup', 'two');
    await withTyrian('two', async (tyrian) => {
      await tyrian.settled(never);
      const stored = await rows(
        tyrian,
        'SELECT metadata_uid AS name, count() AS n FROM events GROUP BY name',
      );
      expect(stored.filter(({ n }) => n !== '1')).toEqual([]);
      const names = new Set(stored.map(({ name }) => name));
      const indexes = Array.from({ length: acknowledged }, (_, index) => index);
      const wanted = indexes
        .filter((index) => kindOf(seed, index) !== 'broken')
        .map((index) => nameOf(seed, index));
      expect(wanted.filter((name) => !names.has(name))).toEqual([]);
      const [dead] = await rows(
        tyrian,
        'SELECT count() AS n, uniqExact(partition, offset, sub) AS places FROM dead_letters',
      );
      expect(Number(dead?.n)).toBeGreaterThanOrEqual(
        indexes.filter((index) => kindOf(seed, index) === 'broken').length,
      );
      expect(dead?.places).toBe(dead?.n);
      expect((await ledgerOf(tyrian)).total).toMatchObject({ balanced: true, in_flight: 0 });

      for (const [name, id] of await idsOf(tyrian)) expect(id, name).toBe(ids.get(name));
      const alerts = new Map((await alertsOf(tyrian)).map((alert) => [alert.id, alert]));
      expect(kept.alerts.length).toBeGreaterThan(0);
      // A rule's totals go on with the records that came meanwhile.
      const own = (alert: (typeof kept.alerts)[number] | undefined) => ({ ...alert, rule_totals: undefined });
      for (const alert of kept.alerts) expect(own(alerts.get(alert.id))).toEqual(own(alert));
      expect(await tyrian.workflow.keys.list()).toEqual(kept.keys);
      expect(await createSecrets({ folder: at('two'), random: randomBytes }).open(kept.sealed)).toBe('hush');
    });
  }, 240_000);

  test('is refused when a byte of it was turned, a file is gone or it has no end', async () => {
    const files = (
      JSON.parse(readFileSync(join(at('backup'), 'backup.json'), 'utf8')) as {
        files: { path: string; bytes: number }[];
      }
    ).files;
    const largest = files.toSorted((a, b) => b.bytes - a.bytes)[0]?.path ?? '';
    const spoil = async (name: string, change: (folder: string) => void) => {
      cpSync(at('backup'), at(name), { recursive: true, verbatimSymlinks: true });
      change(at(name));
      await expect(restore(name, `${name}-target`)).rejects.toMatchObject({ code: 'system.backup_broken' });
      expect(
        readdirSync(temporary.path).includes(`${name}-target`) ? readdirSync(at(`${name}-target`)) : [],
      ).toEqual([]);
      rmSync(at(name), { recursive: true });
    };
    await spoil('turned', (folder) => {
      const bytes = readFileSync(join(folder, largest));
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(join(folder, largest), bytes);
    });
    await spoil('lacking', (folder) => rmSync(join(folder, largest)));
    await spoil('endless', (folder) => rmSync(join(folder, 'backup.json')));
    await expect(restore('backup', 'two')).rejects.toMatchObject({ code: 'system.restore_target' });
  }, 240_000);
});
