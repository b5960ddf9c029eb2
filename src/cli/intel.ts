import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Command } from 'commander';
import type { Client } from '../client/index.ts';
import {
  type IntelDocument,
  type IntelHit,
  IntelKind,
  maxIntelName,
  TyrianError,
} from '../contracts/index.ts';
import { slimStix } from '../intel/index.ts';
import { count, longTable } from './figures.ts';
import { intelCommandErrors } from './intel-errors.ts';
import { printable } from './printable.ts';
import { withClient } from './session.ts';

const mebibyte = 1024 * 1024;
/** Of one file, unpacked: MITRE's whole bundle has some 50 MiB. */
const maxFileBytes = 256 * mebibyte;
/** Larger JSON is cut down to what an import keeps before it is sent. */
const slimAbove = 4 * mebibyte;
const maxFiles = 10_000;
/** What is taken of a folder; a file that is named is taken whatever it is called. */
const taken = /\.(?:md|markdown|txt|json|ndjson)(?:\.gz|\.zst)?$/i;

interface ImportOptions {
  readonly name?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly licence?: string;
  readonly json?: boolean;
}

/** `tyrian intel`: notes and catalogues that help to read telemetry. */
export function intelCommand(setExitCode: (code: number) => void): Command {
  const intel = new Command('intel').description('notes and catalogues: import, list, search, remove');
  intel
    .command('import')
    .description('import Markdown, text, CISA KEV and STIX 2.1 (ATT&CK); plain, .gz or .zst')
    .argument('<paths...>', 'files and folders')
    .option('--kind <kind>', `${IntelKind.options.join(', ')}`, 'auto')
    .option('--name <name>', 'keep one file under this name: the next one of this name replaces it')
    .option('--source <text>', 'who published it, in place of what it says')
    .option('--licence <text>', 'under which, in place of what it says')
    .option('--json', 'print JSON')
    .action(async (paths: string[], options: ImportOptions, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const documents: IntelDocument[] = [];
        for (const file of named(paths.flatMap(filesOf), options.name)) {
          const document = await importOne(client, file, options, signal);
          if (document === undefined) setExitCode(1);
          else documents.push(document);
          if (document !== undefined && options.json !== true) console.log(imported(document));
        }
        if (options.json === true) console.log(JSON.stringify(documents));
      });
    });
  intel
    .command('list', { isDefault: true })
    .description('the documents, our own notes among them')
    .option('--json', 'print JSON: all of them')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const documents: IntelDocument[] = [];
        let after: string | undefined;
        do {
          const page = await client.intelDocuments(
            { query: after === undefined ? {} : { after } },
            { signal },
          );
          documents.push(...page.documents);
          after = page.next ?? undefined;
        } while (after !== undefined);
        console.log(options.json === true ? JSON.stringify(documents) : documentTable(documents));
      });
    });
  intel
    .command('search')
    .description('passages for identifiers and words, best first')
    .argument('<words...>')
    .option('--limit <number>', 'how many', '5')
    .option('--json', 'print JSON')
    .action(
      async (
        words: string[],
        options: { readonly limit: string; readonly json?: boolean },
        command: Command,
      ) => {
        await withClient(command, async (client, { signal }) => {
          const query = { q: words.join(' '), limit: options.limit };
          const found = await client.searchIntel({ query }, { signal });
          if (options.json === true) console.log(JSON.stringify(found));
          else
            console.log(found.hits.length === 0 ? 'Nothing was found.' : found.hits.map(shown).join('\n\n'));
        });
      },
    );
  intel
    .command('remove')
    .description('take a document out of every search')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const document = await client.removeIntel({ params: { id } }, { signal });
        console.log(json === true ? JSON.stringify(document) : `"${printable(document.title)}" was removed.`);
      });
    });
  return intel;
}

interface File {
  readonly path: string;
  /** Under which the document is kept: its path as seen from the working folder. */
  readonly name: string;
}

function filesOf(path: string): readonly File[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw intelCommandErrors.make('intel', `There is no file or folder ${path}`);
  if (!status.isDirectory()) return [fileOf(path)];
  const found = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && taken.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (found.length > maxFiles)
    throw intelCommandErrors.make(
      'intel',
      `${path} holds ${found.length} documents; one command takes ${maxFiles}`,
    );
  return found.map(fileOf);
}

function fileOf(path: string): File {
  const seen = relative(process.cwd(), resolve(path)).replace(/^(?:\.\.\/)+/, '');
  return { path, name: seen.replace(/\.(?:gz|zst)$/i, '').slice(-maxIntelName) };
}

function named(files: readonly File[], name: string | undefined): readonly File[] {
  if (name === undefined) return files;
  const [file, more] = files;
  if (file === undefined || more !== undefined)
    throw intelCommandErrors.make('intel', `--name is for one file; there are ${files.length}`);
  return [{ ...file, name }];
}

/** Undefined when it was refused: the reason is printed, and the others go on. */
async function importOne(client: Client, file: File, options: ImportOptions, signal: AbortSignal) {
  try {
    const query = {
      name: file.name,
      kind: kindOf(options.kind ?? 'auto'),
      ...(options.source === undefined ? {} : { source: options.source }),
      ...(options.licence === undefined ? {} : { licence: options.licence }),
    };
    return await client.importIntel({ query, body: contentOf(file.path) }, { signal });
  } catch (error) {
    if (!(error instanceof TyrianError) || !error.code.startsWith('intel.')) throw error;
    console.error(`${file.path}: ${error.message} (${error.code})`);
    return undefined;
  }
}

function kindOf(text: string): IntelKind {
  const kind = IntelKind.safeParse(text);
  if (kind.success) return kind.data;
  throw intelCommandErrors.make(
    'intel',
    `There is no kind '${text}'; there are ${IntelKind.options.join(', ')}`,
  );
}

/** The file unpacked; of a bundle that is larger than a request, what an import keeps. */
function contentOf(path: string): Uint8Array<ArrayBuffer> {
  const packed = readFileSync(path);
  const bytes = unpacked(path, packed);
  if (bytes.length <= slimAbove) return Uint8Array.from(bytes);
  return new TextEncoder().encode(slimStix(bytes.toString()) ?? bytes.toString());
}

function unpacked(path: string, packed: Buffer): Buffer {
  const bound = { maxOutputLength: maxFileBytes };
  if (/\.gz$/i.test(path)) return gunzipSync(packed, bound);
  if (!/\.zst$/i.test(path)) return packed;
  return zstdDecompressSync(packed, { ...bound, params: { [constants.ZSTD_d_windowLogMax]: 27 } });
}

const imported = ({ id, kind, passages, version, left_out }: IntelDocument) =>
  `${id}: ${kind}, ${count(passages)} passages, version ${version}${left_out === 0 ? '' : `, ${count(left_out)} objects left out`}`;

function documentTable(documents: readonly IntelDocument[]): string {
  const rows = documents.map(({ id, kind, trust, passages, imported_at, source, title }) => [
    id,
    ...[kind, trust, count(passages), imported_at?.slice(0, 19) ?? ''],
    ...[printable(source), printable(title)],
  ]);
  return longTable(['id', 'kind', 'trust', 'passages', 'imported', 'source', 'title'], rows);
}

function shown({ id, title, heading, source, text, score, why }: IntelHit): string {
  const head = `${printable(title)}${heading === '' ? '' : ` › ${printable(heading)}`}`;
  const lines = text.split('\n').map((line) => `  ${printable(line)}`);
  return [
    `${head} (${printable(source)}, ${id}, score ${score}: ${why.map(printable).join(', ')})`,
    ...lines,
  ].join('\n');
}
