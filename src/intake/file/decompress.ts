import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { intakeErrors } from '../errors.ts';
import type { Chunks } from './chunks.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** Decompressed bytes a chunk. */
const chunkBytes = 256 * 1024;
/** Frames may refer back by up to 2^27 bytes, 128 MiB. */
const windowLog = 27;

/** The content of a gzip stream of any number of members. */
export function gunzip(source: Chunks): Chunks {
  return through(source, createGunzip({ chunkSize: chunkBytes }));
}

/** The content of Zstandard frames of any number: a decompressor each, since Node's stops behind the first. */
export async function* unzstd(source: Chunks): Chunks {
  const iterator = source[Symbol.asyncIterator]();
  const frames = new ZstdFrames();
  let left: Buffer = Buffer.alloc(0);
  const fill = async (): Promise<boolean> => {
    if (left.length > 0) return true;
    const next = await iterator.next();
    if (next.done !== true) left = next.value;
    return next.done !== true;
  };
  async function* frame(): Chunks {
    for (let end = -1; end === -1 && (await fill()); ) {
      const chunk = left;
      end = frames.endIn(chunk, 0);
      left = end === -1 ? Buffer.alloc(0) : chunk.subarray(end);
      yield end === -1 ? chunk : chunk.subarray(0, end);
    }
  }
  try {
    while (await fill()) yield* through(frame(), createDecompressor());
  } finally {
    await iterator.return?.();
  }
}

function createDecompressor(): Transform {
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  return createZstdDecompress({ params, chunkSize: chunkBytes });
}

async function* through(source: Chunks, transform: Transform): Chunks {
  // An error of either side ends the transform with it, so that the loop below throws it.
  pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), transform, () => {});
  try {
    for await (const chunk of transform) yield chunk;
  } catch (error) {
    throw isDamage(error) ? damaged(error) : error;
  } finally {
    transform.destroy();
  }
}

function isDamage(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}

function damaged(error: Error): Error {
  return intakeErrors.make(
    'broken_compression',
    `the compressed content breaks off or is damaged: ${error.message}`,
    {
      cause: error,
    },
  );
}
