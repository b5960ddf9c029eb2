import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScanDiagnostic } from '../contracts/scan-routes.ts';
import type { RuleFile, RulePack } from './port.ts';

/** A folder of YARA rules, and the namespace that they are told under. */
export interface RuleFolder {
  readonly namespace: string;
  readonly folder: string;
}

/** The rules that come with the program; `src/` and `dist/` lie equally deep beside `content/`. */
export const ownYaraRules: RuleFolder = {
  namespace: 'tyrian',
  folder: fileURLToPath(new URL('../../content/yara', import.meta.url)),
};

/** A folder of somebody's own rules, under its own name. */
export const ruleFolderOf = (folder: string): RuleFolder => ({
  namespace: basename(folder).slice(0, 64) || 'rules',
  folder,
});

const maxFiles = 10_000;
const maxFileBytes = 4 * 1024 * 1024;
/** Of all files of a folder together. */
const maxBytes = 64 * 1024 * 1024;
const maxDepth = 16;

interface Listed {
  readonly file: string;
  readonly bytes: number;
  readonly mark: string;
}

/** The folder's rule files (`.yar`, `.yara`, those below it too), as they stand; throws what the file system says. */
function filesIn({ folder }: RuleFolder): readonly Listed[] {
  return rulePaths(folder, 0).map((file) => {
    const { size, mtimeMs, ino } = statSync(file);
    return { file, bytes: size, mark: `${file}:${size}:${mtimeMs}:${ino}` };
  });
}

function rulePaths(folder: string, depth: number): readonly string[] {
  if (depth > maxDepth) return [];
  const isRule = (entry: Dirent) => !entry.isDirectory() && /\.yara?$/i.test(entry.name);
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.')) return rulePaths(path, depth + 1);
      return isRule(entry) ? [path] : [];
    });
}

/** A text that changes when a rule file comes, goes or is changed. */
export function markOf(folders: readonly RuleFolder[]): string {
  return folders.map((folder) => markOfFolder(folder)).join('\n');
}

function markOfFolder(folder: RuleFolder): string {
  try {
    return filesIn(folder)
      .map(({ mark }) => mark)
      .join('\n');
  } catch (error) {
    return `unreadable: ${reasonOf(error)}`;
  }
}

/** Reads a folder; what can not be read or is too much is told, and the rest is read. */
export function readFolder(from: RuleFolder): {
  readonly pack: RulePack;
  readonly diagnostics: readonly ScanDiagnostic[];
} {
  const { namespace, folder } = from;
  const files: RuleFile[] = [];
  const diagnostics: ScanDiagnostic[] = [];
  const tell = (code: string, file: string, message: string) =>
    diagnostics.push({ code, namespace, file, line: 0, column: 0, message });
  let left = maxBytes;
  try {
    const listed = filesIn(from);
    if (listed.length > maxFiles)
      tell('too_many', '', `${listed.length} rule files; the first ${maxFiles} are used`);
    for (const { file, bytes } of listed.slice(0, maxFiles)) {
      const path = relative(folder, file);
      if (bytes > Math.min(maxFileBytes, left)) {
        tell('too_large', path, `${bytes} bytes: more than a rule file, or all together, may have`);
        continue;
      }
      left -= bytes;
      try {
        files.push({ path, text: readFileSync(file, 'utf8') });
      } catch (error) {
        tell('unreadable', path, `can not be read (${reasonOf(error)})`);
      }
    }
  } catch (error) {
    tell('unreadable', '', `the folder can not be read (${reasonOf(error)})`);
  }
  return { pack: { namespace, files }, diagnostics };
}

/** Without the path, which is nobody's business who may scan. */
const reasonOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
