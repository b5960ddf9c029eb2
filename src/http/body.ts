import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { maxJsonBodyBytes, type Route } from '../contracts/index.ts';
import { httpErrors } from './errors.ts';

export interface BodyBounds {
  /** Of the decoded body. */
  readonly maxBytes: number;
  /** Books bytes before they are kept; throws when there is no room. */
  readonly take: (bytes: number) => void;
}

const chunkSize = 64 * 1024;
/** RFC 9659: a zstd frame for the content coding needs at most 8 MiB of window; more is memory for the asking. */
const zstdWindowLog = 23;

/** Checks Content-Type and Content-Encoding of a route that has a body, before a byte of it is read. */
export function checkBodyHeaders(route: Route, request: IncomingMessage): void {
  if (route.body === undefined) return;
  const type = request.headers['content-type'];
  if (route.body.kind === 'json' && !/^application\/json *(?:;|$)/i.test(type ?? ''))
    throw httpErrors.make('media_type', `Send Content-Type: application/json, not '${type ?? ''}'`);
  encodingOf(request);
}

/** Largest decoded body of a route. */
export function bodyBound(route: Route, maxBodyBytes: number): number {
  return route.body?.kind === 'json' ? Math.min(maxJsonBodyBytes, maxBodyBytes) : maxBodyBytes;
}

/**
 * Reads and decodes a body. Decoded bytes are counted while they come, so that a bomb stops at the bound. Throws
 * `http.body_too_large`, `http.body_undecodable`, `http.client_gone` or what `take` throws; the connection stays
 * open, for the answer.
 */
export async function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const encoding = encodingOf(request);
  if (Number(request.headers['content-length'] ?? 0) > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
  return encoding === 'identity'
    ? await gather(request.iterator({ destroyOnReturn: false }), bounds)
    : await gatherDecoded(request, encoding === 'gzip' ? gunzip() : unzstd(), bounds);
}

type Encoding = 'identity' | 'gzip' | 'zstd';

function encodingOf(request: IncomingMessage): Encoding {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  if (encoding === 'zstd' || encoding === 'identity') return encoding;
  throw httpErrors.make('encoding', `Content-Encoding '${encoding}' is not one of gzip, zstd and identity`);
}

const gunzip = () => createGunzip({ chunkSize });
const unzstd = () =>
  createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } });

async function gather(chunks: AsyncIterable<Buffer>, { maxBytes, take }: BodyBounds): Promise<Buffer> {
  const kept: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      take(chunk.length);
      kept.push(chunk);
    }
  } catch (cause) {
    throw isReset(cause) ? httpErrors.make('client_gone', 'The client went away', { cause }) : cause;
  }
  return kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept, bytes);
}

/** Not `pipeline`: it would destroy the request, and with it the connection that the answer needs. */
async function gatherDecoded(
  request: IncomingMessage,
  decoder: Transform,
  bounds: BodyBounds,
): Promise<Buffer> {
  const failed: { cause?: unknown } = {};
  const gone = () => {
    if (!request.complete) decoder.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  };
  decoder.once('error', (cause) => {
    failed.cause = cause;
  });
  request.once('close', gone).once('error', gone);
  request.pipe(decoder);
  try {
    return await gather(decoder, bounds);
  } catch (cause) {
    if (cause !== failed.cause) throw cause;
    throw httpErrors.make('body_undecodable', `The body does not decode: ${failed.cause}`, { cause });
  } finally {
    request.off('close', gone).off('error', gone).unpipe(decoder);
    decoder.destroy();
  }
}

const isReset = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';

const tooLarge = (maxBytes: number) =>
  httpErrors.make('body_too_large', `The decoded body is larger than ${maxBytes} bytes; send it in parts`, {
    details: { max_bytes: maxBytes },
  });
