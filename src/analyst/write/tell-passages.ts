import type { Evidence } from '../../contracts/index.ts';
import { quotableText } from '../display-text.ts';
import { cellClaim, type Told, textAt } from './told.ts';

/** Titles that one sentence names, and passages that are quoted. */
const titlesNamed = 5;
const passagesQuoted = 2;
/** Longest quotation of a passage; the evidence holds the whole. */
const maxQuotation = 700;

/** Which notes bear on the question, then the beginning of the best: always as quotations, never as what happened. */
export function tellPassages(evidence: Evidence): {
  readonly told: readonly Told[];
  readonly untold: number;
} {
  const titles = new Map<string, number>();
  for (const row of evidence.rows.keys()) {
    const title = textAt(evidence, row, 'title');
    if (title !== '' && !titles.has(title)) titles.set(title, row);
  }
  const named = [...titles].slice(0, titlesNamed);
  if (named.length === 0) return { told: [], untold: evidence.rows.length };
  const list: Told = {
    text: `Notes on this: ${named.map(([title]) => `\`${beginningOf(title)}\``).join('; ')}.`,
    claims: named.map(([, row]) => cellClaim(evidence, row, ['title'])),
  };
  const quoted = evidence.rows.slice(0, passagesQuoted).map((_, row) => ({
    text: `From \`${beginningOf(textAt(evidence, row, 'title'))}\`: \`${beginningOf(textAt(evidence, row, 'text'))}\`.`,
    claims: [cellClaim(evidence, row, ['title', 'text'])],
  }));
  const told = new Set(named.map(([title]) => title));
  const untold = evidence.rows.filter((_, row) => !told.has(textAt(evidence, row, 'title'))).length;
  return { told: [list, ...quoted], untold };
}

/** The whole text, or its beginning with an ellipsis, cut where that doesn't change how the rest is normalised. */
function beginningOf(value: string): string {
  const text = quotableText(value);
  if (text.length <= maxQuotation) return text;
  const whole = text.normalize('NFKC');
  const space = text.lastIndexOf(' ', maxQuotation);
  const ends = [space, ...Array.from({ length: cutTries }, (_, back) => maxQuotation - back)];
  const end = ends.find((each) => each > maxQuotation / 2 && isCut(text, whole, each));
  return `${text.slice(0, end ?? maxQuotation)}…`;
}

/** A letter has a few marks behind it at the most. */
const cutTries = 32;

function isCut(text: string, whole: string, end: number): boolean {
  const head = text.slice(0, end);
  return head.isWellFormed() && whole.startsWith(head.normalize('NFKC'));
}
