import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolderVersion } from '../contracts/index.ts';
import { holdDataFolder } from './data-folder.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'tyrian-folder-'));

test('a folder is held by one at a time, and free again when released', () => {
  const path = fresh();
  const folder = holdDataFolder(path, 'serve');
  folder.announce({ url: 'http://127.0.0.1:7117' });
  expect(() => holdDataFolder(path, 'import')).toThrow(
    `${path} is held by "serve" (process ${process.pid}); it can be reached at http://127.0.0.1:7117`,
  );
  folder.release();
  holdDataFolder(path, 'import').release();
});

test('a holder that was killed does not keep the folder', async () => {
  const path = fresh();
  const module = JSON.stringify(new URL('./data-folder.ts', import.meta.url).href);
  const script = `import(${module}).then(({holdDataFolder}) => { holdDataFolder(${JSON.stringify(path)}, 'serve'); console.log('held'); setInterval(() => {}, 1000) })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(() => holdDataFolder(path, 'ask')).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  holdDataFolder(path, 'ask').release();
});

test('a process number that was given to another process does not keep the folder', () => {
  const path = fresh();
  const holder = { pid: process.ppid, started: '1', command: 'serve', url: '' };
  writeFileSync(join(path, 'holder.json'), JSON.stringify(holder));
  holdDataFolder(path, 'ask').release();
});

test('a folder of a newer program is refused with a clear word, and not held', () => {
  const path = fresh();
  holdDataFolder(path, 'serve').release();
  expect(JSON.parse(readFileSync(join(path, 'version.json'), 'utf8'))).toEqual({
    data_folder: dataFolderVersion,
  });
  writeFileSync(join(path, 'version.json'), JSON.stringify({ data_folder: dataFolderVersion + 1 }));
  for (let time = 0; time < 2; time += 1) {
    expect(() => holdDataFolder(path, 'serve')).toThrow('Start it with the newer program');
  }
});

test('an older folder takes the version of this program once everything in it was opened', () => {
  const path = fresh();
  const version = () => JSON.parse(readFileSync(join(path, 'version.json'), 'utf8')).data_folder;
  writeFileSync(join(path, 'version.json'), JSON.stringify({ data_folder: 1 }));
  const folder = holdDataFolder(path, 'serve');
  expect(version()).toBe(1);
  folder.opened();
  expect(version()).toBe(dataFolderVersion);
  folder.release();
});

test('a folder that a backup was only partly restored into is refused, and not held', () => {
  const path = fresh();
  mkdirSync(join(path, 'restoring'));
  for (let time = 0; time < 2; time += 1)
    expect(() => holdDataFolder(path, 'serve')).toThrow('empty the folder and restore again');
});
