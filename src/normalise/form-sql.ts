import { type AttributeName, attributeNames, attributes } from '../contracts/index.ts';
import { categoryOf, type CompiledForm, type CompiledMapping } from './compiled.ts';
import { printExpression, printSet, type SqlContext } from './expression-sql.ts';
import { type Expression, nothing } from './expression.ts';
import type { PathTree } from './extraction.ts';
import { printContentHash, printDigest, printEventId, printIdentity } from './identity-sql.ts';
import type { Condition } from './mapping.ts';
import { quoteIdentifier, quoteString } from '../sql/index.ts';
import { printAbsent, printSink } from './sink-sql.ts';
import { stageColumns } from './stage-columns.ts';
import { printTime } from './time-sql.ts';

const absentText = "''";
/** Columns of the batch file that a stage row takes over. */
const envelope = ['row', 'partition', 'offset', 'sub', 'tenant', 'stream', 'received_at'];
const identity = ['seed', 'ordinal', 'line'];
const settled = ['line', 'time_value', 'time_quality', 'time_sure', 'fits', 'digest', 'content_hash'];
const ofKind = ['k_class', 'k_category', 'k_activity', 'k_status', 'k_severity'];

/**
 * Prints the SELECT of one form over `input`, a relation with the columns of a batch file. In levels, so that each
 * value is written and computed once: the one extraction, the fields, what they say (kind, time), what follows from
 * that (constants of the kind, hashes), the attributes' texts, the typed columns. Each level hands on only what the
 * next ones need: the engine plans anew for every batch, and pays for each column and function. `ok` is 1 only where
 * the result is surely what the function gives.
 */
export function printSelect(compiled: CompiledMapping, form: CompiledForm, input: string): string {
  const plan = new SelectPlan(compiled, form);
  const { names } = plan;
  const given = envelope.map(quoteIdentifier);
  const extracted = select([...given, ...identity, plan.extraction()], input);
  const fields = select([...given, ...identity, ...plan.fields()], `(${extracted})`);
  const found = select([...given, ...identity, 'fits', ...names, ...plan.findings()], `(${fields})`);
  const followed = select([...given, ...settled.slice(0, 5), ...names, ...plan.kindColumns()], `(${found})`);
  const values = select([...given, ...settled, ...ofKind, ...plan.texts()], `(${followed})`);
  return select(plan.columns(), `(${values})`);
}

function select(columns: readonly string[], from: string): string {
  return `SELECT ${columns.join(', ')} FROM ${from}`;
}

/** A bit a group of the mapping. */
type GroupMask = bigint;

interface Branch {
  readonly mask: GroupMask;
  readonly expression: Expression;
  readonly text: string;
}

type Wrapper = Extract<Expression, { kind: 'basename' | 'lower' | 'account' | 'domain' | 'pair' }>;
const chosen: Expression = { kind: 'field', name: '' };

/** What an attribute is made of: a text chosen by the record's group, and the functions around it, outermost first. */
interface Choice {
  readonly around: readonly Wrapper[];
  readonly branches: readonly Branch[];
  readonly text: string;
}

/** A function of one text that makes nothing of nothing. */
function isWrapper(expression: Expression): expression is Wrapper {
  return ['basename', 'lower', 'account', 'domain', 'pair'].includes(expression.kind);
}

function isSameWrapper(left: Expression, right: Wrapper): left is Wrapper {
  if (left.kind !== right.kind) return false;
  return left.kind !== 'pair' || (right.kind === 'pair' && left.name === right.name);
}

class SelectPlan {
  readonly #compiled: CompiledMapping;
  readonly #form: CompiledForm;
  readonly #blanks: readonly string[];
  readonly #context: SqlContext;
  readonly #choices: ReadonlyMap<AttributeName, Choice>;
  /** Chosen texts, each once, and their columns. */
  readonly #texts: ReadonlyMap<string, string>;
  /** Conditions on the group that any attribute needs, each a column. */
  readonly #conditions: ReadonlyMap<GroupMask, string>;

