/**
 * What a mapping says an attribute is made of. Every expression yields text ('' is absent); the attribute's type
 * makes an integer, an address or a list of it (`sink.ts`, `sink-sql.ts`). Closed: a kind is added here, in the
 * parser and in both compilers, and the differential tests hold the two equal.
 */
export type Expression =
  /** A native field's text: a string as it is, a number with its digits, `true`/`false`, an object or array as JSON. */
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'const'; readonly value: string }
  /** The first value that is not blank; the last one when all are. */
  | { readonly kind: 'first'; readonly of: readonly Expression[] }
  /** What follows the last slash or backslash. */
  | { readonly kind: 'basename'; readonly of: Expression }
  /** ASCII letters lower-cased. */
  | { readonly kind: 'lower'; readonly of: Expression }
  /** Of `DOMAIN\user`: the part before the first backslash, '' without one. */
  | { readonly kind: 'domain'; readonly of: Expression }
  /** Of `DOMAIN\user`: the part behind the first backslash, all without one. */
  | { readonly kind: 'account'; readonly of: Expression }
  /** Of `SHA1=…,SHA256=…`: the value of `name`, '' when it is not there. */
  | { readonly kind: 'pair'; readonly of: Expression; readonly name: string }
  | {
      readonly kind: 'table';
      readonly of: Expression;
      readonly entries: readonly (readonly [key: string, value: string])[];
      readonly otherwise: Expression;
    }
  /** Like `table`, by the first entry that the text starts with. */
  | {
      readonly kind: 'prefix';
      readonly of: Expression;
      readonly entries: readonly (readonly [start: string, value: string])[];
      readonly otherwise: Expression;
    }
  | { readonly kind: 'join'; readonly of: readonly Expression[]; readonly separator: string }
  /** What follows the last separator; all without one. */
  | { readonly kind: 'after'; readonly of: Expression; readonly separator: string }
  /** What precedes the last separator; '' without one. */
  | { readonly kind: 'before'; readonly of: Expression; readonly separator: string }
  /** What follows the first separator; all without one. */
  | { readonly kind: 'beyond'; readonly of: Expression; readonly separator: string }
  /** What precedes the first separator; all without one. */
  | { readonly kind: 'until'; readonly of: Expression; readonly separator: string }
  | {
      readonly kind: 'when';
      readonly of: Expression;
      readonly values: readonly string[];
      readonly matched: Expression;
      readonly otherwise: Expression;
    }
  /** A scalar within JSON text, '' where there is none; a number in the path counts array elements from 0. */
  | { readonly kind: 'member'; readonly of: Expression; readonly path: readonly (string | number)[] }
  /** Of the first element of a JSON array whose member `by` is one of `values`: the value at `path`, '' without one. */
  | {
      readonly kind: 'find';
      readonly of: Expression;
      readonly by: string;
      readonly values: readonly string[];
      readonly path: readonly (string | number)[];
    }
  /** Canonical text of an address, '' when it is none. */
  | { readonly kind: 'ip'; readonly of: Expression }
  /** '' when the text is a JSON object or array. */
  | { readonly kind: 'scalar'; readonly of: Expression };

export const nothing: Expression = { kind: 'const', value: '' };

/** The native fields that an expression reads, each as often as it is read. */
export function fieldsOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'field':
      return [expression.name];
    case 'const':
      return [];
    case 'first':
    case 'join':
      return expression.of.flatMap(fieldsOf);
    case 'table':
    case 'prefix':
      return [expression.of, expression.otherwise].flatMap(fieldsOf);
    case 'when':
      return [expression.of, expression.matched, expression.otherwise].flatMap(fieldsOf);
    case 'basename':
    case 'lower':
    case 'domain':
    case 'account':
    case 'pair':
    case 'after':
    case 'before':
    case 'beyond':
    case 'until':
    case 'member':
    case 'find':
    case 'ip':
    case 'scalar':
      return fieldsOf(expression.of);
  }
}
