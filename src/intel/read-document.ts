import { basename } from 'node:path';
import type { IntelKind } from '../contracts/index.ts';
import { chunkParagraphs } from './chunk.ts';
import { cleanText, decodeText, oneLine } from './clean-text.ts';
import { intelErrors } from './errors.ts';
import { parseJson } from './json.ts';
import { KevCatalogue, kevSections } from './kev.ts';
import { readMarkdown } from './markdown.ts';
import type { Section } from './section.ts';
import { isKept, StixObject, stixObjects, stixSections } from './stix.ts';

const mebibyte = 1024 * 1024;
/** Of a note; a catalogue holds thousands of entries. */
export const maxNoteBytes = 4 * mebibyte;
export const maxCatalogueBytes = 16 * mebibyte;
const maxTitleLength = 200;

/** `imported`: a published catalogue; `note`: somebody's own text; `own`: it came with the program. */
export type Trust = 'own' | 'imported' | 'note';

/** A document as it was understood. */
export interface ReadDocument {
  /** Under which it is kept: a later catalogue of the same kind takes the earlier one's place. */
  readonly name: string;
  readonly kind: Exclude<IntelKind, 'auto'>;
  readonly title: string;
  readonly source: string;
  readonly licence: string;
  readonly trust: Trust;
  /** Of a catalogue made while they are read, so that other work can go on in between. */
  readonly sections: Iterable<Section>;
  /** Objects of a bundle that are revoked, deprecated or of no kept type. */
  readonly leftOut: number;
}

/**
 * Reads a document of a declared or recognised kind. Throws `intel.not_text`, `intel.not_understood` or
 * `intel.too_large`.
 */
export function readDocument(input: {
  readonly name: string;
  readonly kind: IntelKind;
  readonly bytes: Uint8Array;
}): ReadDocument {
  refuseAbove(input.bytes, maxCatalogueBytes);
  const text = decodeText(input.bytes);
  const kind = input.kind === 'auto' ? recogniseKind(input.name, text) : input.kind;
  switch (kind) {
    case 'kev':
      return readKev(text);
    case 'stix':
      return readStix(text, input.name);
    case 'markdown':
    case 'text':
      refuseAbove(input.bytes, maxNoteBytes);
      return readNote(cleanText(text), input.name, kind);
  }
}

function refuseAbove(bytes: Uint8Array, most: number): void {
  if (bytes.byteLength > most)
    throw intelErrors.make('too_large', `The document has ${bytes.byteLength} bytes; it may have ${most}`);
}

/** By what stands in it; the name only tells Markdown from text. */
function recogniseKind(name: string, text: string): ReadDocument['kind'] {
  const head = text.slice(0, 4_096).trimStart();
  if (!/^[[{]/.test(head))
    return /\.(?:md|markdown)$/i.test(name) || /^#{1,6} /m.test(head) ? 'markdown' : 'text';
  if (/"vulnerabilities"\s*:/.test(head) || /"catalogVersion"\s*:/.test(head)) return 'kev';
  if (/"type"\s*:\s*"[a-z0-9-]+"/.test(head)) return 'stix';
  throw intelErrors.make(
    'not_understood',
    `${name} is JSON, but neither a CISA KEV catalogue nor STIX 2.1 objects`,
  );
}

function readKev(text: string): ReadDocument {
  const parsed = KevCatalogue.safeParse(parseJson(text));
  if (!parsed.success)
    throw intelErrors.make('not_understood', `This is no KEV catalogue: ${parsed.error.issues[0]?.message}`);
  const { title, catalogVersion, dateReleased } = parsed.data;
  return {
    ...{ name: 'cisa-kev', kind: 'kev', trust: 'imported', licence: 'CC0-1.0', leftOut: 0 },
    title: oneLine(title).slice(0, maxTitleLength) || 'Known exploited vulnerabilities',
    source: oneLine(`CISA KEV ${catalogVersion || dateReleased}`).slice(0, maxTitleLength),
    sections: bounded(kevSections(parsed.data)),
  };
}

function readStix(text: string, name: string): ReadDocument {
  const found = stixObjects(text);
  const objects = found.flatMap((each) => {
    const parsed = StixObject.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
  const isAttack = /"source_name"\s*:\s*"mitre-/.test(text);
  return {
    ...{ name, kind: 'stix', trust: 'imported' },
    licence: isAttack ? 'MITRE ATT&CK terms of use' : '',
    title: isAttack ? `MITRE ATT&CK (${basename(name)})` : basename(name),
    source: isAttack ? 'MITRE ATT&CK' : 'STIX 2.1',
    sections: bounded(stixSections(objects)),
    leftOut: found.length - objects.filter(isKept).length,
  };
}

function readNote(text: string, name: string, kind: 'markdown' | 'text'): ReadDocument {
  const first = text.trimStart().split('\n', 1)[0] ?? '';
  const plain = first.length > 0 && first.length <= maxTitleLength ? oneLine(first) : basename(name);
  const { title, sections } =
    kind === 'markdown'
      ? readMarkdown(text, basename(name))
      : { title: plain, sections: textSections(text, plain) };
  return {
    ...{ name, kind, title: oneLine(title), source: name, licence: '', trust: 'note', leftOut: 0 },
    sections,
  };
}

const textSections = (text: string, title: string): readonly Section[] =>
  chunkParagraphs(text.split(/\n[ \t]*\n/)).map((chunk) => ({
    title,
    heading: [],
    text: chunk,
    subjects: [],
  }));

/** Entries of catalogues are cut to passages like notes. */
function* bounded(sections: Iterable<Section>): Generator<Section> {
  for (const section of sections) {
    for (const text of chunkParagraphs(section.text.split(/\n[ \t]*\n/))) yield { ...section, text };
  }
}
