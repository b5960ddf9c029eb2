import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createDetector, type Hit, type SigmaRule } from '../detect/index.ts';
import { type FileProblem, findFiles, readRecords } from '../intake/index.ts';
import {
  createRouting,
  isPlainJson,
  type RoutedRecord,
  type SourceCatalogue,
  type StoredRecord,
} from '../normalise/index.ts';

/** One rule's hit on one record of a file. */
export interface FileHit {
  readonly file: string;
  /** From 1 on, in the order of the file. */
  readonly record: number;
  /** The value of the field that was asked for. */
  readonly recordId: string | undefined;
  readonly hit: Hit;
}

export interface DetectRequest {
  readonly paths: readonly string[];
  readonly rules: readonly SigmaRule[];
  readonly catalogue: SourceCatalogue;
  /** All records are of this source; undefined: recognised by content. */
  readonly source: string | undefined;
  readonly idField: string | undefined;
  readonly signal: AbortSignal;
  readonly onHit: (hit: FileHit) => void;
  /** Told now and then. */
  readonly onProgress: (progress: DetectProgress) => void;
}

export interface DetectProgress {
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface DetectTotals {
  readonly files: number;
  readonly records: number;
  /** Records that are no events: of no known source or form, or broken. */
  readonly unread: number;
  readonly hits: number;
  readonly problems: readonly FileProblem[];
}

/** Records between two tellings of progress. */
const recordsPerProgress = 10_000;
/** A record is at most so long. */
const maxLineBytes = 1024 * 1024;
const chunkBytes = 1024 * 1024;
const newline = 0x0a;

/** Runs rules over the records of files, without a store or a server. */
export async function detectInFiles(request: DetectRequest): Promise<DetectTotals> {
  const { paths, signal, catalogue } = request;
  const { files, problems } = await findFiles(paths, signal);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const run = new DetectRun(request);
  const found = [...problems];
  for (const [index, { path, bytes }] of files.entries()) {
    signal.throwIfAborted();
    run.begin(path, { files: index, bytes: run.bytes, totalBytes });
    if (await holdsJsonLines(path)) await run.readLines(path);
    else {
      const { signal: stop, source } = request;
      const onRecord = (record: StoredRecord & { readonly raw: Buffer }) => run.take(record);
      const read = await readRecords({ paths: [path], source, sources: catalogue, signal: stop, onRecord });
      found.push(...read.problems);
    }
    run.bytes += bytes;
  }
  return { files: files.length, ...run.totals(), problems: found };
}

/** True when the file begins with an object of JSON on one line, and so is taken to be one a line. */
async function holdsJsonLines(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const start = Buffer.alloc(64 * 1024);
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    const end = start.subarray(0, bytesRead).indexOf(newline);
    const line = start.subarray(0, end === -1 ? bytesRead : end).toString();
    return line.startsWith('{') && isObject(line);
  } finally {
    await handle.close();
  }
}

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

class DetectRun {
  readonly #request: DetectRequest;
  readonly #detector;
  readonly #route: (record: StoredRecord & { readonly raw: Buffer }) => RoutedRecord | undefined;
  #file = '';
  #at: Omit<DetectProgress, 'records'> = { files: 0, bytes: 0, totalBytes: 0 };
  #record = 0;
  #records = 0;
  #unread = 0;
  #hits = 0;
  /** How the record before was read: the next is mostly of the same form. */
  #last: { source: string; form: string } | undefined;
  bytes = 0;

  constructor(request: DetectRequest) {
    this.#request = request;
    this.#detector = createDetector(request.rules);
    this.#route = createRouting(request.catalogue);
  }

  begin(file: string, at: Omit<DetectProgress, 'records'>): void {
    this.#file = file;
    this.#at = at;
    this.#record = 0;
    this.#last = undefined;
  }

  totals(): Pick<DetectTotals, 'records' | 'unread' | 'hits'> {
    return { records: this.#records, unread: this.#unread, hits: this.#hits };
  }

  async readLines(path: string): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let isTooLong = false;
    const { signal } = this.#request;
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal })) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
        if (!isTooLong) this.#takeLine(bytes.subarray(from, end));
        isTooLong = false;
        from = end + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length <= maxLineBytes) continue;
      // Given up where an import gives it up; what follows of it is passed over.
      if (!isTooLong) this.#takeLine(rest);
      isTooLong = true;
      rest = Buffer.alloc(0);
    }
    if (!isTooLong) this.#takeLine(rest);
  }

  #takeLine(line: Buffer): void {
    const raw = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (raw.length === 0) return;
    if (raw.length > maxLineBytes) {
      this.#judge(undefined, raw);
      return;
    }
    // The next record is mostly of the same form.
    const likely = this.#last && this.#route({ ...this.#last, raw });
    const kind = likely === undefined ? this.#recognise(raw) : undefined;
    const routed = likely ?? (kind && this.#route({ ...kind, raw }));
    this.#last = routed && { source: routed.source, form: routed.form };
    this.#judge(routed, raw);
  }

  #recognise(raw: Buffer): { source: string; form: string } | undefined {
    const { catalogue, source } = this.#request;
    const found = catalogue.recogniseText(raw.toString(), source);
    if (found !== undefined) return { source: found.source, form: found.form };
    return source === undefined ? undefined : { source, form: '' };
  }

  take(record: StoredRecord & { readonly raw: Buffer }): void {
    this.#judge(this.#route(record), record.raw);
  }

  #judge(routed: RoutedRecord | undefined, raw: Buffer): void {
    this.#record += 1;
    this.#records += 1;
    if (this.#records % recordsPerProgress === 0)
      this.#request.onProgress({ ...this.#at, records: this.#records });
    if (routed === undefined) {
      this.#unread += 1;
      return;
    }
    const { fields } = routed;
    const json = isPlainJson(this.#request.catalogue, routed) ? raw : undefined;
    const hits = this.#detector.detect(routed, { json, fields: () => fields });
    if (hits.length === 0) return;
    const { idField } = this.#request;
    const id = idField === undefined ? undefined : fields.get(idField);
    for (const hit of hits) {
      this.#hits += 1;
      const recordId = id === undefined ? undefined : String(id);
      this.#request.onHit({ file: this.#file, record: this.#record, recordId, hit });
    }
  }
}
