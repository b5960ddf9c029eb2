import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../contracts/index.ts';
import { createMetrics } from '../observe/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { createSourceWatch, type SourceWatch } from './source-watch.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-source-watch-'));
let store: Store;
let watch: SourceWatch;
let reads = 0;

beforeAll(async () => {
  store = await openStore({ folder });
});
beforeEach(() => {
  reads = 0;
  const rows: Store['rows'] = (...query) => {
    reads += 1;
    return store.rows(...query);
  };
  const config = readConfig({ environment: {} });
  const tyrian = { store: { rows }, snapshot: Date.now };
  watch = createSourceWatch({ tyrian, config, metrics: createMetrics(), clock: Date.now });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

it('questions that come at once are answered by one measurement', async () => {
  await watch.health('acme');
  const once = reads;
  await Promise.all([watch.health('globex'), watch.health('globex'), watch.health('globex')]);
  expect(reads).toBe(2 * once);
});

it('who gives up takes nothing from another who waits for the same', async () => {
  const stop = new AbortController();
  const [first, second] = [watch.health('acme', stop.signal), watch.health('acme')];
  stop.abort();
  await expect(first).rejects.toThrow();
  expect(await second).toMatchObject({ sources: [] });
});
