import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Passage, passageOf } from './passage.ts';
import type { Rankable, Statistics } from './rank.ts';
import { readDocument } from './read-document.ts';

/** The notes that come with the program; `src/` and `dist/` lie equally deep beside `content/`. */
export const ownNotesFolder = fileURLToPath(new URL('../../content/intel', import.meta.url));

export const ownPrefix = 'own:';
export const ownSource = 'Tyrian notes';
export const ownLicence = 'Apache-2.0';

export type OwnPassage = Passage & Rankable & { readonly id: string };

export interface OwnNote {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly bytes: number;
  readonly words: number;
  readonly passages: readonly OwnPassage[];
}

/** Reads the folder's Markdown files, by name. Throws what reading a document throws: a fault of the build. */
export function readOwnNotes(folder: string): readonly OwnNote[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return files.sort().map((name) => {
    const bytes = readFileSync(join(folder, name));
    const id = `${ownPrefix}${name.slice(0, -'.md'.length)}`;
    const { title, sections } = readDocument({ name, kind: 'markdown', bytes });
    const passages = [...sections].map((section, ordinal) => ({
      ...passageOf(section, ordinal),
      document_id: id,
      id: `${id}#${ordinal}`,
    }));
    const words = passages.reduce((sum, { length }) => sum + length, 0);
    return { id, name, title, bytes: bytes.length, words, passages };
  });
}

/** What ranking needs to know of the notes, for the words that are asked for. */
export function statisticsOf(passages: readonly Rankable[], words: readonly string[]): Statistics {
  const having = words.map(
    (word) => [word, passages.filter((each) => each.words.includes(` ${word} `)).length] as const,
  );
  return {
    passages: passages.length,
    words: passages.reduce((sum, { length }) => sum + length, 0),
    having: new Map(having),
  };
}
