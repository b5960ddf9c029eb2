import type { SigmaRule } from '../ast.ts';
import { EventView, FieldNumbers, type NativeFields } from '../event-view.ts';
import { compileJudge, type Judge, type MatchedField } from '../interpret.ts';
import type { Route } from '../routes.ts';
import { type Atom, atomsOf } from './atom.ts';
import { GramCounts } from './grams.ts';
import { atomKey, Learning } from './learning.ts';
import { FieldPlan, type NumberedAtom } from './plan.ts';
import { RawPlan, rawAtom, rawShareOf } from './raw-plan.ts';
import { shareOf } from './share.ts';

/** A rule, and the route by which events reach it. */
export interface RoutedRule {
  readonly rule: SigmaRule;
  readonly route: Route;
}

/** A record that rules look at. */
export interface DetectRecord {
  /** Its bytes, where they are JSON of which every field's value is a member; else undefined. */
  readonly json: Uint8Array | undefined;
  /** Its fields, asked for at most once and only when a rule may hit it. Undefined: it can not be read. */
  readonly fields: () => NativeFields | undefined;
}

/** What a rule hit by. */
interface Matched {
  readonly rule: SigmaRule;
  readonly matched: readonly MatchedField[];
}

/**
 * All rules about one kind of event at once: what stands in a record's bytes, or in its fields, chooses the few rules that can hit it, and
 * the interpreter's judges, made when they are first needed, have the last word.
 */
export class Matcher {
  readonly #numbers = new FieldNumbers();
  readonly #rules: readonly RoutedRule[];
  readonly #judges: (Judge | undefined)[] = [];
  readonly #raw: Learning<RawPlan>;
  readonly #fields: Learning<FieldPlan>;

  constructor(rules: readonly RoutedRule[]) {
    this.#rules = rules;
    const counts = new GramCounts();
    this.#raw = new Learning({
      rules: rules.length,
      atomsOf: (rule) =>
        this.#atomsOf(
          rule,
          (atom) => rawAtom(atom, counts),
          (atom) => rawShareOf(atom, counts),
        ),
      plan: (atoms, chosen) => new RawPlan(atoms, chosen, counts),
    });
    this.#fields = new Learning({
      rules: rules.length,
      atomsOf: (rule, seen) =>
        this.#atomsOf(
          rule,
          (atom) => atom,
          (atom) => seen.get(atomKey(atom)) ?? shareOf(atom),
        ),
      plan: (atoms, chosen) =>
        new FieldPlan(
          atoms.map((ofRule, rule) => ofRule && this.#numbered(ofRule, rule)),
          chosen,
        ),
    });
  }

  /** All hits, each rule at most once. */
  match({ json, fields }: DetectRecord): readonly Matched[] {
    if (json !== undefined) {
      const { plan, chosen, always } = this.#raw.current();
      chosen.begin();
      if (plan.choose(json)) {
        for (const rule of always) chosen.tell(rule);
        const rules = chosen.rules();
        const native = rules.length === 0 ? undefined : fields();
        return native === undefined ? noHits : this.#judged(rules, new EventView(native, this.#numbers));
      }
    }
    const native = fields();
    return native === undefined ? noHits : this.#matchFields(new EventView(native, this.#numbers));
  }

  #matchFields(view: EventView): readonly Matched[] {
    const { plan, chosen, always } = this.#fields.current();
    chosen.begin();
    plan.choose(view);
    for (const rule of always) chosen.tell(rule);
    return this.#judged(chosen.rules(), view);
  }

  #judged(rules: readonly number[], view: EventView): readonly Matched[] {
    if (rules.length === 0) return noHits;
    const hits: Matched[] = [];
    for (const number of rules) {
      const { rule } = this.#rules[number] ?? {};
      const matched = this.#judge(number)(view);
      if (rule !== undefined && matched !== undefined && !hits.some((hit) => hit.rule === rule))
        hits.push({ rule, matched });
    }
    return hits;
  }

  #judge(number: number): Judge {
    const made = this.#judges[number];
    if (made !== undefined) return made;
    const routed = this.#rules[number];
    const judge =
      routed === undefined ? never : compileJudge(routed.rule, this.#numbers, routed.route.fields);
    this.#judges[number] = judge;
    return judge;
  }

  #atomsOf(number: number, usable: (atom: Atom) => Atom | undefined, share: (atom: Atom) => number) {
    const routed = this.#rules[number];
    return routed && atomsOf(routed.rule, { given: routed.route.code, usable, shareOf: share });
  }

  #numbered(atoms: readonly Atom[], number: number): readonly NumberedAtom[] {
    const aliases = this.#rules[number]?.route.fields;
    return atoms.map(({ field, place, text }) => {
      const numbered = field === undefined ? undefined : this.#numbers.of(aliases?.get(field) ?? [field]);
      return { field: numbered, place, text };
    });
  }
}

const noHits: readonly Matched[] = [];
const never: Judge = () => undefined;
