import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteString } from '../sql/index.ts';
import type { BatchFiles } from './batch-store.ts';

/** How many buffers go into one write: the kernel takes at most 1,024 at once. */
const buffersPerWrite = 512;

/** Files for one batch at a time, under `folder` (tmpfs where it is large enough: it is read once and removed). */
export function createBatchFiles(folder: string): BatchFiles {
  const written = new Set<string>();
  return {
    async write(name, buffers, structure) {
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${name}.native`);
      written.add(path);
      const file = await open(path, 'w');
      try {
        for (let at = 0; at < buffers.length; at += buffersPerWrite) {
          await writeAll(file, buffers.slice(at, at + buffersPerWrite));
        }
      } finally {
        await file.close();
      }
      return `file(${quoteString(path)}, 'Native', ${quoteString(structure)})`;
    },
    async remove() {
      await Promise.all([...written].map((path) => rm(path, { force: true })));
      written.clear();
    },
  };
}

/** `writev` may write less than it was given. */
async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  buffers: readonly Uint8Array[],
): Promise<void> {
  let rest = buffers;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    let done = 0;
    while (done < rest.length && bytesWritten >= (rest[done]?.byteLength ?? 0)) {
      bytesWritten -= rest[done]?.byteLength ?? 0;
      done += 1;
    }
    const partly = rest[done];
    rest = partly === undefined ? [] : [partly.subarray(bytesWritten), ...rest.slice(done + 1)];
  }
}
