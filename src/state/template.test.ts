import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openState } from './index.ts';
import { makeTemplate } from './template.ts';

const root = mkdtempSync(join(tmpdir(), 'tyrian-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a template that two make at the same time appears whole, and a state opens from it', async () => {
  const cache = join(root, 'cache');
  const path = join(cache, 'template.tar.zst');
  await Promise.all([makeTemplate(path), makeTemplate(path)]);
  expect(readdirSync(cache)).toEqual(['template.tar.zst']);
  const state = await openState({ folder: join(root, 'data'), migrations: [], template: path });
  expect(await state.query('SELECT count(*) AS n FROM schema_migrations')).toEqual([{ n: 0 }]);
  await state.close();
}, 60_000);
