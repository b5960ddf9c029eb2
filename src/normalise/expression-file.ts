import type * as z from 'zod';
import { type Expression, nothing } from './expression.ts';

type Path = readonly PropertyKey[];
type Issues = z.core.ParsePayload['issues'];

/**
 * Reads an expression as it is written in a mapping: a text is a field, a list is `first`, an object has one key that
 * says the kind. Wrong parts are added to `issues` with their path and read as nothing.
 */
export function readExpression(written: unknown, path: Path, issues: Issues): Expression {
  if (typeof written === 'string' && written !== '') return { kind: 'field', name: written };
  if (Array.isArray(written)) {
    return {
      kind: 'first',
      of: written.map((part, index) => readExpression(part, [...path, index], issues)),
    };
  }
  if (typeof written !== 'object' || written === null) {
    return wrong(issues, path, 'an expression is a field name, a list or an object', written);
  }
  const given = new Map(Object.entries(written));
  const kind = [...given.keys()].find((key) => key in readers);
  const reader = kind === undefined ? undefined : readers[kind];
  if (kind === undefined || reader === undefined) {
    return wrong(
      issues,
      path,
      `an expression has one of the keys ${Object.keys(readers).join(', ')}`,
      written,
    );
  }
  const extra = [...given.keys()].find((key) => key !== kind && !reader.keys.includes(key));
  if (extra !== undefined) return wrong(issues, [...path, extra], `'${kind}' has no '${extra}'`, written);
  const missing = reader.needs.find((key) => !given.has(key));
  if (missing !== undefined) return wrong(issues, path, `'${kind}' needs '${missing}'`, written);
  return reader.read(new Parts(given, path, issues), kind);
}

/** The parts of one written expression. */
class Parts {
  readonly #given: ReadonlyMap<string, unknown>;
  readonly #path: Path;
  readonly #issues: Issues;

  constructor(given: ReadonlyMap<string, unknown>, path: Path, issues: Issues) {
    this.#given = given;
    this.#path = path;
    this.#issues = issues;
  }

  expression(key: string): Expression {
    return readExpression(this.#given.get(key), [...this.#path, key], this.#issues);
  }

  expressions(key: string): Expression[] {
    const written = this.#given.get(key);
    if (Array.isArray(written)) {
      return written.map((part, index) => readExpression(part, [...this.#path, key, index], this.#issues));
    }
    return [wrong(this.#issues, [...this.#path, key], `'${key}' is a list of expressions`, written)];
  }

  optional(key: string): Expression {
    return this.#given.has(key) ? this.expression(key) : nothing;
  }

  /** A scalar as text. */
  text(key: string): string {
    const written = this.#given.get(key);
    if (typeof written === 'string' || typeof written === 'number') return String(written);
    wrong(this.#issues, [...this.#path, key], `'${key}' is a text`, written);
    return '';
  }

  /** One ASCII character: all that the engine's `substringIndex` takes. */
  character(key: string): string {
    const text = this.text(key);
    if (/^[ -~]$/.test(text)) return text;
    wrong(this.#issues, [...this.#path, key], `'${key}' is one ASCII character`, text);
    return ' ';
  }

  textOr(key: string, otherwise: string): string {
    return this.#given.has(key) ? this.text(key) : otherwise;
  }

  texts(key: string): string[] {
    const written = this.#given.get(key);
    const list: unknown[] = Array.isArray(written) ? written : [written];
    return list.map((item) => {
      if (typeof item !== 'string' && typeof item !== 'number') {
        wrong(this.#issues, [...this.#path, key], `'${key}' is a text or a list of texts`, item);
      }
      return String(item);
    });
  }

  steps(key: string): (string | number)[] {
    const written = this.#given.get(key);
    const list: unknown[] = Array.isArray(written) ? written : [written];
    return list.filter((item) => typeof item === 'string' || typeof item === 'number');
  }

  entries(key: string): (readonly [string, string])[] {
    const written = this.#given.get(key);
    if (typeof written === 'object' && written !== null && !Array.isArray(written)) {
      return Object.entries(written).map(([from, to]) => [from, String(to)] as const);
    }
    wrong(this.#issues, [...this.#path, key], `'${key}' is a table of texts`, written);
    return [];
  }
}

interface Reader {
  /** Further keys beside the kind. */
  readonly keys: readonly string[];
  readonly needs: readonly string[];
  read(parts: Parts, kind: string): Expression;
}

const unary = (kind: 'basename' | 'lower' | 'domain' | 'account' | 'ip' | 'scalar'): Reader => ({
  keys: [],
  needs: [],
  read: (parts) => ({ kind, of: parts.expression(kind) }),
});

const split = (kind: 'after' | 'before' | 'beyond' | 'until'): Reader => ({
  keys: ['separator'],
  needs: ['separator'],
  read: (parts) => ({ kind, of: parts.expression(kind), separator: parts.character('separator') }),
});

const lookUp = (kind: 'table' | 'prefix'): Reader => ({
  keys: ['of', 'else'],
  needs: ['of'],
  read: (parts) => ({
    kind,
    of: parts.expression(kind),
    entries: parts.entries('of'),
    otherwise: parts.optional('else'),
  }),
});

const readers: Readonly<Record<string, Reader>> = {
  const: { keys: [], needs: [], read: (parts) => ({ kind: 'const', value: parts.text('const') }) },
  basename: unary('basename'),
  lower: unary('lower'),
  domain: unary('domain'),
  account: unary('account'),
  ip: unary('ip'),
  scalar: unary('scalar'),
  after: split('after'),
  before: split('before'),
  beyond: split('beyond'),
  until: split('until'),
  table: lookUp('table'),
  prefix: lookUp('prefix'),
  pair: {
    keys: ['name'],
    needs: ['name'],
    read: (parts) => ({ kind: 'pair', of: parts.expression('pair'), name: parts.text('name') }),
  },
  join: {
    keys: ['with'],
    needs: [],
    read: (parts) => ({ kind: 'join', of: parts.expressions('join'), separator: parts.textOr('with', '') }),
  },
  member: {
    keys: ['path'],
    needs: ['path'],
    read: (parts) => ({ kind: 'member', of: parts.expression('member'), path: parts.steps('path') }),
  },
  find: {
    keys: ['by', 'is', 'path'],
    needs: ['by', 'is', 'path'],
    read: (parts) => ({
      kind: 'find',
      of: parts.expression('find'),
      by: parts.text('by'),
      values: parts.texts('is'),
      path: parts.steps('path'),
    }),
  },
  when: {
    keys: ['is', 'then', 'else'],
    needs: ['is', 'then'],
    read: (parts) => ({
      kind: 'when',
      of: parts.expression('when'),
      values: parts.texts('is'),
      matched: parts.expression('then'),
      otherwise: parts.optional('else'),
    }),
  },
};

function wrong(issues: Issues, path: Path, message: string, input: unknown): Expression {
  issues.push({ code: 'custom', path: [...path], message, input });
  return nothing;
}
