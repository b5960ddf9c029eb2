import { open } from 'node:fs/promises';

/** Bytes in order. A chunk is valid until the next one is asked for. */
export type Chunks = AsyncIterable<Buffer>;

const chunkBytes = 256 * 1024;

/**
 * A file's bytes. Each chunk is a buffer of its own, since decompression holds on to what it was given.
 * Rejects with the system's error; ends early, with the signal's reason, when stopped.
 */
export async function* readChunks(
  path: string,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) return;
      onRead(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The first bytes of a stream, and the stream with them still in it. */
export interface Peeked {
  readonly head: Buffer;
  /** Whether `head` is all there is. */
  readonly isWhole: boolean;
  readonly all: Chunks;
}

/** Reads on until `bytes` bytes are known or the stream ends. An error behind the first byte is kept for `all`. */
export async function peek(source: Chunks, bytes: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let known = 0;
  let failure: { readonly error: unknown } | undefined;
  let isWhole = false;
  while (known < bytes && !isWhole && failure === undefined) {
    try {
      const next = await iterator.next();
      if (next.done === true) isWhole = true;
      else {
        // A copy: the chunk is only valid until the next one.
        parts.push(Buffer.from(next.value));
        known += next.value.length;
      }
    } catch (error) {
      if (known === 0) throw error;
      failure = { error };
    }
  }
  const head = Buffer.concat(parts);
  return { head, isWhole, all: resume(head, iterator, failure) };
}

async function* resume(
  head: Buffer,
  iterator: AsyncIterator<Buffer>,
  failure: { readonly error: unknown } | undefined,
): Chunks {
  try {
    if (head.length > 0) yield head;
    if (failure !== undefined) throw failure.error;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
