import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CorrelationRule, Diagnostic, Placeholders, SigmaFilter, SigmaRule } from '../detect/index.ts';
import {
  maxHeadBytes,
  maxPlaceholderBytes,
  type PackHead,
  readHead,
  readPlaceholders,
} from './pack-settings.ts';
import { joinFiles, type ParsedFile, parseFile } from './parsed-file.ts';
import { headName, markOf, markOfFile, placeholdersName, readText, ruleFilesIn } from './rule-folder.ts';

/** The rules that come with the program; `src/` and `dist/` lie equally deep beside `content/`. */
export const ownRules = fileURLToPath(new URL('../../content/rules', import.meta.url));

/** Characters of rules that are parsed before other work has its turn: some five files as people write them. */
const sliceCharacters = 8 * 1024;

/** Rules that belong together, with whose they are. */
export interface RulePack {
  readonly name: string;
  readonly title: string;
  readonly license: string;
  /** Of rules that name none. */
  readonly author: string;
  /** Where the pack comes from; '' when it does not say. */
  readonly source: string;
  /** Ids of its rules that are off for a tenant that has not put them in force: those that hit much that is harmless. */
  readonly off: readonly string[];
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly CorrelationRule[];
  readonly filters: readonly SigmaFilter[];
  readonly diagnostics: readonly Diagnostic[];
  /** What stands in each file, so that a file that did not change need not be read again. */
  readonly files: ReadonlyMap<string, ParsedFile>;
}

/** A pack that is read from a folder. */
export interface FolderPack extends RulePack {
  readonly folder: string;
  /** Tells one state of the folder's files from another. */
  readonly mark: string;
}

/**
 * Reads all rule files of a folder and of those below it (`.yml`, `.yaml`; not `pack.yml`, `placeholders.yml` and `*.tests.yml`). What is
 * wrong with a rule is a diagnostic; throws `rules.pack_unreadable` and `rules.too_many` for what is wrong with the folder.
 */
export function loadPack(folder: string): FolderPack {
  const mark = markOf(folder);
  const settings = settingsIn(folder);
  const files = ruleFilesIn(folder).map((file) => [file, fileIn(file, settings)] as const);
  return { ...packOf(settings.head, basename(folder), new Map(files)), folder, mark };
}

/**
 * Reads the folder of a pack again, in slices between which other work has its turn: of a whole repository that is pulled, parsing takes
 * seconds. Files that are as they were are taken over, and of a file that an edit broke the rules go on. Rejects with what `loadPack`
 * throws, and with the signal's reason.
 */
export async function reloadPack(before: FolderPack, signal: AbortSignal): Promise<FolderPack> {
  const { folder } = before;
  // Before the files are read: what changes meanwhile is seen at the next look.
  const mark = markOf(folder);
  const settings = settingsIn(folder);
  const read = (file: string) => fileIn(file, settings, before.files.get(file));
  const files = await inSlices(ruleFilesIn(folder), read, before.files, signal);
  return { ...packOf(settings.head, basename(folder), files), folder, mark };
}

/** Reads files one by one and gives way after each slice; what is as it was before costs nothing. */
export async function inSlices(
  names: readonly string[],
  read: (name: string) => ParsedFile,
  before: ReadonlyMap<string, ParsedFile>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ParsedFile>> {
  const files = new Map<string, ParsedFile>();
  let parsed = 0;
  for (const name of names) {
    const file = read(name);
    files.set(name, file);
    if (file !== before.get(name)) parsed += file.length;
    if (parsed < sliceCharacters) continue;
    parsed = 0;
    await setImmediate(undefined, { signal });
  }
  return files;
}

/** A pack of files that are parsed; what its head leaves open follows from `fallback`, the name of its folder. */
export function packOf(head: PackHead, fallback: string, files: ReadonlyMap<string, ParsedFile>): RulePack {
  return {
    name: head.name ?? nameFrom(fallback),
    title: head.title ?? fallback,
    license: head.license ?? '',
    author: head.author ?? '',
    source: head.source ?? '',
    off: head.off ?? [],
    ...joinFiles([...files.values()]),
    files,
  };
}

/** A name for a pack that has none of its own. */
export const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 64) || 'rules';

interface Settings {
  readonly head: PackHead;
  readonly placeholders: Placeholders;
  /** Tells one state of the placeholders from another: every rule may hang on them. */
  readonly mark: string;
}

/** Of a file, the settings are those of the folder that it lies in. */
function settingsIn(path: string): Settings {
  const has = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  const folder = has(path) ? dirname(path) : path;
  const [head, placeholders] = [join(folder, headName), join(folder, placeholdersName)];
  return {
    head: has(head) ? readHead(readText(head, maxHeadBytes), head) : {},
    placeholders: has(placeholders)
      ? readPlaceholders(readText(placeholders, maxPlaceholderBytes), placeholders)
      : new Map(),
    mark: has(placeholders) ? markOfFile(placeholders) : '',
  };
}

function fileIn(file: string, { placeholders, mark: settings }: Settings, before?: ParsedFile): ParsedFile {
  const mark = `${markOfFile(file)} ${settings}`;
  return before?.mark === mark ? before : parseFile(readText(file), { file, mark, placeholders }, before);
}
