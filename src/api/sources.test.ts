import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SourcesStatus } from '../contracts/index.ts';
import { createLiveCatalogue } from '../normalise/index.ts';
import { sourcesHandlers } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-status-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('tells what is in force and what could not be taken up, and names no folder of the server', async () => {
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken/mapping.yaml'), 'source: broken');
  const catalogue = await createLiveCatalogue({
    folders: [folder],
    onChange() {},
    onFault() {},
    clock: () => new Date('2026-03-12T10:00:00Z'),
  });
  const answer = await sourcesHandlers({ catalogue }).sourcesStatus({} as never);
  await catalogue.close();
  const status = SourcesStatus.parse('body' in answer ? answer.body : undefined);
  expect(status).toMatchObject({ checked_at: '2026-03-12T10:00:00.000Z', watched: true });
  expect(status.sources).toContainEqual({ name: 'zeek', mapping_version: expect.any(Number), from: 'own' });
  expect(status.faults).toMatchObject([
    { source: 'broken', code: 'normalise.mapping_invalid', in_force: false },
  ]);
  expect(status.faults[0]?.message).toMatch(/^broken\/mapping\.yaml:1:\d+: /);
  expect(JSON.stringify(status)).not.toContain(folder);
});
