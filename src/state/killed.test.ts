import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openState } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-state-killed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const migrations = [
  {
    room: 'a',
    version: 1,
    sql: 'CREATE TABLE a (round int4, half int4, filler text, PRIMARY KEY (round, half))',
  },
];

/** Writes two rows a transaction for ever, and prints the number of each that was committed. */
const writer = `
  const { openState } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
  const state = await openState({ folder: process.argv[1], migrations: ${JSON.stringify(migrations)} });
  const [last] = await state.query('SELECT coalesce(max(round), 0) AS round FROM a');
  for (let round = last.round + 1; ; round += 1) {
    await state.transaction(async (session) => {
      for (const half of [1, 2])
        await session.query("INSERT INTO a VALUES ($1, $2, repeat('x', 3000))", [round, half]);
      await session.query("UPDATE a SET filler = repeat('y', 3000) WHERE round = $1", [round - 5]);
    });
    process.stdout.write(round + '\\n');
  }`;

/** Lets a writer commit so many times, kills it some milliseconds later, and gives the last committed round that it told. */
async function writeAndKill(commits: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', writer, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.split('\n').length > commits && !child.killed) setTimeout(() => child.kill('SIGKILL'), afterMs);
  }
  await ended;
  return Number(text.split('\n').at(-2));
}

it('after kill -9 in the middle of writes it opens, with every committed transaction whole and no half of another', async () => {
  // Delays that fall into different moments of a transaction; which ones doesn't matter to the promise.
  for (const [commits, afterMs] of [
    [1, 0],
    [40, 3],
    [120, 1],
  ] as const) {
    const committed = await writeAndKill(commits, afterMs);
    const state = await openState({ folder, migrations });
    const [row] = await state.query('SELECT count(*) AS rows, max(round) AS last FROM a');
    expect(row?.last).toBeGreaterThanOrEqual(committed);
    expect(row?.rows).toBe(Number(row?.last) * 2);
    await state.close();
  }
}, 60_000);
