import { type Atom, rawTexts } from './atom.ts';
import type { Chosen } from './chosen.ts';
import { type GramCounts, Grams } from './grams.ts';
import { addOwner, type RuleAtoms } from './plan.ts';
import { shareOf } from './share.ts';

/** Characters beyond ASCII that are taken for letters of it: İ, ſ and the sign of Kelvin. */
const lookalikes = ['\u0130', '\u017f', '\u212a'].map((character) => Buffer.from(character));

/** Records that the choice of atoms and grams is made from. */
const sampled = 512;
/** Before there are so many, guesses say more. */
const telling = 16;

/** How an atom is looked for in bytes: by the rarest text of it. Undefined when it can not be. */
export function rawAtom(atom: Atom, counts: GramCounts): Atom | undefined {
  let best: Atom | undefined;
  for (const text of rawTexts(atom)) {
    const candidate: Atom = { field: undefined, place: 'anywhere', text };
    if (best === undefined || rawShareOf(candidate, counts) < rawShareOf(best, counts)) best = candidate;
  }
  return best;
}

/** The share of records in which an atom's text stands, as the sample says. */
export function rawShareOf(atom: Atom, counts: GramCounts): number {
  const guess = shareOf(atom);
  // A text that was not seen is still the rarer the longer it is.
  return counts.records < telling
    ? guess
    : Math.min(1, counts.most(atom.text) / counts.records) + guess / counts.records;
}

/** Chooses rules by what stands anywhere in the bytes of a record of JSON, which then need not be parsed for most events. */
export class RawPlan {
  readonly #grams: Grams | undefined;
  readonly #chosen: Chosen;
  readonly #counts: GramCounts;

  constructor(atoms: RuleAtoms<Pick<Atom, 'text'>>, chosen: Chosen, counts: GramCounts) {
    this.#chosen = chosen;
    this.#counts = counts;
    const owners = new Map<string, number[]>();
    for (const [owner, ofRule = []] of atoms.entries())
      for (const { text } of ofRule) addOwner(owners, text, owner);
    const needles = [...owners].map(([text, of]) => ({ text, owners: of }));
    this.#grams = needles.length === 0 ? undefined : new Grams(needles, counts);
  }

  /** False when the bytes may hide something: then the fields must be looked at. */
  choose(bytes: Uint8Array): boolean {
    if (this.#grams === undefined) return true;
    if (this.#counts.records < sampled) this.#counts.add(bytes);
    const { ascii, plain } = this.#grams.scan(bytes, this.#chosen.tell);
    return plain && (ascii || !holdsLookalike(bytes));
  }
}

function holdsLookalike(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return lookalikes.some((character) => buffer.includes(character));
}
