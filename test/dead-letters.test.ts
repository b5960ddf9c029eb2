/** Dead letters received again after their mapping was mended: what becomes of them, and what the ledger says. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordGroup } from '../src/contracts/index.ts';
import { localPrincipal, readScopeOf } from '../src/guard/index.ts';
import { createJobs } from '../src/jobs/index.ts';
import type { Tyrian } from '../src/system/index.ts';
import { composeOperations } from '../src/system/operations.ts';
import { temporaryFolder } from './opened.ts';
import { configAt, ledgerOf, quiet, rows, tenant, withOperated } from './operated.ts';

const temporary = temporaryFolder('dead-letters');
afterAll(() => temporary.remove());
const sources = join(temporary.path, 'sources');
const never = new AbortController().signal;
const receivedAt = Date.now() - 5_000;

/** A source of doors; version 1 wants a badge of each record. */
function writeMapping(version: 1 | 2): void {
  mkdirSync(join(sources, 'door'), { recursive: true });
  writeFileSync(
    join(sources, 'door', 'mapping.yaml'),
    `source: door
version: ${version}
title: Doors of the house
forms:
  flat:
    recognise:
      - has: [door, passed]
    paths:
      when: at
required: [${version === 1 ? 'badge' : 'door'}]
time:
  - { field: when, formats: [iso], zone: { known: '+00:00' } }
essential: [door, passed]
classify:
  by: passed
  default: { class: 3001, activity: 99 }
  kinds:
    'yes': { class: 3001, activity: 1 }
attributes:
  message: door
  metadata_uid: door
`,
  );
}

const record = (door: string, badge = false) =>
  JSON.stringify({ door, passed: 'yes', at: '2026-11-20T10:00:00Z', ...(badge ? { badge: 7 } : {}) });

/** One group; `scheme` connection has no seed: nothing but its place tells its records apart. */
function groupOf(records: readonly string[], scheme: RecordGroup['scheme'] = 'connection'): RecordGroup {
  return {
    ...{ tenant, source: 'door', form: 'flat', stream: 'hall', receivedAt, scheme },
    ...{ seed: scheme === 'connection' ? '' : 'ab', traceparent: '', count: records.length },
    body: Buffer.concat(records.flatMap((text) => [lengthOf(text.length), Buffer.from(text)])),
    ordinals: Uint32Array.from(records.keys()),
  };
}

/** LEB128. */
function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.of(...bytes, rest);
}

const configFor = (name: string) =>
  configAt(join(temporary.path, name), { sources: { folder: sources }, log: { partitions: 2 } });

async function replay(tyrian: Tyrian, parameters: Readonly<Record<string, string>> = {}) {
  const operations = composeOperations(tyrian, configFor('first'), () => '');
  const jobs = createJobs({
    ...{ state: tyrian.workflow.state, kinds: operations.kinds, owner: randomUUID(), parallel: 1 },
    ...{ clock: () => new Date(), newId: randomUUID, onFault: (err) => quiet.error({ err }, 'a job failed') },
  });
  const by = { id: 'local', name: 'ann' };
  const { id } = await jobs.start({ kind: 'pipeline.replay', tenant, by, parameters });
  await jobs.drain(never);
  const job = await jobs.get(tenant, id);
  operations.close();
  await jobs.close();
  return job;
}

/** Doors of the dead letters that a reader sees. */
async function seen(tyrian: Tyrian): Promise<readonly string[]> {
  const scope = readScopeOf(localPrincipal(tenant), 'events:read', tyrian.snapshot());
  const from = { kind: 'table', name: 'dead_letters' } as const;
  const found = await tyrian.store.read(scope, { kind: 'rows', from, columns: ['raw'], limit: 100 });
  return found.rows.map(([raw]) => String((JSON.parse(String(raw)) as { door: string }).door)).sort();
}

const eventsOf = async (tyrian: Tyrian) =>
  await rows(
    tyrian,
    'SELECT metadata_uid AS door, hex(event_id) AS id, stream FROM events ORDER BY door, id',
  );

