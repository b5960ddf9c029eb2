import type { ConditionNode, TextPattern } from './ast.ts';
import type { Position } from './diagnostic.ts';
import { compilePattern } from './match-text.ts';

/** Brackets and `not` within one another. */
const maxDepth = 64;
const maxLength = 20_000;

export interface ConditionContext {
  /** Searches that the rule has. */
  readonly names: readonly string[];
  /** Position of the character at an index of the condition. */
  at(index: number): Position;
  report(code: 'condition' | 'aggregation' | 'unknown_search', index: number, message: string): void;
}

/**
 * Parses a condition: `or` binds least, then `and`, `not`, `N of …`, brackets (Sigma rules specification, "Condition").
 * Reports the first fault and gives undefined.
 */
export function parseCondition(text: string, context: ConditionContext): ConditionNode | undefined {
  try {
    if (text.length > maxLength)
      throw new ConditionFault('condition', 0, `it is longer than ${maxLength} characters`);
    return new ConditionParser(text, context).parse();
  } catch (fault) {
    if (!(fault instanceof ConditionFault)) throw fault;
    context.report(fault.code, fault.index, fault.message);
    return undefined;
  }
}

/** `*` alone is special in the name of a search. */
function namePattern(text: string): TextPattern {
  return text
    .split(/(\*+)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('*') ? { kind: 'run' } : { kind: 'literal', text: part }));
}

class ConditionFault extends Error {
  readonly code: Parameters<ConditionContext['report']>[0];
  readonly index: number;
  constructor(code: ConditionFault['code'], index: number, message: string) {
    super(message);
    this.code = code;
    this.index = index;
  }
}

interface Token {
  readonly text: string;
  readonly index: number;
}

const tokenPattern = /[()|]|[^\s()|]+/g;

class ConditionParser {
  readonly #context: ConditionContext;
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;

  constructor(text: string, context: ConditionContext) {
    this.#context = context;
    this.#tokens = Array.from(text.matchAll(tokenPattern), (found) => ({
      text: found[0],
      index: found.index,
    }));
    this.#end = text.length;
  }

  parse(): ConditionNode {
    const node = this.#either(0);
    const rest = this.#tokens[this.#next];
    if (rest?.text === '|') {
      const message = 'conditions over counts (`| count()`, `| near`) left Sigma; write a correlation rule';
      throw new ConditionFault('aggregation', rest.index, message);
    }
    if (rest !== undefined) throw this.#unexpected(rest, 'and, or');
    return node;
  }

  #either(depth: number): ConditionNode {
    return this.#joined('or', () => this.#joined('and', () => this.#negated(depth)));
  }

  #joined(kind: 'and' | 'or', operand: () => ConditionNode): ConditionNode {
    const at = this.#context.at(this.#tokens[this.#next]?.index ?? this.#end);
    const first = operand();
    const of = [first];
    while (this.#takes(kind)) of.push(operand());
    return of.length === 1 ? first : { kind, at, of };
  }

  #negated(depth: number): ConditionNode {
    const token = this.#tokens[this.#next];
    if (depth > maxDepth) {
      throw new ConditionFault('condition', token?.index ?? this.#end, `it nests deeper than ${maxDepth}`);
    }
    if (token === undefined || !this.#takes('not')) return this.#operand(depth);
    return { kind: 'not', at: this.#context.at(token.index), of: this.#negated(depth + 1) };
  }

  #operand(depth: number): ConditionNode {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw this.#unexpected(token, 'a search');
    this.#next += 1;
    if (token.text === '(') {
      const inner = this.#either(depth + 1);
      if (!this.#takes(')')) throw this.#unexpected(this.#tokens[this.#next], '`)`');
      return inner;
    }
    if (/^(?:\d+|any|all)$/i.test(token.text) && this.#takes('of')) return this.#quantified(token);
    if (!this.#context.names.includes(token.text)) throw this.#unknown(token);
    return { kind: 'search', at: this.#context.at(token.index), name: token.text };
  }

  #quantified(head: Token): ConditionNode {
    const token = this.#tokens[this.#next];
    if (token === undefined || '()|'.includes(token.text))
      throw this.#unexpected(token, '`them` or a pattern');
    this.#next += 1;
    const names = this.#namesOf(token.text);
    if (names.length === 0) throw this.#unknown(token);
    const word = head.text.toLowerCase();
    const count = word === 'all' ? names.length : word === 'any' ? 1 : Number(word);
    if (count < 1 || count > names.length) {
      const message = `'${head.text} of ${token.text}' asks for more or fewer than the ${names.length} searches there are`;
      throw new ConditionFault('condition', head.index, message);
    }
    return { kind: 'quantified', at: this.#context.at(head.index), count, names };
  }

  #namesOf(pattern: string): readonly string[] {
    const { names } = this.#context;
    // "Them" leaves out names that begin with an underscore.
    if (pattern.toLowerCase() === 'them') return names.filter((name) => !name.startsWith('_'));
    return names.filter(compilePattern(namePattern(pattern), true));
  }

  #takes(word: string): boolean {
    if (this.#tokens[this.#next]?.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #unknown(token: Token): ConditionFault {
    const known = this.#context.names.join(', ');
    const message = `the rule has no search '${token.text}'${known === '' ? '' : `; it has ${known}`}`;
    return new ConditionFault('unknown_search', token.index, message);
  }

  #unexpected(token: Token | undefined, wanted: string): ConditionFault {
    const found = token === undefined ? 'the condition ends' : `found '${token.text}'`;
    return new ConditionFault('condition', token?.index ?? this.#end, `expected ${wanted}: ${found}`);
  }
}
