import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sql } from '../sql/index.ts';
import { openStore } from './index.ts';
import { batchRows, killedWriter } from './killed-writer.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets a writer insert, and kills it `afterMs` after its n-th acknowledged batch. Gives the acknowledged batches. */
async function writeAndKill(batches: number, afterMs: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [killedWriter, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const acknowledged: number[] = [];
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    acknowledged.push(...lines.map(Number).filter((batch) => batch > 0));
    if (acknowledged.length >= batches && !child.killed) setTimeout(() => child.kill('SIGKILL'), afterMs);
  }
  await ended;
  return acknowledged;
}

it('after kill -9 in the middle of inserts every insert is there whole or not at all', async () => {
  const acknowledged: number[] = [];
  // Delays that fall into different moments of an insert; which ones doesn't matter to the promise.
  for (const afterMs of [0, 7, 19, 41]) acknowledged.push(...(await writeAndKill(2, afterMs)));
  const store = await openStore({ folder });
  const stored = await store.rows(
    sql`SELECT batch, count() AS n, uniqExact(sub) AS subs FROM events GROUP BY batch ORDER BY batch`,
  );
  await store.close();
  for (const row of stored) expect([row.n, row.subs]).toEqual([String(batchRows), String(batchRows)]);
  const batches = new Set(stored.map((row) => Number(row.batch)));
  expect(acknowledged.filter((batch) => !batches.has(batch))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(8);
}, 60_000);
