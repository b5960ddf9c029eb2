import { fold } from '../fold.ts';
import type { RegexNode } from '../regex/syntax.ts';

/** A text that every match of an expression holds one of, or undefined when there is none. Folded as `looseFold` does. */
type Required = readonly string[] | undefined;

/** Alternatives kept; more would rather be looked for by the expression itself. */
const maxAlternatives = 64;

/**
 * Folded, and ſ as s: expressions that ignore case take them for one another, which `fold` does not. For looking whether a text may
 * match, never whether it does.
 */
export function looseFold(text: string): string {
  return fold(text).replaceAll('\u017f', 's');
}

/** Literals of which every text that the expression matches holds at least one. */
export function requiredLiterals(node: RegexNode): Required {
  switch (node.kind) {
    case 'empty':
    case 'assert':
      return undefined;
    case 'set': {
      const character = characterOf(node);
      return character === undefined ? undefined : [character];
    }
    case 'repeat':
      return node.min > 0 ? requiredLiterals(node.of) : undefined;
    case 'choice': {
      const branches = node.of.map(requiredLiterals);
      if (branches.some((branch) => branch === undefined)) return undefined;
      const all = [...new Set(branches.flatMap((branch) => branch ?? []))];
      return all.length > maxAlternatives ? undefined : all;
    }
    case 'sequence':
      return requiredInSequence(node.of);
  }
}

/** The best of the runs of single characters and of what parts require. */
function requiredInSequence(parts: readonly RegexNode[]): Required {
  let best: Required;
  let run = '';
  const offer = (literals: Required) => {
    if (literals !== undefined && worth(literals) > worth(best)) best = literals;
  };
  for (const part of parts) {
    const character = part.kind === 'set' ? characterOf(part) : undefined;
    if (character !== undefined) {
      run += character;
      continue;
    }
    if (run !== '') offer([run]);
    run = '';
    if (part.kind !== 'set') offer(requiredLiterals(part));
  }
  if (run !== '') offer([run]);
  return best;
}

/** The longer the shortest of them, the rarer a text that holds one. */
function worth(literals: Required): number {
  if (literals === undefined) return 0;
  return Math.min(...literals.map(({ length }) => length)) / Math.sqrt(Math.sqrt(literals.length));
}

/** Sets of more code points are not looked into. */
const maxSpellings = 8;

/** The one character, folded, that a set stands for; undefined when it stands for several. */
function characterOf({ ranges }: Extract<RegexNode, { kind: 'set' }>): string | undefined {
  let character: string | undefined;
  let seen = 0;
  for (const [from, to] of ranges) {
    for (let point = from; point <= to; point++) {
      const folded = looseFold(String.fromCodePoint(point));
      if (++seen > maxSpellings || (character ?? folded) !== folded) return undefined;
      character = folded;
    }
  }
  return character;
}
