import { closeSync, fstatSync, opendirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { maxScanBytes } from '../contracts/index.ts';

/** A file as it is scanned, or why it can not be. */
export type FileBytes =
  | { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly path: string; readonly problem: string };

/** The files of paths, and of folders among them with what lies below; links within folders are not followed. */
export function* filesUnder(paths: readonly string[]): Generator<FileBytes> {
  for (const path of paths) {
    const problem = problemOf(path, () => statSync(path));
    if (typeof problem === 'string') yield { path, problem };
    else if (problem.isDirectory()) yield* filesIn(path);
    else yield readFile(path);
  }
}

function* filesIn(folder: string): Generator<FileBytes> {
  const opened = problemOf(folder, () => opendirSync(folder));
  if (typeof opened === 'string') {
    yield { path: folder, problem: opened };
    return;
  }
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* filesIn(path);
      else if (entry.isFile()) yield readFile(path);
    }
  } finally {
    opened.closeSync();
  }
}

/** As many bytes as the file has when it is opened: one that grows is no reason to read on. */
function readFile(path: string): FileBytes {
  const read = problemOf(path, () => {
    const file = openSync(path, 'r');
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return 'is no file';
      if (stat.size > maxScanBytes) return `has ${stat.size} bytes; at most ${maxScanBytes} are scanned`;
      const bytes = new Uint8Array(stat.size);
      let filled = 0;
      for (let got = -1; got !== 0 && filled < bytes.length; filled += got)
        got = readSync(file, bytes, filled, bytes.length - filled, null);
      return filled === bytes.length ? bytes : bytes.slice(0, filled);
    } finally {
      closeSync(file);
    }
  });
  return typeof read === 'string' ? { path, problem: read } : { path, bytes: read };
}

function problemOf<T>(path: string, work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `can not be read (${code.replace(path, '')})`;
  }
}
