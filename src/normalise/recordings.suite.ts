import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { constants, createZstdDecompress } from 'node:zlib';

/** Public recordings beside the repository; tests that read them are skipped where they are absent. */
const shared = process.env.TYRIAN_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const folder = join(shared, 'data');
export const haveRecordings = existsSync(folder);

/** A window of up to 128 MiB. */
const windowLog = 27;
/** Labels and ids that the collection's README says were added to the records; they always stand first or last. */
const labels = ['_id', '_src', '_rule', '_expect', '_attack', '_test', '_logtype'];

export interface Recording {
  readonly name: string;
  readonly path: string;
}

/** The recordings of one folder of the collection (`windows`, `aws`, `network/zeek`). */
export function recordingsIn(part: string): Recording[] {
  if (!haveRecordings) return [];
  const names = readdirSync(join(folder, part)).filter((name) => name.endsWith('.ndjson.zst'));
  return names.map((name) => ({ name, path: join(folder, part, name) }));
}

/** The lines of a recording without its labels; every `step`-th only, from `first` on. */
export async function* linesOf(recording: Recording, step = 1, first = 0): AsyncGenerator<string> {
  const decompress = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  const lines = createInterface({
    input: createReadStream(recording.path).pipe(decompress),
    crlfDelay: Infinity,
  });
  let number = 0;
  for await (const line of lines) {
    if (number++ % step === first % step && line !== '') yield withoutLabels(line);
  }
}

/** Cuts the labels out of the text, so that everything else stays byte for byte. */
function withoutLabels(line: string): string {
  let text = line;
  for (const label of labels) {
    text = text.replace(new RegExp(`"${label}":("(?:[^"\\\\]|\\\\.)*"|true|false|null)(?:,|(?=\\}))`), '');
  }
  return text.replace(/,\}$/, '}');
}

export function readJsonFile(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
