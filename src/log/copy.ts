import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { logErrors } from './errors.ts';
import { makeLock, metaPath, segmentsOf, syncFolder } from './folder.ts';
import type { SegmentInfo } from './reader.ts';
import { Segment } from './segment.ts';

/** Copies segments, oldest first, into an empty folder, which is a log itself then. Throws `log.folder_not_empty`. */
export async function copySegments(
  {
    from,
    to,
    signal,
  }: { readonly from: string; readonly to: string; readonly signal: AbortSignal | undefined },
  segments: readonly SegmentInfo[],
): Promise<void> {
  await mkdir(segmentsOf(to), { recursive: true, mode: 0o700 });
  const found = [...(await readdir(to)), ...(await readdir(segmentsOf(to)))];
  if (found.length > 1)
    throw logErrors.make('folder_not_empty', `a copy is written into an empty folder; ${to} is not empty`);
  for (const segment of segments) {
    signal?.throwIfAborted();
    await copySegment(segment, join(segmentsOf(to), basename(segment.path)));
  }
  await copyFile(metaPath(from), metaPath(to));
  await sync(metaPath(to));
  syncFolder(segmentsOf(to));
  syncFolder(to);
}

/** By an environment of its own, so that it stays open while the writer goes on to the next one. */
async function copySegment({ path }: SegmentInfo, to: string): Promise<void> {
  const segment = new Segment(path, { sync: true });
  try {
    await segment.copy(to);
  } finally {
    await segment.close();
  }
  await sync(to);
  await makeLock(to);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}
