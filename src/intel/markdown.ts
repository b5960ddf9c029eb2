import { chunkParagraphs } from './chunk.ts';
import type { Section } from './section.ts';

/** A longer line behind `#` is text, not a heading. */
const maxHeadingLength = 200;
/** CommonMark 4.2: one to six number signs, a space, the words, closing number signs if any. */
const headingLine = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
/** CommonMark 4.5: inside a fence nothing is a heading. */
const fence = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Markdown as sections of bounded length, structure first: a heading begins a new one. Plain text has no headings and
 * is cut at its paragraphs. The title is the first heading of level one, else `name`.
 */
export function readMarkdown(
  text: string,
  name: string,
): { readonly title: string; readonly sections: readonly Section[] } {
  const parts = partsOf(text);
  const title = parts.map(({ heading }) => heading[0]).find((each) => each?.level === 1)?.text ?? name;
  const sections = parts.flatMap(({ heading, paragraphs, bare }) => {
    const path = heading.map((each) => each.text).filter((each, depth) => depth > 0 || each !== title);
    const chunks = chunkParagraphs(paragraphs);
    const texts = chunks.length === 0 && bare ? [heading.at(-1)?.text ?? ''] : chunks;
    return texts.map((chunk) => ({ title, heading: path, text: chunk, subjects: [] }));
  });
  return { title, sections };
}

interface Heading {
  readonly level: number;
  readonly text: string;
}

interface Part {
  readonly heading: readonly Heading[];
  readonly paragraphs: string[];
  /** No text and no heading below it: only its heading says something. */
  bare: boolean;
}

function partsOf(text: string): readonly Part[] {
  let part: Part = { heading: [], paragraphs: [], bare: false };
  const parts = [part];
  let open = '';
  let lines: string[] = [];
  const flush = () => {
    const paragraph = lines.join('\n').trim();
    if (paragraph !== '') part.paragraphs.push(paragraph);
    lines = [];
  };
  for (const line of text.split('\n')) {
    const marks = fence.exec(line)?.[1] ?? '';
    if (open === '' ? marks !== '' : marks.startsWith(open)) open = open === '' ? marks : '';
    const heading = open === '' && marks === '' ? headingOf(line) : undefined;
    if (heading !== undefined) {
      flush();
      const above = part.heading.filter(({ level }) => level < heading.level);
      if (above.length === part.heading.length) part.bare = false;
      part = { heading: [...above, heading], paragraphs: [], bare: true };
      parts.push(part);
    } else if (line.trim() === '' && open === '') flush();
    else lines.push(line);
  }
  flush();
  return parts;
}

function headingOf(line: string): Heading | undefined {
  if (line.length > maxHeadingLength) return undefined;
  const [, marks, words] = headingLine.exec(line) ?? [];
  if (marks === undefined || words === undefined) return undefined;
  const text = words
    .trim()
    .replace(/[ \t]#+$/, '')
    .trim();
  return text === '' ? undefined : { level: marks.length, text };
}
