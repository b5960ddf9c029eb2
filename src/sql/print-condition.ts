import { errors } from './errors.ts';
import { likeContaining, likeEnding, likePattern, likeStarting } from './like.ts';
import { parseNetwork, quoteIdentifier, quoteString } from './literal.ts';
import { printValue } from './print-value.ts';
import type { CompareCondition, Condition, Query, TextCondition, Value } from './query.ts';
import { type ColumnShape, columnOf, expectMeaning, type Shape } from './shape.ts';

/** How deep conditions and sub-selects may be nested: far below the engine's own limits. */
const maxDepth = 64;

/** What printing a condition needs of the printer of queries: a sub-select with one output. */
export interface ConditionPrinter {
  readonly subselect: (
    query: Query,
    depth: number,
  ) => { readonly text: string; readonly column: ColumnShape };
}

interface Position {
  readonly shape: Shape;
  readonly printer: ConditionPrinter;
  readonly depth: number;
  /** Under a `not`, where SQL's "unknown" would not become true. */
  readonly negated: boolean;
}

/** A qualified column: `t0`.`name`, so that no output's alias can stand in for it. */
export function printColumn(shape: Shape, name: string): string {
  columnOf(shape, name);
  return `${shape.alias}.${quoteIdentifier(name)}`;
}

/** The condition in parentheses. Throws `sql.column`, `sql.type`, `sql.value` or `sql.bound`. */
export function printCondition(
  shape: Shape,
  condition: Condition,
  printer: ConditionPrinter,
  depth: number,
): string {
  return print({ shape, printer, depth, negated: false }, condition);
}

function print(at: Position, condition: Condition): string {
  if (at.depth > maxDepth) throw errors.make('bound', `conditions are nested deeper than ${maxDepth}`);
  const column = 'column' in condition ? printColumn(at.shape, condition.column) : '';
  switch (condition.kind) {
    case 'and':
      return join(at, condition.conditions, ' AND ', '1');
    case 'or':
      return join(at, condition.conditions, ' OR ', '0');
    case 'not':
      return `(NOT ${print({ ...at, depth: at.depth + 1, negated: true }, condition.condition)})`;
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return known(at, condition.column, compare(at.shape, condition, column));
    case 'between': {
      const { meaning } = expectMeaning(at.shape, condition.column, 'between', comparable);
      const bounds = [condition.from, condition.to].map((value) => printValue(meaning, value));
      return known(at, condition.column, `(${column} BETWEEN ${bounds.join(' AND ')})`);
    }
    case 'in':
      return known(at, condition.column, within(at.shape, condition, column));
    case 'in-select':
      return known(at, condition.column, withinSelect(at, condition.column, condition.query, column));
    case 'contains':
    case 'starts':
    case 'ends':
    case 'like':
      return search(at.shape, condition, column);
    case 'cidr':
      return withinNetwork(at.shape, condition.column, condition.network, column);
    case 'has':
      return has(at.shape, condition, column);
    case 'is-empty':
      return isEmpty(columnOf(at.shape, condition.column), column);
    case 'is-null':
      return columnOf(at.shape, condition.column).nullable ? `isNull(${column})` : '(0)';
  }
}

function join(at: Position, conditions: readonly Condition[], operator: string, none: string): string {
  const inner = { ...at, depth: at.depth + 1 };
  return `(${conditions.map((condition) => print(inner, condition)).join(operator) || none})`;
}

/** A comparison with an absent value is false. `WHERE` reads NULL as false itself; only `not` has to be told, and
 *  telling it everywhere would keep the engine from using its indexes. */
function known(at: Position, name: string, text: string): string {
  return at.negated && columnOf(at.shape, name).nullable ? `ifNull(${text}, 0)` : text;
}

const comparable = ['text', 'integer', 'instant', 'id'] as const;
const operators = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

function compare(shape: Shape, condition: CompareCondition, column: string): string {
  const { meaning } = expectMeaning(shape, condition.column, condition.kind, comparable);
  const value = printValue(meaning, condition.value);
  if (!condition.ignoreCase) return `(${column} ${operators[condition.kind]} ${value})`;
  expectMeaning(shape, condition.column, 'a comparison that ignores case', ['text']);
  if (condition.kind !== 'eq') throw errors.make('type', `${condition.kind} can't ignore case`);
  return `(lowerUTF8(${column}) = lowerUTF8(${value}))`;
}

interface Within {
  readonly column: string;
  readonly values: readonly Value[];
  readonly ignoreCase?: boolean;
}

function within(shape: Shape, condition: Within, column: string): string {
  const { meaning } = expectMeaning(
    shape,
    condition.column,
    'in',
    condition.ignoreCase ? ['text'] : comparable,
  );
  if (condition.values.length === 0) return '(0)';
  const values = condition.values.map((value) => printValue(meaning, value));
  if (!condition.ignoreCase) return `(${column} IN (${values.join(', ')}))`;
  return `(lowerUTF8(${column}) IN (${values.map((value) => `lowerUTF8(${value})`).join(', ')}))`;
}

function withinSelect(at: Position, name: string, query: Query, column: string): string {
  const selected = at.printer.subselect(query, at.depth + 1);
  expectMeaning(at.shape, name, 'in-select', [selected.column.meaning]);
  return `(${column} IN (${selected.text}))`;
}

const patterns = {
  contains: likeContaining,
  starts: likeStarting,
  ends: likeEnding,
  like: likePattern,
} as const;

/** ILIKE on the bare column: so a text index on it is used, and case is ignored beyond ASCII too. */
function search(shape: Shape, condition: TextCondition, column: string): string {
  const { meaning } = expectMeaning(shape, condition.column, condition.kind, ['text', 'text-list']);
  const pattern = quoteString(patterns[condition.kind](condition.text));
  return meaning === 'text'
    ? `(${column} ILIKE ${pattern})`
    : `arrayExists(e -> e ILIKE ${pattern}, ${column})`;
}

/** Text that is no address is in no network: the `OrNull` conversions never throw. */
function withinNetwork(shape: Shape, name: string, network: string, column: string): string {
  expectMeaning(shape, name, 'cidr', ['text']);
  const { version, address, bits } = parseNetwork(network);
  const range = `IPv${version}CIDRToRange(toIPv${version}(${quoteString(address)}), ${bits})`;
  const bounds = `tupleElement(${range}, 1) AND tupleElement(${range}, 2)`;
  // toIPv6 reads 10.0.0.1 as ::ffff:10.0.0.1, which would put every IPv4 address into ::/0.
  const guard = version === 6 ? ` AND NOT isIPv4String(${column})` : '';
  return `(ifNull(toIPv${version}OrNull(${column}) BETWEEN ${bounds}, 0)${guard})`;
}

interface Has {
  readonly column: string;
  readonly value: string;
  readonly ignoreCase?: boolean;
}

function has(shape: Shape, condition: Has, column: string): string {
  expectMeaning(shape, condition.column, 'has', ['text-list']);
  const value = quoteString(condition.value);
  if (!condition.ignoreCase) return `has(${column}, ${value})`;
  return `arrayExists(e -> lowerUTF8(e) = lowerUTF8(${value}), ${column})`;
}

function isEmpty(column: ColumnShape, text: string): string {
  if (column.nullable) return `isNull(${text})`;
  switch (column.meaning) {
    case 'text':
      return `(${text} = '')`;
    case 'text-list':
    case 'other-list':
      return `empty(${text})`;
    case 'integer':
    case 'instant':
    case 'id':
      return '(0)';
  }
}
