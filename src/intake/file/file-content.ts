import { intakeErrors } from '../errors.ts';
import { chooseFraming, type Framing, framingSampleBytes, holdsLines } from '../frame/framing.ts';
import { type Chunks, peek } from './chunks.ts';
import { gunzip, unzstd } from './decompress.ts';
import { decodeText } from './text.ts';

/** Compression within compression that is looked through. */
const deepestCompression = 3;
const magicBytes = 8;

/** A file's content, decompressed and, unless it's an event log, as UTF-8. */
export type FileContent =
  | { readonly kind: 'evtx'; readonly chunks: Chunks }
  | { readonly kind: 'text'; readonly framing: Framing; readonly chunks: Chunks }
  | { readonly kind: 'empty' };

/**
 * Says what a file holds by its first bytes, never by its name. `isLine` says whether a source knows a line of text;
 * `isForced`: the user named a source, so that text that looks like no record is cut into lines all the same.
 * Throws `intake.not_recognised` otherwise, and what reading throws.
 */
export async function openContent(
  source: Chunks,
  isLine: (line: string) => boolean,
  isForced: boolean,
): Promise<FileContent> {
  let chunks = source;
  for (let depth = 0; depth <= deepestCompression; depth++) {
    const { head, all } = await peek(chunks, magicBytes);
    if (head.length === 0) return { kind: 'empty' };
    if (head.subarray(0, 8).toString('latin1') === 'ElfFile\0') return { kind: 'evtx', chunks: all };
    if (head[0] === 0x1f && head[1] === 0x8b) chunks = gunzip(all);
    else if (isZstd(head)) chunks = unzstd(all);
    else return await openText(all, isLine, isForced);
  }
  throw intakeErrors.make('not_recognised', `compressed more than ${deepestCompression} times over`);
}

function isZstd(head: Buffer): boolean {
  if (head.length < 4) return false;
  const magic = head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) === 0x184d2a50;
}

async function openText(
  source: Chunks,
  isLine: (line: string) => boolean,
  isForced: boolean,
): Promise<FileContent> {
  const { head, isWhole, all } = await peek(await decodeText(source), framingSampleBytes);
  const isText = () => isForced || isBlank(head) || holdsLines(head, isWhole, isLine);
  const framing = chooseFraming(head, isWhole) ?? (isText() ? 'lines' : undefined);
  if (framing !== undefined) return { kind: 'text', framing, chunks: all };
  throw intakeErrors.make(
    'not_recognised',
    'holds neither JSON, nor Windows events as XML, nor an event log (.evtx), nor lines that a source knows; name a source to have its lines taken',
  );
}

function isBlank(head: Buffer): boolean {
  return head.toString('latin1').trim() === '';
}
