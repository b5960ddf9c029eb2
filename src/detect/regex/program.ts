import { type Assertion, type Ranges, RegexFault, type RegexNode } from './syntax.ts';

/** Steps of one expression; counted repeats are written out. */
const maxSteps = 2_000;

/** One step of Thompson's machine. */
export type Step =
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly kind: 'match' };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
}

/** Lays a tree out as steps, from its end to its beginning. Throws `RegexFault` when there would be too many. */
export function layOut(tree: RegexNode): Program {
  const steps: Step[] = [{ kind: 'match' }];
  const add = (step: Step) => {
    if (steps.length >= maxSteps) {
      throw new RegexFault(`the expression has more than ${maxSteps} steps; lower its counts`, 0, true);
    }
    return steps.push(step) - 1;
  };
  const put = (node: RegexNode, next: number): number => {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return add({ kind: 'set', ranges: node.ranges, next });
      case 'assert':
        return add({ kind: 'assert', what: node.what, next });
      case 'sequence':
        return node.of.reduceRight((behind, part) => put(part, behind), next);
      case 'choice':
        return add({ kind: 'split', next: node.of.map((part) => put(part, next)) });
      case 'repeat':
        return repeat(node, next);
    }
  };
  const repeat = (node: RegexNode & { kind: 'repeat' }, next: number): number => {
    let entry = node.max === undefined ? loop(node.of, next) : next;
    for (let optional = node.min; optional < (node.max ?? node.min); optional++) {
      entry = add({ kind: 'split', next: [put(node.of, entry), next] });
    }
    for (let needed = 0; needed < node.min; needed++) entry = put(node.of, entry);
    return entry;
  };
  const loop = (node: RegexNode, next: number): number => {
    const targets = [next];
    const split = add({ kind: 'split', next: targets });
    targets.push(put(node, split));
    return split;
  };
  return { start: put(tree, 0), steps };
}
