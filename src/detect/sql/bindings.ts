import type { BooleanSql } from './bounds.ts';

/** `place` is made of columns, each other of columns and names of those before it. */
type Level = 'place' | 'record' | 'field';
const levels: readonly Level[] = ['place', 'record', 'field'];

interface Binding {
  readonly name: string;
  readonly expression: string;
  readonly level: Level;
}

/** Long expressions that conditions share: each is written once and has a name. */
export class Bindings {
  readonly #known = new Map<string, Binding>();

  name(expression: string, level: Level): string {
    const known = this.#known.get(expression) ?? { name: `v${this.#known.size}`, expression, level };
    this.#known.set(expression, known);
    return known.name;
  }

  /** The condition with the names that it uses resolved: they are arguments of lambdas. */
  around(condition: BooleanSql): BooleanSql {
    return levels.toReversed().reduce((inner, level) => {
      const used = new Set(inner.match(/\bv\d+\b/g));
      const bound = this.#of(level).filter(({ name }) => used.has(name));
      if (bound.length === 0) return inner;
      const names = bound.map(({ name }) => name).join(', ');
      return `arrayExists((${names}) -> ${inner}, ${bound.map(({ expression }) => `[${expression}]`).join(', ')})`;
    }, condition);
  }

  /** A relation with the names as columns. */
  over(relation: string): string {
    return levels.reduce((from, level) => {
      const columns = this.#of(level).map(({ name, expression }) => `${expression} AS ${name}`);
      return columns.length === 0 ? from : `(SELECT *, ${columns.join(', ')} FROM ${from})`;
    }, relation);
  }

  #of(level: Level): readonly Binding[] {
    return [...this.#known.values()].filter((binding) => binding.level === level);
  }
}
