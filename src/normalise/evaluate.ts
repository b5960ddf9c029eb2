import { addressText } from './address.ts';
import type { Expression } from './expression.ts';
import { jsonFind, jsonMember } from './json-member.ts';

/** Gives the text of a native field by its number. */
export type FieldTexts = readonly string[];
export type Evaluate = (fields: FieldTexts) => string;

export interface EvaluateContext {
  readonly numberOf: (field: string) => number;
  /** What counts as absent in `first`; holds ''. */
  readonly blanks: ReadonlySet<string>;
}

/** Compiles an expression to a function over a record's field texts. Its twin is `expression-sql.ts`. */
export function compileExpression(expression: Expression, context: EvaluateContext): Evaluate {
  const compile = (inner: Expression) => compileExpression(inner, context);
  switch (expression.kind) {
    case 'field': {
      const number = context.numberOf(expression.name);
      return (fields) => fields[number] ?? '';
    }
    case 'const':
      return () => expression.value;
    case 'first':
      return firstOf(expression.of.map(compile), context.blanks);
    case 'join': {
      const parts = expression.of.map(compile);
      return (fields) => parts.map((part) => part(fields)).join(expression.separator);
    }
    case 'table':
      return tableOf(compile(expression.of), new Map(expression.entries), compile(expression.otherwise));
    case 'prefix': {
      const [of, otherwise] = [compile(expression.of), compile(expression.otherwise)];
      return (fields) => {
        const text = of(fields);
        const entry = expression.entries.find(([start]) => text.startsWith(start));
        return entry === undefined ? otherwise(fields) : entry[1];
      };
    }
    case 'when': {
      const values = new Set(expression.values);
      const [of, yes, no] = [
        compile(expression.of),
        compile(expression.matched),
        compile(expression.otherwise),
      ];
      return (fields) => (values.has(of(fields)) ? yes(fields) : no(fields));
    }
    default:
      return mapped(compile(expression.of), textFunction(expression));
  }
}

type Unary = Exclude<
  Expression,
  { kind: 'field' | 'const' | 'first' | 'join' | 'table' | 'prefix' | 'when' }
>;

function mapped(of: Evaluate, apply: (text: string) => string): Evaluate {
  return (fields) => apply(of(fields));
}

function textFunction(expression: Unary): (text: string) => string {
  switch (expression.kind) {
    case 'basename':
      return (text) => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
    case 'lower':
      return lowerAscii;
    case 'domain':
      return (text) => text.slice(0, Math.max(text.indexOf('\\'), 0));
    case 'account':
      return (text) => text.slice(text.indexOf('\\') + 1);
    case 'pair': {
      const start = `${expression.name}=`;
      return (text) =>
        text
          .split(',')
          .find((part) => part.startsWith(start))
          ?.slice(start.length) ?? '';
    }
    case 'after':
      return (text) => {
        const at = text.lastIndexOf(expression.separator);
        return at === -1 ? text : text.slice(at + expression.separator.length);
      };
    case 'before':
      return (text) => text.slice(0, Math.max(text.lastIndexOf(expression.separator), 0));
    case 'beyond':
      return (text) => text.slice(text.indexOf(expression.separator) + 1);
    case 'until':
      return (text) => text.split(expression.separator, 1)[0] ?? '';
    case 'member':
      return (text) => jsonMember(text, expression.path);
    case 'find': {
      const values = new Set(expression.values);
      return (text) => jsonFind(text, expression.by, values, expression.path);
    }
    case 'ip':
      return addressText;
    case 'scalar':
      return (text) => (text.startsWith('{') || text.startsWith('[') ? '' : text);
  }
}

function firstOf(candidates: readonly Evaluate[], blanks: ReadonlySet<string>): Evaluate {
  return (fields) => {
    let text = '';
    for (const candidate of candidates) {
      text = candidate(fields);
      if (!blanks.has(text)) return text;
    }
    return text;
  };
}

function tableOf(of: Evaluate, entries: ReadonlyMap<string, string>, otherwise: Evaluate): Evaluate {
  return (fields) => entries.get(of(fields)) ?? otherwise(fields);
}

/** Lower-cases A-Z only, as the engine's `lower` does. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
