import type { PatternPiece, SigmaRule, TextTest, ValueTest } from '../ast.ts';
import { fold } from '../fold.ts';
import { neededBy } from '../necessary.ts';
import { parseRegex } from '../regex/parse.ts';
import { shortestNeedle } from './grams.ts';
import { looseFold, requiredLiterals } from './literals.ts';

/** Something simple about one field of an event; a rule can hit only where one of its atoms holds. */
export interface Atom {
  /** The rule's name for the field; undefined: any value of the event. */
  readonly field: string | undefined;
  /** `present`: the field is there, whatever it holds. Others: one of its texts, folded, is (begins with, …) `text`. */
  readonly place: 'whole' | 'start' | 'end' | 'anywhere' | 'present';
  readonly text: string;
}

/** Atoms of which an event must have one, and how often events do: a guess between 0 and 1. */
interface Wanted {
  readonly atoms: readonly Atom[];
  readonly share: number;
}

export interface AtomChoice {
  /** The field whose value is looked at before (the event's code). */
  readonly given: string | undefined;
  /** How an atom is looked for; undefined when it can not be. */
  readonly usable: (atom: Atom) => Atom | undefined;
  /** The share of events, between 0 and 1, that have an atom, as far as it is known. */
  readonly shareOf: (atom: Atom) => number;
}

/**
 * The atoms of which one holds in every event that the rule hits, chosen so that few other events have one; undefined when the
 * rule may hit events that have nothing in particular.
 */
export function atomsOf(rule: SigmaRule, choice: AtomChoice): readonly Atom[] | undefined {
  const { given, usable, shareOf } = choice;
  const wanting = (atoms: readonly Atom[]) => {
    const looked = atoms.map(usable);
    return together(looked.map((atom) => atom && { atoms: [atom], share: shareOf(atom) }));
  };
  const wanted = neededBy<Wanted>(rule, {
    leaf: (node) => {
      const field = node.kind === 'field' ? node.field : undefined;
      if (field !== undefined && field === given) return undefined;
      const parts = node.tests.map((test) => wantedByTest(field, test, wanting));
      return node.link === 'all' ? rarest(parts) : together(parts);
    },
    ...{ each: rarest, either: together },
  });
  return wanted?.atoms;
}

type Wanting = (atoms: readonly Atom[]) => Wanted | undefined;

function wantedByTest(field: string | undefined, test: ValueTest, wanting: Wanting): Wanted | undefined {
  const isThere = () => wanting([{ field, place: 'present', text: '' }]);
  switch (test.kind) {
    case 'text':
      return wanting([textAtom(field, test)]);
    case 'regex': {
      const literals = requiredLiterals(parseRegex(test.source, test.flags));
      if (literals === undefined) return isThere();
      return wanting(literals.map((text) => asciiAtom({ field, place: 'anywhere', text })));
    }
    case 'any':
      return together(test.of.map((inner) => wantedByTest(field, inner, wanting)));
    case 'exists':
      return test.expected ? isThere() : undefined;
    case 'cidr':
    case 'compare':
    case 'fieldref':
      return isThere();
    case 'null':
      return undefined;
  }
}

function rarest(parts: readonly (Wanted | undefined)[]): Wanted | undefined {
  return parts.reduce((best, part) => {
    if (part === undefined || best === undefined) return part ?? best;
    return part.share < best.share ? part : best;
  }, undefined);
}

function together(parts: readonly (Wanted | undefined)[]): Wanted | undefined {
  const atoms: Atom[] = [];
  let share = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    atoms.push(...part.atoms);
    share += part.share;
  }
  return { atoms, share: Math.min(1, share) };
}

function textAtom(field: string | undefined, { pattern }: TextTest): Atom {
  const [first] = pattern;
  if (first === undefined) return { field, place: 'whole', text: '' };
  if (pattern.length === 1 && first.kind === 'literal')
    return { field, place: 'whole', text: fold(first.text) };
  const longest = pattern.reduce(
    (best, piece, index) => (lengthOf(piece) > lengthOf(pattern[best]) ? index : best),
    0,
  );
  const piece = pattern[longest];
  if (piece?.kind !== 'literal') return { field, place: 'present', text: '' };
  const place = longest === 0 ? 'start' : longest === pattern.length - 1 ? 'end' : 'anywhere';
  return asciiAtom({ field, place, text: looseFold(piece.text) });
}

const lengthOf = (piece: PatternPiece | undefined) => (piece?.kind === 'literal' ? piece.text.length : 0);

const asciiRuns = /[\0-\x7f]+/g;

/** What is looked for within texts is ASCII: of another text its longest run of it. */
function asciiAtom(atom: Atom): Atom {
  const run = longestRun(atom.text, asciiRuns);
  if (run === '') return { ...atom, place: 'present', text: '' };
  return run === atom.text ? atom : { ...atom, place: 'anywhere', text: run };
}

/**
 * Runs of characters that stand in JSON as they are, alone or in a text that is JSON itself: no quote, backslash or control, and none of
 * the signs that JSON puts blanks beside (the text of an object has none). A slash only as a rule.
 */
const plainRuns = /[\x20!#-+\--9;-Z^-z|~]+/g;
/** What a number may be written with: 100 may stand there as 1e2. */
const numberCharacters = /^[\d.e+-]*$/;

/**
 * What of an atom stands in the bytes of a record that is JSON, whatever the field, and can be looked for there: each of these when the
 * atom holds. None when it may hold without standing in them, or is too short.
 */
export function rawTexts({ place, text }: Atom): readonly string[] {
  if (place === 'present') return [];
  const runs: readonly string[] = looseFold(text).match(plainRuns) ?? [];
  return runs.filter((run) => run.length >= shortestNeedle && !numberCharacters.test(run));
}

function longestRun(text: string, runs: RegExp): string {
  return (text.match(runs) ?? []).reduce((best, run) => (run.length > best.length ? run : best), '');
}
