import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RulePackUpload } from '../contracts/index.ts';
import { rulesErrors } from './errors.ts';
import type { PackPart, StoredHead } from './installed-tables.ts';
import { maxHeadBytes, readHead } from './pack-settings.ts';
import { headName, isRuleFile, maxDepth, maxFileBytes, placeholdersName } from './rule-folder.ts';

/** Of all files of one pack together. */
export const maxPackBytes = 32 * 1024 * 1024;
/** Of one entry of the journal, whose bound is 1 MiB, this much is for texts and for places of files. */
const maxPartBytes = 512 * 1024;

/** A file of a pack. */
export interface PackFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

/** A pack that is to be installed, sound as far as files go. */
export interface UploadedPack {
  readonly head: StoredHead;
  /** Sorted by path. */
  readonly files: readonly PackFile[];
  /** SHA-256 over all of it. */
  readonly content: string;
}

/** Looks over what is to be installed. Throws `rules.pack_invalid`, `rules.pack_too_large`, `rules.pack_unreadable`. */
export function readUpload(name: string, upload: RulePackUpload): UploadedPack {
  const seen = new Set<string>();
  let bytes = 0;
  for (const { path, text } of upload.files) {
    const size = Buffer.byteLength(text);
    bytes += size;
    if (size > maxFileBytes) throw tooLarge(`${path} has more than ${maxFileBytes} bytes`);
    if (bytes > maxPackBytes) throw tooLarge(`The files have more than ${maxPackBytes} bytes together`);
    if (!isSafePath(path)) throw invalid(`'${path}' is no relative path of at most ${maxDepth} parts`);
    if (!isKept(path)) throw invalid(`'${path}' is no rule file: those end with .yml or .yaml`);
    if (seen.has(path)) throw invalid(`'${path}' stands twice`);
    seen.add(path);
  }
  const files = upload.files
    .map(({ path, text }) => ({ path, text, sha256: digest(text) }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
  const head = headOf(name, upload, files);
  const content = digest(JSON.stringify([head, files.map(({ path, sha256 }) => [path, sha256])]));
  return { head, files, content };
}

/** Rules, and the settings of the pack. */
export const isKept = (path: string): boolean =>
  isRuleFile(path) || path === headName || path === placeholdersName;

function isSafePath(path: string): boolean {
  const parts = path.split('/');
  return (
    parts.length <= maxDepth &&
    !/[\\\p{Cc}]/u.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** What the order says wins over `pack.yml`. */
function headOf(name: string, upload: RulePackUpload, files: readonly PackFile[]): StoredHead {
  const written = files.find(({ path }) => path === headName);
  if (written !== undefined && written.text.length > maxHeadBytes)
    throw tooLarge(`${headName} has more than ${maxHeadBytes} characters`);
  const said = written === undefined ? {} : readHead(written.text, headName);
  const part = (key: keyof StoredHead, standard = '') => upload[key] ?? said[key] ?? standard;
  return {
    title: part('title', name),
    license: part('license'),
    author: part('author'),
    source: part('source'),
  };
}

/** Cuts files into entries of the journal; `known` texts are only named. */
export function partsOf(
  upload: string,
  files: readonly PackFile[],
  known: ReadonlySet<string>,
): readonly PackPart[] {
  const parts: { upload: string; files: PackPart['files']; texts: PackPart['texts']; bytes: number }[] = [];
  const given = new Set(known);
  for (const { path, text, sha256 } of files) {
    const isNew = !given.has(sha256);
    given.add(sha256);
    const gzip = isNew ? gzipSync(text).toString('base64') : '';
    const bytes = path.length + sha256.length * 2 + gzip.length;
    let part = parts.at(-1);
    if (part === undefined || part.bytes + bytes > maxPartBytes) {
      part = { upload, files: [], texts: [], bytes: 0 };
      parts.push(part);
    }
    part.bytes += bytes;
    part.files.push({ path, sha256 });
    if (isNew) part.texts.push({ sha256, gzip });
  }
  return parts.map(({ bytes: _, ...part }) => part);
}

/** The text of a stored file. */
export const textOf = (gzipBase64: string): string =>
  gunzipSync(Buffer.from(gzipBase64, 'base64'), { maxOutputLength: maxFileBytes }).toString();

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const invalid = (message: string) => rulesErrors.make('pack_invalid', message);
const tooLarge = (message: string) => rulesErrors.make('pack_too_large', message);
