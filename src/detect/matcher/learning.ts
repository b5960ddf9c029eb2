import type { Atom } from './atom.ts';
import { Chosen } from './chosen.ts';

/** Numbers of events after which the choice of atoms is looked at again. */
const relearnAfter: readonly number[] = [32, 512, 8_192];
/** A rule that a larger share of events chooses is worth looking for other atoms. */
const commonShare = 0.01;

/** How rules are chosen by their atoms. */
export interface Choosing<Plan> {
  readonly rules: number;
  /** The atoms by which a rule is to be chosen; `seen`: the share of events that chose rules by an atom, where that was common. */
  atomsOf(rule: number, seen: ReadonlyMap<string, number>): readonly Atom[] | undefined;
  plan(atoms: readonly (readonly Atom[] | undefined)[], chosen: Chosen): Plan;
}

/** A way of choosing rules that is made anew, with better atoms, when events have shown which are common. */
export class Learning<Plan> {
  readonly #choosing: Choosing<Plan>;
  readonly #seen = new Map<string, number>();
  #atoms: readonly (readonly Atom[] | undefined)[] = [];
  #looks = 0;
  #current: Current<Plan> | undefined;

  constructor(choosing: Choosing<Plan>) {
    this.#choosing = choosing;
  }

  current(): Current<Plan> {
    const current = this.#current;
    if (current === undefined) return this.#make();
    const enough = relearnAfter[this.#looks];
    if (enough === undefined || current.chosen.events < enough) return current;
    this.#looks += 1;
    return this.#learn(current.chosen) ? this.#make() : current;
  }

  #make(): Current<Plan> {
    const { rules } = this.#choosing;
    this.#atoms = Array.from({ length: rules }, (_, rule) => this.#choosing.atomsOf(rule, this.#seen));
    const always = this.#atoms.flatMap((atoms, rule) => (atoms === undefined ? [rule] : []));
    const chosen = new Chosen(rules);
    this.#current = { plan: this.#choosing.plan(this.#atoms, chosen), chosen, always };
    return this.#current;
  }

  /** Remembers by which atoms rules were chosen often; true when there are some. */
  #learn(chosen: Chosen): boolean {
    let isPoor = false;
    for (const [rule, atoms = []] of this.#atoms.entries()) {
      const share = chosen.shareOf(rule);
      if (share < commonShare || atoms.length === 0) continue;
      isPoor = true;
      for (const atom of atoms) this.#seen.set(atomKey(atom), share / atoms.length);
    }
    return isPoor;
  }
}

export function atomKey({ field, place, text }: Atom): string {
  return JSON.stringify([field ?? null, place, text]);
}

interface Current<Plan> {
  readonly plan: Plan;
  readonly chosen: Chosen;
  /** Rules without atoms: they are judged for each event. */
  readonly always: readonly number[];
}
