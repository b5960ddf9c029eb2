/** A regular expression as a tree. Flags are resolved: sets hold every case they match, dots and anchors say their kind. */
export type RegexNode =
  | { readonly kind: 'empty' }
  /** One character out of ranges of code points, sorted and apart. */
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly of: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly of: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly of: RegexNode;
      readonly min: number;
      readonly max: number | undefined;
    }
  | { readonly kind: 'assert'; readonly what: Assertion };

/** `start`, `end`: of the text. `line-start`, `line-end`: of a line. `word`, `not-word`: `\b`, `\B`. */
export type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'not-word';

export type Range = readonly [from: number, to: number];
export type Ranges = readonly Range[];

/** Why an expression cannot be used, and at which character of it. */
export class RegexFault extends Error {
  readonly at: number;
  /** True when the expression is sound elsewhere, but not matched here. */
  readonly unsupported: boolean;
  constructor(message: string, at: number, unsupported = false) {
    super(message);
    this.at = at;
    this.unsupported = unsupported;
  }
}
