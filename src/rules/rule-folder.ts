import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { maxPackFiles } from '../contracts/index.ts';
import { rulesErrors } from './errors.ts';

/** Of one rule file. */
export const maxFileBytes = 512 * 1024;
/** Folders within one another. */
export const maxDepth = 16;

/** What a pack says of itself. */
export const headName = 'pack.yml';
/** Values of its placeholders. */
export const placeholdersName = 'placeholders.yml';

export const isYaml = (path: string) => /\.ya?ml$/.test(path);
const isTests = (file: string) => /\.tests\.ya?ml$/.test(file);
/** True for files that hold rules, not settings of the pack or tests. */
export const isRuleFile = (file: string) =>
  isYaml(file) && !isTests(file) && ![headName, placeholdersName].includes(basename(file));

/** Files of rules, sorted. */
export const ruleFilesIn = (folder: string): readonly string[] => yamlFilesIn(folder).filter(isRuleFile);

/** Files of rule tests, sorted. */
export const testFilesIn = (folder: string): readonly string[] => yamlFilesIn(folder).filter(isTests);

/** All YAML files of a folder and of those below it, sorted; a file stands for itself. Links are not followed. */
export function yamlFilesIn(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile()) return [folder];
    throw rulesErrors.make('pack_unreadable', `There is no folder of rules at ${folder}`);
  }
  const found: string[] = [];
  const visit = (below: string, depth: number) => {
    for (const entry of readdirSync(below, { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && depth < maxDepth) visit(path, depth + 1);
      if (entry.isFile() && isYaml(entry.name)) found.push(path);
      if (found.length > maxPackFiles)
        throw rulesErrors.make('too_many', `${folder} has more than ${maxPackFiles} files`);
    }
  };
  visit(folder, 0);
  return found.sort();
}

/** A text that changes when a rule file comes, goes or is changed. */
export function markOf(folder: string): string {
  return yamlFilesIn(folder).map(markOfFile).join('\n');
}

/** By size and times of change: of the content, and of who may read it. */
export function markOfFile(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? file : `${file} ${status.size} ${status.mtimeMs} ${status.ctimeMs}`;
}

/** The text of a rule or test file. */
export function readText(file: string, maxBytes = maxFileBytes): string {
  try {
    if (statSync(file).size > maxBytes)
      throw rulesErrors.make('too_many', `${file} is larger than ${maxBytes} bytes`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('rules.')) throw cause;
    throw rulesErrors.make('pack_unreadable', `${file}: ${String(cause)}`, { cause });
  }
}
