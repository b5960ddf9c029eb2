import type { ConditionNode } from './ast.ts';

/** One way in which a condition over rules holds: these are in the window, and those are not. Places among the rules, each once. */
export interface Alternative {
  readonly present: readonly number[];
  readonly absent: readonly number[];
}

/** Ways that one condition may have. */
export const maxAlternatives = 1_024;

/** All ways in which the condition holds; undefined when they are too many to write out. */
export function alternativesOf(
  condition: ConditionNode,
  placeOf: (rule: string) => number,
): readonly Alternative[] | undefined {
  const expand = (node: ConditionNode, negated: boolean): readonly Alternative[] | undefined => {
    switch (node.kind) {
      case 'search':
        return [one(placeOf(node.name), negated)];
      case 'not':
        return expand(node.of, !negated);
      case 'and':
      case 'or': {
        const parts = node.of.map((inner) => expand(inner, negated));
        return (node.kind === 'and') !== negated ? allOf(parts) : anyOf(parts);
      }
      case 'quantified': {
        // Not (at least n of m) is at least m - n + 1 of the m that are not there.
        const needed = negated ? node.names.length - node.count + 1 : node.count;
        const parts = node.names.map((name) => one(placeOf(name), negated));
        return combinations(parts, needed);
      }
    }
  };
  return expand(condition, false);
}

const always: Alternative = { present: [], absent: [] };

const one = (place: number, negated: boolean): Alternative =>
  negated ? { present: [], absent: [place] } : { present: [place], absent: [] };

type Parts = readonly (readonly Alternative[] | undefined)[];

function anyOf(parts: Parts): readonly Alternative[] | undefined {
  const found = parts.flatMap((part) => part ?? []);
  return parts.includes(undefined) || found.length > maxAlternatives ? undefined : found;
}

function allOf(parts: Parts): readonly Alternative[] | undefined {
  let found: readonly Alternative[] = [always];
  for (const part of parts) {
    if (part === undefined || found.length * part.length > maxAlternatives) return undefined;
    found = found.flatMap((left) => part.map((right) => joined(left, right))).filter(isPossible);
  }
  return found;
}

function combinations(parts: readonly Alternative[], needed: number): readonly Alternative[] | undefined {
  let chosen: readonly (readonly [size: number, way: Alternative])[] = [[0, always]];
  for (const [index, part] of parts.entries()) {
    const left = parts.length - index - 1;
    chosen = chosen
      .flatMap(([size, way]) => [
        [size, way] as const,
        ...(size < needed ? [[size + 1, joined(way, part)] as const] : []),
      ])
      .filter(([size]) => size + left >= needed);
    if (chosen.length > maxAlternatives) return undefined;
  }
  return chosen.filter(([size]) => size === needed).map(([, way]) => way);
}

const joined = (left: Alternative, right: Alternative): Alternative => ({
  present: [...new Set([...left.present, ...right.present])],
  absent: [...new Set([...left.absent, ...right.absent])],
});

const isPossible = ({ present, absent }: Alternative) => !present.some((place) => absent.includes(place));
