/**
 * Public recordings in `../shared/data` (or `$TYRIAN_SHARED/data`), which are no part of the repository: tests that use them are
 * skipped where they are absent. The collection's labels are taken off here, as its README demands, and nothing else.
 */
import { createReadStream, createWriteStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdDecompress } from 'node:zlib';

const shared = process.env.TYRIAN_SHARED ?? join(import.meta.dirname, '../../shared');
export const recordingsFolder = join(shared, 'data');
export const haveRecordings = existsSync(recordingsFolder);

/** The collection is packed with a window of up to 128 MiB. */
export const zstdWindow = { params: { [constants.ZSTD_d_windowLogMax]: 27 } };
/** They stand before all else in a line; their values hold no escaped quote that would matter. */
const label =
  /^\{"(?:_id|_src|_rule|_expect|_attack|_test|_logtype)":(?:"(?:[^"\\]|\\.)*"|true|false|null),?/;
const endings = '.ndjson.zst';
const chunkCharacters = 256 * 1024;

/** Recordings of one folder of the collection: `windows`, `aws`, `network/zeek`; names without ending. */
export function recordingsIn(part: string): readonly string[] {
  if (!haveRecordings) return [];
  const names = readdirSync(join(recordingsFolder, part)).filter((name) => name.endsWith(endings));
  return names.map((name) => join(part, name.slice(0, -endings.length))).sort();
}

/** The records of a recording as they were before the collection labelled them. */
export async function* linesOf(recording: string): AsyncGenerator<string> {
  for await (const line of labelledLinesOf(recording)) yield withoutLabels(line);
}

/** How many records of a recording the collection says to be of each log type; '' of those without that label. */
export async function logTypesOf(recording: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const line of labelledLinesOf(recording)) {
    const type = /"_logtype":"([^"]*)"/.exec(line)?.[1] ?? '';
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

async function* labelledLinesOf(recording: string): AsyncGenerator<string> {
  const packed = createReadStream(join(recordingsFolder, `${recording}${endings}`));
  const input = packed.pipe(createZstdDecompress(zstdWindow));
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield line;
  }
}

function withoutLabels(line: string): string {
  let text = line;
  for (let found = label.exec(text); found !== null; found = label.exec(text)) {
    text = `{${text.slice(found[0].length)}`;
  }
  return text;
}

/**
 * Writes a recording as NDJSON, all of it or about one line in `oneIn` (the same ones each time); returns how many
 * lines were written, counted here and not by the product.
 */
export async function writeRecording(recording: string, path: string, oneIn = 1): Promise<number> {
  let read = 0;
  let written = 0;
  const sampled = async function* () {
    let chunk = '';
    for await (const line of linesOf(recording)) {
      read += 1;
      if (!isChosen(read, oneIn)) continue;
      written += 1;
      chunk += `${line}\n`;
      if (chunk.length < chunkCharacters) continue;
      yield chunk;
      chunk = '';
    }
    if (chunk !== '') yield chunk;
  };
  await pipeline(Readable.from(sampled()), createWriteStream(path));
  return written;
}

/** Knuth's multiplicative hash spreads the chosen lines over the whole recording. */
export const isChosen = (index: number, oneIn: number) =>
  (Math.imul(index, 2_654_435_761) >>> 0) % oneIn === 0;
