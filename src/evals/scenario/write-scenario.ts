import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Scenario, ScenarioStream } from './scenario.ts';

const chunkCharacters = 256 * 1024;

/**
 * Writes a scenario below `folder`, made when absent: `windows/*.ndjson`, `zeek/*.ndjson`, and one
 * `aws/<account>/<number>.json` a document. Returns the paths in the order of the streams. Rejects with what the
 * file system says, or when `signal` is aborted.
 */
export async function writeScenario(
  folder: string,
  scenario: Scenario,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const stream of scenario.streams) {
    const written = stream.kind === 'ndjson' ? writeLines : writeDocuments;
    paths.push(...(await written(folder, stream, signal)));
  }
  return paths;
}

async function writeLines(
  folder: string,
  stream: ScenarioStream,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const path = join(folder, `${stream.name}.ndjson`);
  await mkdir(dirname(path), { recursive: true });
  const stop = signal === undefined ? {} : { signal };
  await pipeline(Readable.from(chunks(stream.lines())), createWriteStream(path), stop);
  return [path];
}

function* chunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

async function writeDocuments(
  folder: string,
  stream: ScenarioStream,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const paths: string[] = [];
  await mkdir(join(folder, stream.name), { recursive: true });
  for (const document of stream.lines()) {
    signal?.throwIfAborted();
    const path = join(folder, stream.name, `${`${paths.length + 1}`.padStart(4, '0')}.json`);
    await writeFile(path, document);
    paths.push(path);
  }
  return paths;
}
