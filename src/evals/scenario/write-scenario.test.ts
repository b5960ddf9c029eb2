import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createScenario, defaultEnd } from './scenario.ts';
import { writeScenario } from './write-scenario.ts';

const folder = await mkdtemp(join(tmpdir(), 'tyrian-scenario-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a written scenario holds every line and document, and nothing else', async () => {
  const scenario = createScenario({ seed: 4, endsAt: defaultEnd, scale: 0.05 });
  const paths = await writeScenario(folder, scenario);
  const written = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const meant = scenario.streams.flatMap((stream) =>
    stream.kind === 'document' ? [...stream.lines()] : [`${[...stream.lines()].join('\n')}\n`],
  );
  expect(written).toEqual(meant);
  expect(paths).toContain(join(folder, 'zeek', 'conn.ndjson'));
  expect(paths).toContain(join(folder, 'aws', '111122223333', '0001.json'));
});

it('writing stops when it is told to', async () => {
  const scenario = createScenario({ seed: 4, endsAt: defaultEnd, scale: 0.05 });
  const stopped = AbortSignal.abort(new Error('enough'));
  await expect(writeScenario(folder, scenario, stopped)).rejects.toThrow(/abort/i);
});
