import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from './index.ts';
import { killedWriter } from './killed-writer.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-open-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('opening a store', () => {
  it('is refused while another process holds the folder, and possible once that is gone', async () => {
    const held = join(folder, 'held');
    const holder = spawn(process.execPath, [killedWriter, held], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    await expect(openStore({ folder: held })).rejects.toMatchObject({ code: 'store.open' });
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await (await openStore({ folder: held })).close();
  });

  it('says what is wrong with a folder that can not be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(openStore({ folder: join(file, 'below') })).rejects.toMatchObject({ code: 'store.open' });
    await expect(openStore({})).rejects.toMatchObject({ code: 'store.open' });
  });
});
