import { quoteString } from '../sql/index.ts';
import { refusedPattern } from './address.ts';
import type { Expression } from './expression.ts';

export interface SqlContext {
  /** The SQL column that holds a native field's text. */
  readonly columnOf: (field: string) => string;
  /** What counts as absent in `first`; holds ''. */
  readonly blanks: readonly string[];
}

/** Prints an expression as ClickHouse SQL that yields `String`. Its twin is `evaluate.ts`. */
export function printExpression(expression: Expression, context: SqlContext): string {
  const print = (inner: Expression) => printExpression(inner, context);
  switch (expression.kind) {
    case 'field':
      return context.columnOf(expression.name);
    case 'const':
      return quoteString(expression.value);
    case 'first':
      return printFirst(expression.of.map(print), context.blanks);
    case 'join':
      return printJoin(expression.of.map(print), expression.separator);
    case 'table':
      return printTable(print(expression.of), expression.entries, print(expression.otherwise));
    case 'prefix': {
      const of = print(expression.of);
      const branches = expression.entries.map(
        ([start, value]) => `startsWith(${of}, ${quoteString(start)}), ${quoteString(value)}`,
      );
      return `multiIf(${[...branches, print(expression.otherwise)].join(', ')})`;
    }
    case 'when':
      return `multiIf(${print(expression.of)} IN ${printSet(expression.values)}, ${print(expression.matched)}, ${print(expression.otherwise)})`;
    case 'basename':
      return `basename(${print(expression.of)})`;
    case 'lower':
      return `lower(${print(expression.of)})`;
    case 'domain': {
      const of = print(expression.of);
      return `substring(${of}, 1, greatest(position(${of}, '\\\\'), 1) - 1)`;
    }
    case 'account': {
      const of = print(expression.of);
      return `substring(${of}, position(${of}, '\\\\') + 1)`;
    }
    case 'pair': {
      const name = expression.name.replace(/[^A-Za-z0-9_]/g, (character) => `[${character}]`);
      return `extract(${print(expression.of)}, ${quoteString(`(?:^|,)${name}=([^,]*)`)})`;
    }
    case 'after':
      return `substringIndex(${print(expression.of)}, ${quoteString(expression.separator)}, -1)`;
    case 'before': {
      const of = print(expression.of);
      const after = `substringIndex(${of}, ${quoteString(expression.separator)}, -1)`;
      return `substring(${of}, 1, greatest(length(${of}) - length(${after}) - 1, 0))`;
    }
    case 'beyond': {
      const of = print(expression.of);
      return `substring(${of}, position(${of}, ${quoteString(expression.separator)}) + 1)`;
    }
    case 'until':
      return `substringIndex(${print(expression.of)}, ${quoteString(expression.separator)}, 1)`;
    case 'member':
      return printMember(print(expression.of), expression.path);
    case 'find': {
      const wanted = `${printMember('element', [expression.by])} IN ${printSet(expression.values)}`;
      const elements = `JSONExtractArrayRaw(${print(expression.of)})`;
      return printMember(`arrayFirst(element -> ${wanted}, ${elements})`, expression.path);
    }
    case 'ip':
      return printAddress(print(expression.of));
    case 'scalar': {
      const of = print(expression.of);
      return `multiIf(substring(${of}, 1, 1) IN ('{', '['), '', ${of})`;
    }
  }
}

function printMember(text: string, path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? step + 1 : quoteString(step)));
  return `JSONExtractString(${[text, ...steps].join(', ')})`;
}

export function printSet(values: readonly string[]): string {
  return `(${values.map(quoteString).join(', ')})`;
}

/** `[a, b]` with its type, so that an empty one has it too. */
export function printArray(values: readonly string[]): string {
  return `[${values.map(quoteString).join(', ')}]::Array(String)`;
}

/** Few blanks are compared, which is several times faster than looking them up in a set. */
const comparedBlanks = 3;

/**
 * 1 when all conditions (0 or 1, never NULL) are. Joined by bitAnd: the engine spends milliseconds on every AND and OR
 * of comparisons, looking for sets and ranges in them.
 */
export function printAll(conditions: readonly string[]): string {
  return conditions.reduce((left, right) => `bitAnd(${left}, ${right})`);
}

/** 1 when any condition is. */
export function printAny(conditions: readonly string[]): string {
  return conditions.reduce((left, right) => `bitOr(${left}, ${right})`);
}

/** True when the text is none of `blanks`. */
export function printIsFilled(text: string, blanks: readonly string[]): string {
  if (blanks.length > comparedBlanks) return `${text} NOT IN ${printSet(blanks)}`;
  return printAll(blanks.map((blank) => `${text} != ${quoteString(blank)}`));
}

function printFirst(candidates: readonly string[], blanks: readonly string[]): string {
  const last = candidates.at(-1) ?? "''";
  if (candidates.length < 2) return last;
  const branches = candidates
    .slice(0, -1)
    .map((candidate) => `${printIsFilled(candidate, blanks)}, ${candidate}`);
  return `multiIf(${[...branches, last].join(', ')})`;
}

function printJoin(parts: readonly string[], separator: string): string {
  const between = separator === '' ? [] : [quoteString(separator)];
  const pieces = parts.flatMap((part, index) => (index === 0 ? [part] : [...between, part]));
  return pieces.length < 2 ? (pieces[0] ?? "''") : `concat(${pieces.join(', ')})`;
}

function printTable(of: string, entries: readonly (readonly [string, string])[], otherwise: string): string {
  const keys = printArray(entries.map(([key]) => key));
  const values = printArray(entries.map(([, value]) => value));
  return `transform(${of}, ${keys}, ${values}, ${otherwise})`;
}

/** Mapped IPv4 comes back as `::ffff:…` from the engine's own printer, and as nothing else does. */
export function printAddress(text: string): string {
  const bare = `substringIndex(trimBoth(${text}, '[]'), '%', 1)`;
  const canonical = `replaceRegexpOne(ifNull(toString(toIPv6OrNull(${bare})), ''), '^::ffff:([0-9.]+)$', '\\\\1')`;
  return `multiIf(match(${bare}, ${quoteString(refusedPattern)}), '', ${canonical})`;
}
