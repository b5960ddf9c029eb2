import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import type { CatalogueEntry } from '../../../src/contracts/index.ts';
import { code, page, table } from './markdown.ts';

const source = fileURLToPath(new URL('../../../src', import.meta.url));
/** A declaration, not the mention of one in a comment. */
const declaration = /^(?:export )?const \w+ = errorCatalogue\('(\w+)', (\{[\s\S]*?^\})\)/gm;
/** Holds examples, which are no declarations. */
const docComment = /\/\*\*[\s\S]*?\*\//g;
/** An error that is made without a catalogue. */
const bare = /new TyrianError\(\s*'(\w+\.\w+)'/g;

export interface Declared {
  readonly room: string;
  readonly file: string;
  readonly entries: Readonly<Record<string, CatalogueEntry>>;
}

/** The program's files by path below `src`, without tests and doc comments. */
export function productFiles(): ReadonlyMap<string, string> {
  const names = globSync('**/*.ts', { cwd: source }).filter(
    (name) => !/\.(?:test|suite|fixture)\.ts$/.test(name),
  );
  const read = (name: string) => readFileSync(`${source}/${name}`, 'utf8').replaceAll(docComment, '');
  return new Map(
    names.sort((left, right) => left.localeCompare(right, 'en')).map((name) => [name, read(name)]),
  );
}

/** Every catalogue in `src`. Their entries are plain data, read from the text: some rooms keep theirs to themselves. */
export function declaredErrors(): readonly Declared[] {
  return [...productFiles()].flatMap(([file, text]) =>
    [...text.matchAll(declaration)].map(([, room = '', entries = '']) => ({
      room,
      file,
      entries: runInNewContext(`(${entries})`) as Declared['entries'],
    })),
  );
}

/** Codes that are thrown without a catalogue, with the file that does. */
export function bareErrors(): readonly (readonly [code: string, file: string])[] {
  return [...productFiles()].flatMap(([file, text]) =>
    [...text.matchAll(bare)].map(([, found = '']) => [found, file] as const),
  );
}

export function errorsPage(): string {
  const catalogues = declaredErrors();
  const rooms = [...new Set(catalogues.map(({ room }) => room))].sort((left, right) =>
    left.localeCompare(right, 'en'),
  );
  const others = bareErrors();
  return page(
    'Error codes',
    'On the wire an error is `{"code", "message", "trace_id"}`, with `details` where they help; above status 499 the message says nothing of ' +
      'the inside, and the log has the reason under the trace id. A command prints message and code. *Retry* means that the same call may ' +
      'succeed later; over HTTP it comes with `Retry-After` (status 429 and 503). Dead letters carry codes of `intake`, `normalise` and `log`: ' +
      'there the status means nothing.',
    ...rooms.flatMap((room) => [`## ${room}`, roomTable(catalogues.filter((each) => each.room === room))]),
    ...(others.length === 0
      ? []
      : [
          '## Without a catalogue',
          table(
            ['code', 'thrown in'],
            others.map(([found, file]) => [code(found), code(`src/${file}`)]),
          ),
        ]),
  );
}

function roomTable(catalogues: readonly Declared[]): string {
  const rows = catalogues.flatMap(({ room, entries }) =>
    Object.entries(entries).map(([what, { status, retryable, meaning }]) => [
      code(`${room}.${what}`),
      String(status),
      retryable === true ? 'yes' : '',
      sentence(meaning),
    ]),
  );
  return table(['code', 'status', 'retry', 'meaning'], rows);
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\.?$/, '.');