  constructor(compiled: CompiledMapping, form: CompiledForm) {
    this.#compiled = compiled;
    this.#form = form;
    this.#blanks = [...compiled.blanks];
    this.#context = { columnOf: (field) => `f${compiled.numberOf(field)}`, blanks: this.#blanks };
    const branches = attributeNames.map((name) => [name, this.#branchesOf(name)] as const);
    const filled = branches.filter(([, list]) => list.some(({ text }) => text !== absentText));
    const unwrapped = filled.map(([name, list]) => [name, this.#unwrap(list, [])] as const);
    const masks = unwrapped.flatMap(([, choice]) => choice.branches.slice(0, -1).map(({ mask }) => mask));
    this.#conditions = new Map([...new Set(masks)].map((mask, index) => [mask, `c${index}`]));
    this.#choices = new Map(unwrapped.map(([name, choice]) => [name, { ...choice, text: this.#choose(choice.branches) }]));
    const texts = new Set([...this.#choices.values()].map(({ text }) => text));
    this.#texts = new Map([...texts].map((text, index) => [text, `t${index}`]));
  }

  /** Materialised, because reading a sub-column of the tuple would parse the line once a column. */
  extraction(): string {
    return `materialize(JSONExtract(line, ${quoteString(tupleType(this.#form.tree))})) AS x`;
  }

  fields(): string[] {
    const leaves = this.#leafColumns();
    const fields = this.#form.fieldLeaves.map((numbers, index) => {
      const columns = numbers.map((number) => leaves[number] ?? "''");
      return `${firstFilled(columns)} AS f${index}`;
    });
    return [...fields, `${this.#fits(leaves)} AS fits`];
  }

  findings(): string[] {
    const { mapping } = this.#compiled;
    const keys = [...mapping.kindOfKey.keys()];
    const key = printExpression(mapping.classifyBy, this.#context);
    const kinds = [...mapping.kindOfKey.values()].map((index) => index + 1);
    const kind =
      keys.length === 0
        ? 'toUInt16(1)'
        : `transform(${key}, [${keys.map(quoteString)}], [${kinds}]::Array(UInt16), toUInt16(1))`;
    return [
      `${kind} AS kind`,
      ...printTime(mapping.time, this.#context.columnOf),
      ...printIdentity(mapping.naturalKey.map(this.#context.columnOf)),
    ];
  }

  /** The fields' columns. */
  get names(): string[] {
    return this.#compiled.fields.map((_, index) => `f${index}`);
  }

  /** Constants of the kind, the conditions on its group, and the hashes. */
  kindColumns(): string[] {
    const { mapping } = this.#compiled;
    const { kinds } = mapping;
    const ofKind = (values: readonly (number | undefined)[], type: string) =>
      `arrayElement([${values.map((value) => value ?? 'NULL')}]::Array(${type}), kind)`;
    // By group, not by kind: there are fewer, and the engine reads these texts anew for every batch.
    const conditions = [...this.#conditions].map(([mask, column]) => {
      const applies = mapping.groups.map((_, group) => (mask >> BigInt(group)) & 1n);
      return `arrayElement([${applies}], k_group) AS ${column}`;
    });
    return [
      `${ofKind(kinds.map((kind) => kind.classUid), 'UInt64')} AS k_class`,
      `${ofKind(kinds.map((kind) => categoryOf(kind.classUid)), 'UInt64')} AS k_category`,
      `${ofKind(kinds.map((kind) => kind.activityId), 'Nullable(UInt64)')} AS k_activity`,
      `${ofKind(kinds.map((kind) => kind.statusId), 'Nullable(UInt64)')} AS k_status`,
      `${ofKind(kinds.map((kind) => kind.severityId), 'Nullable(UInt64)')} AS k_severity`,
      `${ofKind(kinds.map((kind) => kind.group + 1), 'UInt8')} AS k_group`,
      ...conditions,
      `${printDigest(mapping.source, mapping.naturalKey.map(this.#context.columnOf))} AS digest`,
      `${printContentHash(mapping.essential.map(this.#context.columnOf))} AS content_hash`,
    ];
  }

  texts(): string[] {
    return [...this.#texts].map(([text, column]) => `${text} AS ${column}`);
  }

  columns(): string[] {
    const { mapping } = this.#compiled;
    const activity = `ifNull(ifNull(k_activity, ${this.#attribute('activity_id')}), 0)`;
    const given: Readonly<Record<string, string>> = {
      event_id: printEventId('digest', 'time_value'),
      time: 'multiIf(time_sure, time_value, NULL)',
      time_quality: 'time_quality',
      source: quoteString(mapping.source),
      form: quoteString(this.#form.form.name),
      mapping_version: `toUInt16(${mapping.version})`,
      content_hash: 'content_hash',
      raw: 'line',
      ok: 'toUInt8(fits AND time_sure)',
      class_uid: 'toNullable(k_class)',
      category_uid: 'toNullable(k_category)',
      activity_id: `toNullable(${activity})`,
      type_uid: `toNullable(k_class * 100 + ${activity})`,
      status_id: `ifNull(k_status, ${this.#attribute('status_id')})`,
      severity_id: `ifNull(k_severity, ${this.#attribute('severity_id')})`,
    };
    return stageColumns.map(({ name }) => {
      const quoted = quoteIdentifier(name);
      const value = given[name];
      if (value !== undefined) return `${value} AS ${quoted}`;
      return envelope.includes(name) ? quoted : `${this.#attribute(name as AttributeName)} AS ${quoted}`;
    });
  }

  #attribute(name: AttributeName): string {
    const choice = this.#choices.get(name);
    if (choice === undefined) return printAbsent(attributes[name]);
    const rules = this.#compiled.mapping.groups.map((group) => group.attributes.get(name));
    const separator = rules.find((rule) => rule !== undefined)?.separator ?? '';
    const column = this.#texts.get(choice.text) ?? absentText;
    const context = { ...this.#context, columnOf: () => column };
    // The functions around the choice, from the inside out.
    const text = choice.around.reduceRight(
      (inner, outer) => printExpression({ ...outer, of: chosen }, { ...context, columnOf: () => inner }),
      column,
    );
    return printSink(attributes[name], text, separator, this.#blanks);
  }

  /** The distinct expressions of an attribute, each with the groups that it holds for; the widest last. */
  #branchesOf(name: AttributeName): Branch[] {
    const { groups } = this.#compiled.mapping;
    return this.#merge(
      groups.map((group, index) => ({
        expression: group.attributes.get(name)?.expression ?? nothing,
        mask: 1n << BigInt(index),
      })),
    );
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
  #unwrap(branches: readonly Branch[], around: readonly Wrapper[]): Omit<Choice, 'text'> {
    const filled = branches.filter(({ text }) => text !== absentText).map(({ expression }) => expression);
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
  #choose(branches: readonly Branch[]): string {
    const last = branches.at(-1)?.text ?? absentText;
    const conditions = branches.slice(0, -1).map(({ mask, text }) => `${this.#conditions.get(mask)}, ${text}`);
    return conditions.length === 0 ? last : `multiIf(${[...conditions, last].join(', ')})`;
  }

  #leafColumns(): string[] {
    const columns: string[] = [];
    walk(this.#form.tree, 'x', columns);
    return columns;
  }

  /** True when the line parsed, is of this form and has what the mapping requires. */
  #fits(leaves: readonly string[]): string {
    const leaf = (condition: { path: readonly string[] }) => leaves[this.#form.leafOf(condition.path)] ?? "''";
    const required = this.#compiled.mapping.required.map((field) => {
      const text = this.#context.columnOf(field);
      return `${text} != '' AND substring(${text}, 1, 1) NOT IN ('{', '[')`;
    });
    const conditions = [
      // A leading array would be read by position; white space or a byte order mark goes to the function.
      "startsWith(line, '{')",
      ...this.#nested(),
      ...this.#form.form.recognise.map((condition) => printCondition(condition, leaf)),
      ...required,
    ];
    return conditions.join(' AND ');
  }

  /** An array where an object is expected would be read by position: such lines go to the function. */
  #nested(): string[] {
    const names = new Set(innerNames(this.#form.tree));
    if (names.size === 0) return [];
    const keys = [...names].map((name) => JSON.stringify(name).replace(/[^\w"]/g, (sign) => `\\x{${sign.charCodeAt(0).toString(16)}}`));
    return [`NOT match(line, ${quoteString(`(?:${keys.join('|')})\\s*:\\s*\\[`)})`];
  }
}

function innerNames(node: PathTree): string[] {
  if (node.kind === 'leaf') return [];
  return [...node.children].flatMap(([name, child]) =>
    child.kind === 'inner' ? [name, ...innerNames(child)] : [],
  );
}

function bits(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function walk(node: PathTree, column: string, columns: string[]): void {
  if (node.kind === 'leaf') columns[node.index] = column;
  else [...node.children.values()].forEach((child, index) => walk(child, `tupleElement(${column}, ${index + 1})`, columns));
}

function tupleType(node: PathTree): string {
  if (node.kind === 'leaf') return 'String';
  return `Tuple(${[...node.children].map(([name, child]) => `${quoteIdentifier(name)} ${tupleType(child)}`).join(', ')})`;
}

function firstFilled(columns: readonly string[]): string {
  const last = columns.at(-1) ?? "''";
  if (columns.length < 2) return last;
  return `multiIf(${[...columns.slice(0, -1).map((column) => `${column} != '', ${column}`), last].join(', ')})`;
}

function printCondition(condition: Condition, leaf: (condition: { path: readonly string[] }) => string): string {
  switch (condition.kind) {
    case 'has':
      return `${leaf(condition)} != ''`;
    case 'lacks':
      return `${leaf(condition)} = ''`;
    case 'is':
      return `${leaf(condition)} IN ${printSet(condition.values)}`;
    case 'starts':
      return `startsWith(${leaf(condition)}, ${quoteString(condition.start)})`;
    case 'any':
      return `(${condition.of.map((inner) => printCondition(inner, leaf)).join(' OR ')})`;
  }
}
