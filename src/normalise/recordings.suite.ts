import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { constants, createZstdDecompress } from 'node:zlib';

/** Public recordings beside the repository; tests that read them are skipped where they are absent. */
const shared = process.env.TYRIAN_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const folder = join(shared, 'data');
export const haveRecordings = existsSync(join(folder, 'MANIFEST.tsv'));

/** A window of up to 128 MiB. */
const windowLog = 27;
/** Labels and ids that the collection's README says were added to the records. */
const label = /"(?:_id|_src|_rule|_expect|_attack|_test|_logtype)":(?:"(?:[^"\\]|\\.)*"|true|false|null),?/g;

export interface Recording {
  readonly name: string;
  readonly path: string;
  readonly events: number;
}

/** Recordings that a source reads, all or in part. */
export const recordingsOf: Readonly<Record<string, readonly Recording[]>> = {
  windows: recordings(/^windows\//),
  'aws-cloudtrail': recordings(/^aws\//),
  zeek: recordings(/^network\/(?:zeek\/|mordor-lsass-zeek)/),
};

function recordings(wanted: RegExp): Recording[] {
  if (!haveRecordings) return [];
  const rows = readFileSync(join(folder, 'MANIFEST.tsv'), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  return rows
    .filter(([name = '']) => wanted.test(name) && name.endsWith('.ndjson.zst'))
    .map(([name = '', events]) => ({ name, path: join(folder, name), events: Number(events) }));
}

/** About `count` lines of a recording, spread evenly, without labels; the same ones each time. */
export async function linesOf(recording: Recording, count: number): Promise<string[]> {
  const step = Math.max(1, Math.floor(recording.events / count));
  const decompress = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  const input = createReadStream(recording.path).pipe(decompress);
  const kept: string[] = [];
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (number++ % step === 0 && line !== '') kept.push(withoutLabels(line));
  }
  return kept;
}

/** Cuts the labels out of the text, so that everything else stays byte for byte. */
function withoutLabels(line: string): string {
  return line.replace(label, '').replace(/,\}$/, '}');
}

/** The OCSF schema, a development version behind the last release (its change log says what is new). */
export const schemaArchive = join(folder, 'ocsf', 'ocsf-schema.tar.zst');
