import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openStore } from './index.ts';
import { storeSuite } from './port.suite.ts';
import { serverFront } from './server-front.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-server-'));
let front: ChildProcess | undefined;

afterAll(async () => {
  if (front !== undefined) {
    const ended = once(front, 'exit');
    front.kill();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function startFront(): Promise<string> {
  const child = spawn(process.execPath, [serverFront, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  front = child;
  const [port] = await once(child.stdout, 'data');
  return `http://127.0.0.1:${String(port).trim()}`;
}

storeSuite('the store on a server', async () => openStore({ url: await startFront() }));
