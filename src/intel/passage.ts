import { identifiersIn, withTechniques } from './identifiers.ts';
import type { Section } from './section.ts';
import { wordsOf } from './words.ts';

/** What is searched: a piece of a document with its words and identifiers taken out once, when it came in. */
export interface Passage {
  readonly ordinal: number;
  readonly title: string;
  /** The path of headings, ` › ` between them; '' at the top. */
  readonly heading: string;
  readonly text: string;
  /** Words of title (twice), headings and text, a space before, between and behind them. */
  readonly words: string;
  /** How many words. */
  readonly length: number;
  /** Identifiers that it is about. */
  readonly subjects: readonly string[];
  /** All identifiers that it names, those it is about and the techniques of sub-techniques too. */
  readonly identifiers: readonly string[];
}

const titleWeight = 2;

export function passageOf({ title, heading, text, subjects }: Section, ordinal: number): Passage {
  const path = heading.join(' › ');
  const named = wordsOf(title);
  const words = [
    ...Array.from({ length: titleWeight }, () => named).flat(),
    ...wordsOf(path),
    ...wordsOf(text),
  ];
  const about = [...new Set([...subjects, ...identifiersIn(`${title}\n${path}`)])];
  return {
    ordinal,
    title,
    heading: path,
    text,
    words: ` ${words.join(' ')} `,
    length: words.length,
    subjects: about,
    identifiers: withTechniques([...new Set([...about, ...identifiersIn(text)])]),
  };
}
