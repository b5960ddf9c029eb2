import type { ErrorCode, RecordGroup } from '../../contracts/index.ts';
import { createSplitter } from '../frame/framing.ts';
import type { Sources } from '../recognise.ts';
import { AppendWindow } from './append-window.ts';
import { readChunks } from './chunks.ts';
import { EvtxReader } from './evtx/evtx-reader.ts';
import { openContent } from './file-content.ts';
import { FileSink } from './file-sink.ts';
import { type FileProblem, FileProblems } from './problem.ts';
import { type FoundFile, findFiles } from './walk.ts';

export interface ImportRequest {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly tenant: string;
  /** Who imports: a stream is this name, a colon and the file's real path. */
  readonly credential: string;
  /** The source that all records are of; undefined: recognised by content. */
  readonly source?: string | undefined;
  readonly sources: Sources;
  /** Resolves when the group is durable. Several calls run at a time; a rejection ends the import with it. */
  readonly append: (group: RecordGroup) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly traceparent?: string;
  /** Called after every part of a file, many times a second. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  /** Files that were read to their end or given up. */
  readonly files: number;
  readonly filesTotal: number;
  /** Bytes read, compressed ones where the file is compressed. */
  readonly bytes: number;
  readonly bytesTotal: number;
  /** Records that are durable, dead letters among them. */
  readonly records: number;
}

export interface ImportResult extends ImportProgress {
  /** The signal ended the import before all files were read. Run again, it stores nothing twice. */
  readonly stopped: boolean;
  /** The first 1,000 problems. */
  readonly problems: readonly FileProblem[];
  readonly problemsTotal: number;
}

/**
 * Reads files and folders and hands their records on in groups: NDJSON, JSON arrays and objects in any layout,
 * CloudTrail's `Records`, Windows events as XML, `.evtx`, lines of text that a source knows, all of these plain, in gzip or Zstandard; told apart by
 * content. What is wrong with one file is reported and the others go on; a record that can't be framed becomes a
 * faulty group, so that it ends as a dead letter.
 * Rejects with the error of `append`; a stop by the signal is a result, not an error.
 */
export async function importPaths(request: ImportRequest): Promise<ImportResult> {
  return await new Import(request).run();
}

class Import {
  readonly #request: ImportRequest;
  readonly #window: AppendWindow;
  readonly #problems = new FileProblems();
  #files = 0;
  #bytes = 0;
  #found: readonly FoundFile[] = [];
  #bytesTotal = 0;

  constructor(request: ImportRequest) {
    this.#request = request;
    this.#window = new AppendWindow(request.append);
  }

  async run(): Promise<ImportResult> {
    const { signal } = this.#request;
    let stopped = false;
    try {
      await this.#find();
      for (const file of this.#found) await this.#file(file);
      await this.#window.drain();
    } catch (error) {
      // Stopped, also when `append` says so first: what is under way still ends, so that the count is true.
      if (!signal.aborted) throw error;
      stopped = true;
      await this.#window.settle();
    }
    this.#report();
    const { told, total } = this.#problems;
    return { ...this.#progress(), stopped, problems: told, problemsTotal: total };
  }

  async #find(): Promise<void> {
    const { files, problems } = await findFiles(this.#request.paths, this.#request.signal);
    this.#found = files;
    this.#bytesTotal = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const problem of problems) this.#problems.add(problem);
  }

  async #file(file: FoundFile): Promise<void> {
    const before = this.#bytes;
    try {
      await this.#read(file.path);
    } catch (error) {
      if (this.#request.signal.aborted || this.#window.hasFailed) throw error;
      this.#problems.addError(file.path, error);
    }
    this.#files += 1;
    // A file that was given up counts as read, or the import would never seem complete.
    this.#bytes = Math.max(this.#bytes, before + file.bytes);
    this.#report();
  }

  async #read(path: string): Promise<void> {
    const { signal, source } = this.#request;
    const chunks = readChunks(path, signal, (bytes) => {
      this.#bytes += bytes;
    });
    try {
      const content = await openContent(chunks, (line) => this.#isLine(line), source !== undefined);
      if (content.kind === 'empty') return;
      const full: RecordGroup[] = [];
      const sink = this.#sink(path, full);
      const cutter = content.kind === 'evtx' ? new EvtxReader(sink) : createSplitter(content.framing, sink);
      try {
        for await (const chunk of content.chunks) {
          cutter.write(chunk);
          await this.#hand(full);
        }
        cutter.end();
      } finally {
        // Also when the file breaks off: what came before stands.
        sink.flush();
        if (!this.#window.hasFailed) await this.#hand(full);
      }
    } finally {
      await chunks.return(undefined);
    }
  }

  #isLine(line: string): boolean {
    const { sources } = this.#request;
    return (sources.recogniseText(line) ?? sources.recogniseHeader(line)) !== undefined;
  }

  #sink(path: string, full: RecordGroup[]): FileSink {
    const { tenant, credential, source, sources, clock, traceparent } = this.#request;
    return new FileSink({
      origin: { tenant, stream: `${credential}:${path}`, scheme: 'file', traceparent: traceparent ?? '' },
      sources,
      forced: source,
      clock,
      emit: (group) => full.push(group),
      onBrokenOff: (code, message) => this.#problems.add({ path, code: code as ErrorCode, message }),
    });
  }

  async #hand(full: RecordGroup[]): Promise<void> {
    for (const group of full.splice(0)) await this.#window.add(group);
    this.#report();
  }

  #report(): void {
    this.#request.onProgress?.(this.#progress());
  }

  #progress(): ImportProgress {
    return {
      files: this.#files,
      filesTotal: this.#found.length,
      bytes: this.#bytes,
      bytesTotal: this.#bytesTotal,
      records: this.#window.acknowledged,
    };
  }
}
