import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { Parser, type ReadEntry } from 'tar';
import { maxPackFiles, type RulePackUpload } from '../contracts/index.ts';
import { rulesErrors } from './errors.ts';
import { nameFrom } from './pack.ts';
import { maxHeadBytes, maxPlaceholderBytes, readHead } from './pack-settings.ts';
import { headName, maxFileBytes, placeholdersName, readText, yamlFilesIn } from './rule-folder.ts';
import { isKept, maxPackBytes } from './uploaded-files.ts';

/** Entries of an archive that are looked at, of whatever kind. */
const maxEntries = 200_000;
/** Bytes of an archive, unpacked: what is not kept has to be read over. */
const maxUnpackedBytes = 1024 * 1024 * 1024;

type Files = RulePackUpload['files'];

/** What is to be installed, and what it is called unless somebody says otherwise. */
interface PackSource {
  readonly name: string;
  readonly files: Files;
}

/**
 * Reads the rule files of a folder, of a file or of an archive (`.tar`, `.tar.gz`, `.tgz`) as they are to be installed: no tests, no other
 * files, no links. The single folder that all of an archive lies in is left out of the paths. A file `placeholders` takes the place of
 * the pack's own. Throws `rules.pack_invalid`, `rules.pack_too_large`, `rules.pack_unreadable`, the signal's reason.
 */
export async function readPackSource(
  path: string,
  options: { readonly signal: AbortSignal; readonly placeholders?: string | undefined },
): Promise<PackSource> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw rulesErrors.make('pack_unreadable', `There is nothing at ${path}`);
  const isArchive = status.isFile() && !/\.ya?ml$/.test(path);
  const read = isArchive ? withoutTop(await filesInArchive(path, options.signal)) : filesInFolder(path);
  const files = withPlaceholders(read, options.placeholders);
  if (files.length === 0)
    throw rulesErrors.make('pack_invalid', `${path} holds no rule file (.yml or .yaml)`);
  const head = files.find((file) => file.path === headName);
  const named = head === undefined ? undefined : readHead(head.text.slice(0, maxHeadBytes), headName).name;
  return { name: named ?? nameFrom(basename(path).replace(/\.(?:tar|tgz|tar\.gz|ya?ml)$/, '')), files };
}

function withPlaceholders(files: Files, file: string | undefined): Files {
  if (file === undefined) return files;
  const others = files.filter(({ path }) => path !== placeholdersName);
  return [...others, { path: placeholdersName, text: readText(file, maxPlaceholderBytes) }];
}

function filesInFolder(folder: string): Files {
  const isFolder = statSync(folder).isDirectory();
  const files: Files = [];
  let bytes = 0;
  for (const file of yamlFilesIn(folder)) {
    const path = relative(isFolder ? folder : dirname(folder), file).replaceAll(sep, '/');
    if (!isKept(path)) continue;
    const text = readText(file);
    bytes += Buffer.byteLength(text);
    if (bytes > maxPackBytes) throw tooLarge(`${folder} has more than ${maxPackBytes} bytes of rules`);
    files.push({ path, text });
  }
  return files;
}

async function filesInArchive(path: string, signal: AbortSignal): Promise<Files> {
  await refuseZip(path);
  const files: Files = [];
  const counts = { entries: 0, unpacked: 0, kept: 0 };
  let fault: unknown;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      try {
        take(entry, files, counts);
      } catch (error) {
        fault ??= error;
        entry.resume();
      }
    },
  });
  parser.on('error', (error: unknown) => {
    fault ??= rulesErrors.make('pack_invalid', `${path} is no sound tar archive: ${String(error)}`);
  });
  const ended = new Promise<void>((resolve) => parser.on('end', resolve));
  for await (const chunk of createReadStream(path, { signal })) {
    parser.write(chunk);
    if (fault !== undefined) throw fault;
  }
  parser.end();
  if (fault !== undefined) throw fault;
  await ended;
  if (fault !== undefined) throw fault;
  return files;
}

/** Links, devices and files that are no rules are read over. */
function take(
  entry: ReadEntry,
  files: Files,
  counts: { entries: number; unpacked: number; kept: number },
): void {
  counts.entries += 1;
  counts.unpacked += entry.size;
  if (counts.entries > maxEntries || counts.unpacked > maxUnpackedBytes)
    throw tooLarge(`The archive has more than ${maxEntries} entries or ${maxUnpackedBytes} bytes`);
  const path = entry.path.replace(/^(?:\.\/)+/, '');
  const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
  if (!isFile || !isKeptInArchive(path)) {
    entry.resume();
    return;
  }
  if (path.startsWith('/') || path.split('/').includes('..'))
    throw rulesErrors.make('pack_invalid', `'${path}' leads out of the archive`);
  counts.kept += entry.size;
  if (entry.size > maxFileBytes) throw tooLarge(`${path} has more than ${maxFileBytes} bytes`);
  if (files.length >= maxPackFiles || counts.kept > maxPackBytes)
    throw tooLarge(`The archive has more than ${maxPackFiles} rule files or ${maxPackBytes} bytes of them`);
  const chunks: Buffer[] = [];
  entry.on('data', (chunk) => chunks.push(chunk));
  entry.on('end', () => files.push({ path, text: Buffer.concat(chunks).toString() }));
}

/** As for a folder; the settings of the pack may lie in the one folder that the archive is of. */
const isKeptInArchive = (path: string) => isKept(path) || isKept(path.slice(path.indexOf('/') + 1));

function withoutTop(files: Files): Files {
  const [first] = files;
  const top = first === undefined ? '' : first.path.slice(0, first.path.indexOf('/') + 1);
  const inTop = top !== '' && files.every(({ path }) => path.startsWith(top));
  const paths = files.map(({ path, text }) => ({ path: inTop ? path.slice(top.length) : path, text }));
  return paths.filter(({ path }) => isKept(path));
}

/** By its first bytes, whatever it is called. */
async function refuseZip(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (buffer.toString('latin1') === 'PK')
      throw rulesErrors.make(
        'pack_invalid',
        `${path} is a zip file; unpack it and install the folder, or a .tar.gz`,
      );
  } finally {
    await file.close();
  }
}

const tooLarge = (message: string) => rulesErrors.make('pack_too_large', message);
