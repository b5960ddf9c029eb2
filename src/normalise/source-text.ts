import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { type CompiledMapping, compileMapping } from './compiled.ts';
import { normaliseErrors } from './errors.ts';
import { parseMapping } from './mapping-file.ts';

/** The name of a mapping within its source's folder. */
const mappingFile = 'mapping.yaml';
/** A mapping is text for people; the largest of our own has 40 KB. */
const maxMappingBytes = 512 * 1024;
const maxSources = 1000;
/** A file written so shortly before it was read may have been written again with the same stamp. */
const restlessMilliseconds = 2_000;

/** A source as it is written: what a thread needs to have the same mapping as another. */
export interface SourceText {
  /** The name of its folder. */
  readonly source: string;
  readonly file: string;
  readonly text: string;
  /** The file of patterns that the mapping names, where there is one. */
  readonly patterns?: { readonly file: string; readonly text: string };
}

/** Whether two are the same, word for word. */
export function isSameSource(left: SourceText | undefined, right: SourceText): boolean {
  return (
    left !== undefined &&
    left.file === right.file &&
    left.text === right.text &&
    left.patterns?.text === right.patterns?.text
  );
}

/** Where a mapping says that its patterns are; undefined when it has none in a file of their own. */
function patternsFileOf(file: string, text: string): string | undefined {
  if (!/^patterns:/m.test(text)) return undefined;
  const named: unknown = parseDocument(text, { uniqueKeys: false }).getIn(['patterns', 'of']);
  return typeof named === 'string' ? join(dirname(file), named) : undefined;
}

/** Reads the sources of a folder at once; throws when it can't, `normalise.source_unreadable` for a file. */
export function readSources(folder: string): SourceText[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ source: entry.name, file: join(folder, entry.name, mappingFile) }))
    .filter(({ file }) => existsSync(file))
    .map(({ source, file }) => {
      const text = readThere(file);
      const beside = patternsFileOf(file, text);
      const patterns =
        beside === undefined || !existsSync(beside)
          ? {}
          : { patterns: { file: beside, text: readThere(beside) } };
      return { source, file, text, ...patterns };
    });
}

function readThere(file: string): string {
  try {
    refuseLarge(file, statSync(file).size);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function refuseLarge(file: string, size: number | bigint): void {
  if (size > maxMappingBytes) throw new Error(`${file} is larger than ${maxMappingBytes} bytes`);
}

/** Throws `normalise.mapping_invalid` with file, line and column. */
export function compileSource({ source, file, text, patterns }: SourceText): CompiledMapping {
  const mapping = parseMapping(text, file, (name) => (name === patterns?.file ? patterns.text : undefined));
  if (mapping.source !== source) {
    throw normaliseErrors.make(
      'mapping_invalid',
      `${file}: source is '${mapping.source}', its folder '${source}'`,
    );
  }
  try {
    return compileMapping(mapping);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw normaliseErrors.make('mapping_invalid', `${file}: ${why}`, { cause });
  }
}

/** What a folder looked at again holds: sources by name, each its text or why it can't be read. */
export type FolderLook = ReadonlyMap<string, SourceText | Error>;

interface Seen {
  readonly stamp: string;
  readonly source: SourceText;
}

/** Looks at a folder again and again, and reads only files that changed since the last time. */
export class FolderReader {
  readonly #folder: string;
  #seen = new Map<string, Seen>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Rejects with `normalise.source_unreadable` when the folder itself can't be read. `now`: milliseconds since the epoch. */
  async look(now: number): Promise<FolderLook> {
    const names = await this.#names();
    const found = new Map<string, SourceText | Error>();
    const seen = new Map<string, Seen>();
    for (const name of names) {
      const one = await this.#one(name, now);
      if (one === undefined) continue;
      found.set(name, one instanceof Error ? one : one.source);
      if (!(one instanceof Error)) seen.set(name, one);
    }
    this.#seen = seen;
    return found;
  }

  async #names(): Promise<string[]> {
    try {
      const entries = await readdir(this.#folder, { withFileTypes: true });
      const names = entries.filter((entry) => !entry.isFile()).map((entry) => entry.name);
      if (names.length <= maxSources) return names.filter((name) => !name.startsWith('.')).sort();
    } catch (cause) {
      throw unreadable(this.#folder, cause);
    }
    throw unreadable(this.#folder, new Error(`it holds more than ${maxSources} folders`));
  }

  /** Undefined when there is no mapping. */
  async #one(name: string, now: number): Promise<Seen | Error | undefined> {
    const file = join(this.#folder, name, mappingFile);
    try {
      const before = this.#seen.get(name);
      const beside = before?.source.patterns?.file;
      const known = await stampOf(beside === undefined ? [file] : [file, beside], now);
      if (before !== undefined && known !== '' && before.stamp === known) return before;
      return await readOne(name, file, now);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : unreadable(file, cause);
    }
  }
}

async function readOne(source: string, file: string, now: number): Promise<Seen> {
  await stampOf([file], now);
  const text = await readFile(file, 'utf8');
  const beside = patternsFileOf(file, text);
  const patterns = beside === undefined ? undefined : await readPatterns(beside, now);
  const files = beside === undefined || patterns === undefined ? [file] : [file, beside];
  return {
    stamp: await stampOf(files, now),
    source: {
      ...{ source, file, text },
      ...(beside === undefined || patterns === undefined
        ? {}
        : { patterns: { file: beside, text: patterns } }),
    },
  };
}

/** Undefined when there is no such file: the mapping is told so when it is compiled. */
async function readPatterns(file: string, now: number): Promise<string | undefined> {
  try {
    await stampOf([file], now);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
}

/** What tells files from what they were; '' when one is so new that nothing does. Throws when one is too large. */
async function stampOf(files: readonly string[], now: number): Promise<string> {
  const stamps: string[] = [];
  for (const file of files) {
    const { mtimeMs, mtimeNs, size, ino } = await stat(file, { bigint: true });
    refuseLarge(file, size);
    if (now - Number(mtimeMs) < restlessMilliseconds) return '';
    stamps.push(`${mtimeNs} ${size} ${ino}`);
  }
  return stamps.join(', ');
}

function unreadable(path: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return normaliseErrors.make('source_unreadable', `${path} cannot be read: ${why}`, { cause });
}
