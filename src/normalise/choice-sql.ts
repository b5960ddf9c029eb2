import { type AttributeName, attributeNames } from '../contracts/index.ts';
import { type Expression, nothing } from './expression.ts';
import { printExpression, type SqlContext } from './expression-sql.ts';
import type { Group } from './mapping.ts';

/** Conditions in one column of bits. */
const bitsPerMask = 64;

/** A bit a group of the mapping. */
type GroupMask = bigint;

/** The groups for which an attribute is made by one expression. */
interface Branch {
  readonly mask: GroupMask;
  readonly expression: Expression;
  readonly text: string;
}

type Wrapper = Extract<Expression, { kind: 'basename' | 'lower' | 'account' | 'domain' | 'pair' }>;

/** What an attribute is made of: a text chosen by the record's group, and the functions around it, outermost first. */
interface Choice {
  readonly around: readonly Wrapper[];
  readonly branches: readonly Branch[];
}

const absent = "''";
const chosen: Expression = { kind: 'field', name: '' };

/**
 * The attributes of all groups as few SQL texts: per attribute one text, chosen by the record's group from its
 * distinct expressions; conditions and texts that several attributes share are printed once.
 */
export class AttributeChoices {
  readonly #context: SqlContext;
  readonly #choices: ReadonlyMap<AttributeName, Choice>;
  readonly #conditions: ReadonlyMap<GroupMask, string>;
  readonly #columns: ReadonlyMap<string, string>;
  readonly #groups: readonly Group[];

  constructor(groups: readonly Group[], context: SqlContext) {
    this.#groups = groups;
    this.#context = context;
    const branches = attributeNames.map((name) => [name, this.#branchesOf(name)] as const);
    const filled = branches.filter(([, list]) => list.some(({ text }) => text !== absent));
    this.#choices = new Map(filled.map(([name, list]) => [name, this.#unwrap(list, [])]));
    const masks = [...this.#choices.values()].flatMap((choice) =>
      choice.branches.slice(0, -1).map(({ mask }) => mask),
    );
    this.#conditions = new Map([...new Set(masks)].map((mask, index) => [mask, conditionSql(index)]));
    const texts = [...this.#choices.values()].map((choice) => this.#choose(choice));
    this.#columns = new Map([...new Set(texts)].map((text, index) => [text, `t${index}`]));
  }

  /** Columns `m0`, …: 64 conditions each, a bit says whether the record's group (`group`: its number from 1) is among some. */
  masks(group: string): string[] {
    const conditions = [...this.#conditions.keys()];
    return Array.from({ length: Math.ceil(conditions.length / bitsPerMask) }, (_, part) => {
      const own = conditions.slice(part * bitsPerMask, (part + 1) * bitsPerMask);
      const masks = this.#groups.map((_group, index) =>
        own.reduce((mask, groups, bit) => mask | (((groups >> BigInt(index)) & 1n) << BigInt(bit)), 0n),
      );
      return `arrayElement([${masks.join(', ')}]::Array(UInt64), ${group}) AS ${maskName(part)}`;
    });
  }

  /** Columns `t0`, `t1`, …: the chosen texts. */
  texts(): string[] {
    return [...this.#columns].map(([text, column]) => `${text} AS ${column}`);
  }

  /** The text of one attribute, over the columns of `texts`; undefined when no group has it. */
  attribute(name: AttributeName): string | undefined {
    const choice = this.#choices.get(name);
    if (choice === undefined) return undefined;
    const column = this.#columns.get(this.#choose(choice)) ?? absent;
    // The functions around the choice, from the inside out.
    return choice.around.reduceRight(
      (inner, outer) =>
        printExpression({ ...outer, of: chosen }, { ...this.#context, columnOf: () => inner }),
      column,
    );
  }

  /** The distinct expressions of an attribute, the one of most groups last. */
  #branchesOf(name: AttributeName): Branch[] {
    const parts = this.#groups.map((group, index) => ({
      expression: group.attributes.get(name)?.expression ?? nothing,
      mask: 1n << BigInt(index),
    }));
    return this.#merge(parts);
  }

  #merge(parts: readonly { expression: Expression; mask: GroupMask }[]): Branch[] {
    const branches = new Map<string, Branch>();
    for (const { expression, mask } of parts) {
      const text = printExpression(expression, this.#context);
      branches.set(text, { text, expression, mask: (branches.get(text)?.mask ?? 0n) | mask });
    }
    return [...branches.values()].sort((left, right) => bits(left.mask) - bits(right.mask));
  }

  /** A function that all branches apply to something is applied once, to what was chosen. */
  #unwrap(branches: readonly Branch[], around: readonly Wrapper[]): Choice {
    const filled = branches.filter(({ text }) => text !== absent).map(({ expression }) => expression);
    const [outer] = filled;
    if (outer === undefined || !isWrapper(outer)) return { around, branches };
    if (!filled.every((expression) => isSameWrapper(expression, outer))) return { around, branches };
    const inner = branches.map(({ expression, mask }) => ({
      expression: isWrapper(expression) ? expression.of : nothing,
      mask,
    }));
    return this.#unwrap(this.#merge(inner), [...around, outer]);
  }

  /** The last branch needs no condition. */
  #choose({ branches }: Choice): string {
    const last = branches.at(-1)?.text ?? absent;
    const conditions = branches
      .slice(0, -1)
      .map(({ mask, text }) => `${this.#conditions.get(mask)}, ${text}`);
    return conditions.length === 0 ? last : `multiIf(${[...conditions, last].join(', ')})`;
  }
}

const maskName = (part: number) => `m${part}`;

function conditionSql(index: number): string {
  return `bitTest(${maskName(Math.floor(index / bitsPerMask))}, ${index % bitsPerMask})`;
}

/** A function of one text that makes nothing of nothing. */
function isWrapper(expression: Expression): expression is Wrapper {
  return ['basename', 'lower', 'account', 'domain', 'pair'].includes(expression.kind);
}

function isSameWrapper(left: Expression, right: Wrapper): left is Wrapper {
  if (left.kind !== right.kind) return false;
  return left.kind !== 'pair' || (right.kind === 'pair' && left.name === right.name);
}

function bits(mask: GroupMask): number {
  return mask.toString(2).replaceAll('0', '').length;
}
