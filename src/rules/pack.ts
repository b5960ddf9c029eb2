import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { type Diagnostic, type ParsedRules, parseRules, routingOf, type SigmaRule } from '../detect/index.ts';
import { rulesErrors } from './errors.ts';

/** The rules that come with the program; `src/` and `dist/` lie equally deep beside `content/`. */
export const ownRules = fileURLToPath(new URL('../../content/rules', import.meta.url));

const maxFiles = 20_000;
const maxFileBytes = 512 * 1024;
/** A `pack.yml` holds three short texts. */
const maxHeadBytes = 16 * 1024;
/** Characters of rules that are parsed before other work has its turn: some five files as people write them. */
const sliceCharacters = 8 * 1024;
const maxDepth = 16;

/** What `pack.yml` in the folder of a pack says; each part may be left out. */
const PackHead = z.strictObject({
  name: z.exactOptional(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)),
  title: z.exactOptional(z.string().max(200)),
  license: z.exactOptional(z.string().max(100)),
});

/** Rules of one folder, with whose they are. */
export interface RulePack {
  readonly name: string;
  readonly title: string;
  readonly license: string;
  readonly folder: string;
  readonly rules: readonly SigmaRule[];
  readonly diagnostics: readonly Diagnostic[];
  /** What stands in each file, so that a file that did not change need not be read again. */
  readonly files: ReadonlyMap<string, ParsedFile>;
  /** Tells one state of the folder's files from another. */
  readonly mark: string;
}

interface ParsedFile extends ParsedRules {
  readonly mark: string;
  /** Characters. */
  readonly length: number;
  /** Rules that stood here before an edit broke the file: they go on until it is mended. */
  readonly kept: readonly SigmaRule[];
}

/**
 * Reads all rule files of a folder and of those below it (`.yml`, `.yaml`; not `pack.yml` and `*.tests.yml`). What is wrong with a rule is
 * a diagnostic; throws `rules.pack_unreadable` and `rules.too_many` for what is wrong with the folder.
 */
export function loadPack(folder: string): RulePack {
  const mark = markOf(folder);
  return packOf(folder, mark, new Map(ruleFilesIn(folder).map((file) => [file, parsedFile(file)])));
}

/**
 * Reads the folder of a pack again, in slices between which other work has its turn: of a whole repository that is pulled, parsing takes
 * seconds. Files that are as they were are taken over, and of a file that an edit broke the rules go on. Rejects with what `loadPack`
 * throws, and with the signal's reason.
 */
export async function reloadPack(before: RulePack, signal: AbortSignal): Promise<RulePack> {
  const { folder } = before;
  // Before the files are read: what changes meanwhile is seen at the next look.
  const mark = markOf(folder);
  const files = new Map<string, ParsedFile>();
  let parsed = 0;
  for (const file of ruleFilesIn(folder)) {
    const old = before.files.get(file);
    const read = parsedFile(file, old);
    files.set(file, read);
    if (read !== old) parsed += read.length;
    if (parsed < sliceCharacters) continue;
    parsed = 0;
    await setImmediate(undefined, { signal });
  }
  return packOf(folder, mark, files);
}

function packOf(folder: string, mark: string, files: ReadonlyMap<string, ParsedFile>): RulePack {
  const head = readHead(folder);
  const parsed = [...files.values()];
  return {
    name:
      head.name ??
      (basename(folder)
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-') ||
        'rules'),
    title: head.title ?? basename(folder),
    license: head.license ?? '',
    folder,
    rules: rulesOf(parsed),
    diagnostics: parsed.flatMap(({ diagnostics }) => diagnostics),
    ...{ files, mark },
  };
}

function parsedFile(file: string, before?: ParsedFile): ParsedFile {
  const mark = markOfFile(file);
  if (before?.mark === mark) return before;
  const text = readText(file);
  const { rules, diagnostics: written } = parseRules(text, file);
  const diagnostics = [...written, ...rules.flatMap((rule) => routingOf(rule) ?? [])];
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  const kept = isBroken && before !== undefined ? [...before.rules, ...before.kept] : [];
  return { rules, diagnostics, mark, length: text.length, kept };
}

/** What is kept of broken files counts where the same rule does not stand anywhere as it is wanted now. */
function rulesOf(files: readonly ParsedFile[]): readonly SigmaRule[] {
  const rules = files.flatMap((file) => file.rules);
  const ids = new Set(rules.map(({ id }) => id));
  return [...rules, ...files.flatMap(({ kept }) => kept.filter(({ id }) => !ids.has(id)))];
}

/** A text that changes when a rule file comes, goes or is changed. */
export function markOf(folder: string): string {
  return yamlFilesIn(folder).map(markOfFile).join('\n');
}

/** By size and times of change: of the content, and of who may read it. */
function markOfFile(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? file : `${file} ${status.size} ${status.mtimeMs} ${status.ctimeMs}`;
}

/** Files of rules, sorted. */
export function ruleFilesIn(folder: string): readonly string[] {
  return yamlFilesIn(folder).filter((file) => !isTests(file) && basename(file) !== 'pack.yml');
}

/** Files of rule tests, sorted. */
export const testFilesIn = (folder: string): readonly string[] => yamlFilesIn(folder).filter(isTests);

const isTests = (file: string) => /\.tests\.ya?ml$/.test(file);

function yamlFilesIn(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile()) return [folder];
    throw rulesErrors.make('pack_unreadable', `There is no folder of rules at ${folder}`);
  }
  const found: string[] = [];
  const visit = (below: string, depth: number) => {
    for (const entry of readdirSync(below, { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && depth < maxDepth) visit(path, depth + 1);
      if (entry.isFile() && /\.ya?ml$/.test(entry.name)) found.push(path);
      if (found.length > maxFiles)
        throw rulesErrors.make('too_many', `${folder} has more than ${maxFiles} files`);
    }
  };
  visit(folder, 0);
  return found.sort();
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

function readHead(folder: string): z.infer<typeof PackHead> {
  const file = join(folder, 'pack.yml');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return {};
  try {
    return PackHead.parse(parseYaml(readText(file, maxHeadBytes)));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw rulesErrors.make('pack_unreadable', `${file}: ${why}`, { cause });
  }
}
