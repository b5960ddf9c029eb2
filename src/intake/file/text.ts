import { type Chunks, peek } from './chunks.ts';

/** Longest byte order mark. */
const markBytes = 3;

/** The stream as UTF-8 without byte order mark: UTF-16 with a mark is converted, all else is passed on as it is. */
export async function decodeText(source: Chunks): Promise<Chunks> {
  const { head, all } = await peek(source, markBytes);
  if (head[0] === 0xff && head[1] === 0xfe) return fromUtf16(all, 'utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return fromUtf16(all, 'utf-16be');
  const isMarked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  return isMarked ? without(all, markBytes) : all;
}

async function* fromUtf16(source: Chunks, encoding: 'utf-16le' | 'utf-16be'): Chunks {
  // Drops the mark itself; halves of characters at the end of a chunk wait for the next.
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** `peek` yields its head as one chunk, so that the mark is within the first. */
async function* without(source: Chunks, bytes: number): Chunks {
  let left = bytes;
  for await (const chunk of source) {
    yield chunk.subarray(left);
    left = 0;
  }
}
