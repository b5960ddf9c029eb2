import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MalformedBytes } from './wire.ts';

/*
 * LMDB's meta pages, data version 2 on 64-bit machines (`MDB_page` and `MDB_meta` in its mdb.c): two, one a page.
 */
const metaPages = 2;
const metaBytes = 0xa0;
const magicAt = 0x18;
const versionAt = 0x1c;
const pageSizeAt = 0x30;
const lastPageAt = 0x90;
const transactionAt = 0x98;
const magic = 0xbeefc0de;
const dataVersion = 2;

function readMeta(handle: number, at: number): Buffer {
  const meta = Buffer.alloc(metaBytes);
  if (readSync(handle, meta, 0, metaBytes, at) < metaBytes)
    throw new MalformedBytes('it ends in its first pages');
  if (meta.readUInt32LE(magicAt) !== magic || meta.readUInt16LE(versionAt) !== dataVersion) {
    throw new MalformedBytes('it is not an LMDB file of this version');
  }
  return meta;
}

/**
 * Throws `MalformedBytes` for a file that LMDB must not be given: its binding ends the process (SIGSEGV) on a file of
 * another kind, and reading a file that was cut short ends it too (SIGBUS). An absent or empty file is a new one.
 */
export function checkEnvironment(path: string): void {
  const handle = openIfThere(path);
  if (handle === undefined) return;
  try {
    if (fstatSync(handle).size === 0) return;
    const pageSize = readMeta(handle, 0).readUInt32LE(pageSizeAt);
    const metas = Array.from({ length: metaPages }, (_, page) => readMeta(handle, page * pageSize));
    const newest = metas.reduce((a, b) =>
      a.readBigUInt64LE(transactionAt) >= b.readBigUInt64LE(transactionAt) ? a : b,
    );
    const needed = (newest.readBigUInt64LE(lastPageAt) + 1n) * BigInt(pageSize);
    const { size } = fstatSync(handle);
    if (needed > size) throw new MalformedBytes(`it was cut short: ${size} of ${needed} bytes`);
  } finally {
    closeSync(handle);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
