import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packFolder } from './archive.ts';
import { makeDatabase, pgliteVersion } from './pglite.ts';

/** Unbuilt: Node runs TypeScript as it is. */
const inClone = import.meta.url.endsWith('.ts');
/** It holds nothing of anyone, and the user who starts the program may not be the one who built it. */
const packing = { level: 9, mode: 0o644 };

/**
 * The empty data folder that a first start begins with, packed. In a built package it lies beside the program; in a clone it
 * is made once, and kept in npm's cache folder. Undefined where there is none and none can be kept: then
 * each first start takes its seconds.
 */
export async function emptyTemplate(): Promise<string | undefined> {
  const path = templatePath();
  if (!existsSync(path) && inClone) await makeTemplate(path).catch(() => undefined);
  return existsSync(path) ? path : undefined;
}

/** Where it belongs. */
function templatePath(): string {
  if (!inClone) return fileURLToPath(new URL('./template.tar.zst', import.meta.url));
  const cache = fileURLToPath(new URL('../../node_modules/.cache/tyrian/', import.meta.url));
  return join(cache, `state-${pgliteVersion}.tar.zst`);
}

/** Makes it for a build. Several may do so at the same time: each makes one of its own, and it appears whole. */
export async function makeTemplate(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'tyrian-state-'));
  try {
    const folder = join(scratch, 'database');
    await makeDatabase(folder);
    await packFolder(folder, path, packing);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
