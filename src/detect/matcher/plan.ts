import type { EventView, FieldTexts } from '../event-view.ts';
import { fold } from '../fold.ts';
import type { Atom } from './atom.ts';
import { Automaton, type Needle } from './automaton.ts';
import type { Chosen } from './chosen.ts';

/** An atom with the number of its field; undefined: any value. */
export interface NumberedAtom extends Pick<Atom, 'place' | 'text'> {
  readonly field: number | undefined;
}

/** By rule its atoms: one of them holds in every event that the rule hits; undefined: the rule is judged for each event. */
export type RuleAtoms<T> = readonly (readonly T[] | undefined)[];

/** Chooses the rules that an event may be a hit of by what stands in its fields. */
export class FieldPlan {
  readonly #fields: readonly (readonly [field: number, index: FieldIndex])[];
  readonly #values: FieldIndex | undefined;
  readonly #chosen: Chosen;

  constructor(atoms: RuleAtoms<NumberedAtom>, chosen: Chosen) {
    this.#chosen = chosen;
    const byField = new Map<number | undefined, OwnedAtom[]>();
    for (const [owner, ofRule = []] of atoms.entries())
      for (const atom of ofRule) {
        const list = byField.get(atom.field) ?? [];
        byField.set(atom.field, list);
        list.push({ atom, owner });
      }
    const values = byField.get(undefined);
    this.#values = values === undefined ? undefined : new FieldIndex(values);
    this.#fields = [...byField].flatMap(([field, list]) =>
      field === undefined ? [] : [[field, new FieldIndex(list)] as const],
    );
  }

  choose(view: EventView): void {
    const { tell } = this.#chosen;
    for (let index = 0; index < this.#fields.length; index++) {
      const entry = this.#fields[index];
      if (entry !== undefined) entry[1].find(view.field(entry[0]), tell);
    }
    this.#values?.find(view.values, tell);
  }
}

interface OwnedAtom {
  readonly atom: NumberedAtom;
  readonly owner: number;
}

export function addOwner(owners: Map<string, number[]>, text: string, owner: number): void {
  const known = owners.get(text);
  if (known === undefined) owners.set(text, [owner]);
  else if (known.at(-1) !== owner) known.push(owner);
}

/** What is looked for in the values of one field. */
class FieldIndex {
  readonly #whole: ReadonlyMap<string, readonly number[]>;
  readonly #present: readonly number[];
  readonly #automaton: Automaton | undefined;
  /** Longer values are none of the whole ones, and need not be folded to know. */
  readonly #longest: number;

  constructor(atoms: readonly OwnedAtom[]) {
    const places = new Map<NumberedAtom['place'], Map<string, number[]>>();
    for (const { atom, owner } of atoms) {
      const owners = places.get(atom.place) ?? new Map<string, number[]>();
      places.set(atom.place, owners);
      addOwner(owners, atom.text, owner);
    }
    this.#whole = places.get('whole') ?? new Map();
    this.#longest = [...this.#whole.keys()].reduce((most, { length }) => Math.max(most, length), -1);
    this.#present = places.get('present')?.get('') ?? [];
    const needles = (['start', 'end', 'anywhere'] as const).flatMap((place) =>
      [...(places.get(place) ?? [])].map(([text, owners]): Needle => ({ text, place, owners })),
    );
    this.#automaton = needles.length === 0 ? undefined : new Automaton(needles);
  }

  find({ present, texts }: FieldTexts, tell: (owner: number) => void): void {
    if (!present) return;
    for (const owner of this.#present) tell(owner);
    for (const text of texts) {
      const owners = text.length > this.#longest ? undefined : this.#whole.get(fold(text));
      if (owners !== undefined) for (const owner of owners) tell(owner);
      this.#automaton?.scan(text, tell);
    }
  }
}