describe('dead letters that are received again', () => {
  beforeAll(async () => {
    writeMapping(1);
    await withOperated(configFor('first'), async (tyrian) => {
      await tyrian.append(groupOf([record('front', true), record('back'), record('back')]));
      await tyrian.append(groupOf([record('cellar'), record('roof')], 'file'));
      await tyrian.append(groupOf(['{"door":"none","passed":']));
      await tyrian.settled(never);
      expect((await ledgerOf(tyrian)).total).toMatchObject({
        balanced: true,
        received: 6,
        stored: 1,
        dead: 5,
      });
    });
    writeMapping(2);
  }, 240_000);

  test('become events with their stream and count once, the rest are dead letters again', async () => {
    await withOperated(configFor('first'), async (tyrian) => {
      const job = await replay(tyrian, { source: 'door' });
      expect(job).toMatchObject({ state: 'done', result: { replayed: 5, cut: 0, dead_again: 1 } });
      expect((await eventsOf(tyrian)).map(({ door, stream }) => [door, stream])).toEqual(
        ['back', 'back', 'cellar', 'front', 'roof'].map((door) => [door, 'hall']),
      );
      const { total } = await ledgerOf(tyrian);
      expect(total).toMatchObject({
        balanced: true,
        received: 6,
        stored: 5,
        dead: 1,
        duplicate: 0,
        in_flight: 0,
      });
      expect((await rows(tyrian, 'SELECT count() AS n FROM dead_letters'))[0]?.n).toBe('6');
    });
  }, 240_000);

  test('a second replay finds only what is still dead, and a file that is imported again is known', async () => {
    await withOperated(configFor('first'), async (tyrian) => {
      const before = await eventsOf(tyrian);
      expect(await replay(tyrian)).toMatchObject({ result: { replayed: 1, dead_again: 1 } });
      await tyrian.append(groupOf([record('cellar'), record('roof')], 'file'));
      await tyrian.settled(never);
      expect(await eventsOf(tyrian)).toEqual(before);
      const { total } = await ledgerOf(tyrian);
      expect(total).toMatchObject({ balanced: true, received: 8, stored: 5, dead: 1, duplicate: 2 });
    });
  }, 240_000);

  test('a job that died before it had booked them makes duplicates of them, not events', async () => {
    await withOperated(configFor('first'), async (tyrian) => {
      const before = await eventsOf(tyrian);
      await tyrian.store.run('TRUNCATE TABLE replayed' as never);
      await replay(tyrian);
      expect(await eventsOf(tyrian)).toEqual(before);
      expect((await ledgerOf(tyrian)).total).toMatchObject({ balanced: true, stored: 5, in_flight: 0 });
    });
  }, 240_000);

  test('are left out of what readers see, those of other reasons are not', async () => {
    writeMapping(1);
    await withOperated(configFor('other'), async (tyrian) => {
      await tyrian.append(groupOf([record('attic'), '{"door":"yard"}']));
      await tyrian.settled(never);
      expect(await seen(tyrian)).toEqual(['attic', 'yard']);
      const job = await replay(tyrian, { code: 'normalise.unrecognised' });
      expect(job).toMatchObject({ result: { replayed: 1, cut: 0, dead_again: 1 } });
      expect(await seen(tyrian)).toEqual(['attic', 'yard']);
      expect((await ledgerOf(tyrian)).total).toMatchObject({ balanced: true, received: 2, dead: 2 });
    });
  }, 240_000);

  test('come from what their letters kept when the log has them no longer; of long ones that is not all', async () => {
    writeMapping(1);
    const long = JSON.stringify({ door: 'long', passed: 'yes', note: 'x'.repeat(70_000) });
    await withOperated(configFor('kept'), async (tyrian) => {
      await tyrian.append(groupOf([record('shed'), record('shed'), long]));
      await tyrian.settled(never);
    });
    rmSync(join(temporary.path, 'kept', 'log'), { recursive: true });
    writeMapping(2);
    await withOperated(configFor('kept'), async (tyrian) => {
      expect(await replay(tyrian)).toMatchObject({ result: { replayed: 2, cut: 1, dead_again: 0 } });
      expect((await eventsOf(tyrian)).map(({ door }) => door)).toEqual(['shed', 'shed']);
      const { total } = await ledgerOf(tyrian);
      expect(total).toMatchObject({ balanced: true, received: 3, stored: 2, dead: 1 });
    });
  }, 240_000);
});
