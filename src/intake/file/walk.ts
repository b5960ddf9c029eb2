import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileProblem } from './problem.ts';

/** Folders within folders that are gone down into. */
const deepestFolder = 64;
/** Files that one import takes. */
const mostFiles = 1_000_000;

export interface FoundFile {
  /** Real path: the same file has the same stream whatever way it was named. */
  readonly path: string;
  readonly bytes: number;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly problems: readonly FileProblem[];
}

/**
 * The files that the paths name: files as given, folders with all in them, sorted by name at each level. In folders,
 * names that begin with a dot are left out; each file and folder is taken once, so links can't make a circle.
 */
export async function findFiles(paths: readonly string[], signal: AbortSignal): Promise<FoundFiles> {
  const seen = new Set<string>();
  const files: FoundFile[] = [];
  const problems: FileProblem[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    signal.throwIfAborted();
    const found = await look(path);
    if ('problem' in found) {
      problems.push(found.problem);
      return;
    }
    if (seen.has(found.path)) return;
    seen.add(found.path);
    const problem = refusalOf(found.path, found.stats, { depth, files: files.length });
    if (problem !== undefined) problems.push(problem);
    else if (found.stats.isFile()) files.push({ path: found.path, bytes: found.stats.size });
    else
      for (const name of await namesIn(found.path, problems)) await visit(join(found.path, name), depth + 1);
  };
  for (const path of paths) await visit(path, 0);
  return { files, problems };
}

type Looked = { readonly path: string; readonly stats: Stats } | { readonly problem: FileProblem };

async function look(path: string): Promise<Looked> {
  try {
    const real = await realpath(path);
    return { path: real, stats: await stat(real) };
  } catch (error) {
    return { problem: unreadable(path, error) };
  }
}

async function namesIn(folder: string, problems: FileProblem[]): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    problems.push(unreadable(folder, error));
    return [];
  }
}

function refusalOf(
  path: string,
  stats: Stats,
  so: { depth: number; files: number },
): FileProblem | undefined {
  if (!stats.isFile() && !stats.isDirectory()) {
    return { path, code: 'intake.unreadable', message: 'neither a file nor a folder' };
  }
  if (stats.isDirectory() && so.depth > deepestFolder) {
    return { path, code: 'intake.too_many_files', message: `lies more than ${deepestFolder} folders deep` };
  }
  if (stats.isFile() && so.files >= mostFiles) {
    return { path, code: 'intake.too_many_files', message: `is beyond the ${mostFiles} files of one import` };
  }
  return undefined;
}

function unreadable(path: string, error: unknown): FileProblem {
  return { path, code: 'intake.unreadable', message: error instanceof Error ? error.message : String(error) };
}
