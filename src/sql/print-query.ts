import { errors } from './errors.ts';
import { quoteIdentifier, quoteMillis, quoteString } from './literal.ts';
import { type ConditionPrinter, printColumn, printCondition } from './print-condition.ts';
import { type PrintedOutput, printKey, printMeasure } from './print-measure.ts';
import type { GroupsQuery, Ordering, Query, RowsQuery, Source } from './query.ts';
import { assertGranted, type ReadScope } from './scope.ts';
import { type ColumnShape, columnOf, type Shape, tableColumns } from './shape.ts';
import type { Table } from './table.ts';
import { type TrustedSql, trust } from './trusted.ts';

/** The engine takes 262,144 (`max_query_size`); this leaves room for settings and format. */
const maxTextBytes = 260_000;
const maxDepth = 64;
/** The most rows that any limit may name. */
const maxLimit = 1_000_000;

export interface Printing {
  readonly scope: ReadScope;
  /** The declared tables by name. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Prints the outermost limit one higher: the row too many says that there was more. */
  readonly oneMore?: boolean;
}

/**
 * The query as one ClickHouse statement. Every table reference in it carries the scope's tenant, its snapshot, and
 * leaves superseded rows out. Ids come out as UUID text; the order is decided to the last row.
 * Throws `sql.scope`, `sql.table`, `sql.column`, `sql.type`, `sql.value` or `sql.bound`.
 */
export function printQuery(query: Query, printing: Printing): TrustedSql {
  assertGranted(printing.scope);
  const { text } = printSelect(query, { ...printing, depth: 0, top: true });
  if (Buffer.byteLength(text) > maxTextBytes) {
    throw errors.make('bound', `the query is longer than ${maxTextBytes} bytes; name fewer values`);
  }
  return trust(text);
}

interface Context extends Printing {
  readonly depth: number;
  /** The outermost select, whose outputs a reader sees. */
  readonly top: boolean;
}

interface Printed {
  readonly text: string;
  readonly columns: ReadonlyMap<string, ColumnShape>;
}

function printSelect(query: Query, context: Context): Printed {
  if (context.depth > maxDepth) throw errors.make('bound', `sub-selects are nested deeper than ${maxDepth}`);
  if (!Number.isSafeInteger(query.limit) || query.limit < 1 || query.limit > maxLimit) {
    throw errors.make('bound', `a limit lies from 1 to ${maxLimit}, not at ${query.limit}`);
  }
  return query.kind === 'rows' ? printRows(query, context) : printGroups(query, context);
}

function printRows(query: RowsQuery, context: Context): Printed {
  const { text: from, shape, predicates } = printSource(query.from, context);
  const outputs = query.columns.map((name) => ({
    as: name,
    text: printColumn(shape, name),
    column: columnOf(shape, name),
  }));
  const where = whereOf(predicates, query, shape, context);
  const orderBy = query.orderBy ?? [];
  const order = printOrder(shape, orderBy, shape.rowKey, orderBy.at(-1)?.direction ?? 'asc');
  return {
    text: `SELECT ${printOutputs(outputs, context)} FROM ${from}${where}${order} LIMIT ${printLimit(query, context)}`,
    columns: columnsOf(outputs),
  };
}

/** Two selects: the inner one gathers, the outer one sees its outputs under one name each, so that an output that is
 *  named like a column can't be mistaken for it in `having` and `orderBy`. */
function printGroups(query: GroupsQuery, context: Context): Printed {
  const { text: from, shape, predicates } = printSource(query.from, context);
  const keys = query.keys.map((key) => printKey(shape, key));
  const measures = query.measures.map((measure) =>
    printMeasure(shape, measure, keys.length === 0, conditionPrinter(context), context.depth + 1),
  );
  const columns = columnsOf([...keys, ...measures]);
  const groupBy = keys.length > 0 ? ` GROUP BY ${keys.map((key) => key.text).join(', ')}` : '';
  const inner = [...keys, ...measures]
    .map((output) => `${output.text} AS ${quoteIdentifier(output.as)}`)
    .join(', ');
  const gathered = `SELECT ${inner} FROM ${from}${whereOf(predicates, query, shape, context)}${groupBy}`;

  const outer: Shape = { alias: `g${context.depth}`, columns, rowKey: keys.map((key) => key.as) };
  const outputs = [...columns].map(([as, column]) => ({ as, text: printColumn(outer, as), column }));
  const having = whereOf([], { ...(query.having && { where: query.having }) }, outer, context);
  const order = printOrder(outer, query.orderBy ?? [], outer.rowKey, 'asc');
  return {
    text: `SELECT ${printOutputs(outputs, context)} FROM (${gathered}) AS ${outer.alias}${having}${order} LIMIT ${printLimit(query, context)}`,
    columns,
  };
}

interface PrintedSource {
  readonly text: string;
  readonly shape: Shape;
  /** What must hold besides the query's own condition. */
  readonly predicates: readonly string[];
}

function printSource(source: Source, context: Context): PrintedSource {
  if (source.kind === 'table')
    return printTable(declared(source.name, context), `t${context.depth}`, context);
  const alias = `s${context.depth}`;
  const { text, columns } = printSelect(source.query, { ...context, depth: context.depth + 1, top: false });
  return {
    text: `(${text}) AS ${alias}`,
    shape: { alias, columns, rowKey: [...columns.keys()] },
    predicates: [],
  };
}

function declared(name: string, context: Context): Table {
  const table = context.tables.get(name);
  if (table === undefined) throw errors.make('table', `there is no table ${JSON.stringify(name)}`);
  return table;
}

/** The one place where a table's name is printed: never without its tenant, its snapshot and what supersedes it. */
function printTable(table: Table, alias: string, context: Context): PrintedSource {
  const { scope } = context;
  if (table.tenantColumn === 'none') throw errors.make('table', `${table.name} can't be read by queries`);
  const column = (name: string) => `${alias}.${quoteIdentifier(name)}`;
  const predicates = [`${column(table.tenantColumn)} = ${quoteString(scope.tenant)}`];
  if (table.snapshotColumn !== 'none') {
    predicates.push(`${column(table.snapshotColumn)} <= ${quoteMillis(scope.snapshot)}`);
  }
  if (table.supersession !== undefined) {
    const key = table.supersession.key.map(column).join(', ');
    predicates.push(`(${key}) NOT IN (${printSuperseded(table, alias, context)})`);
  }
  return {
    text: `${quoteIdentifier(table.name)} AS ${alias}`,
    shape: { alias, columns: tableColumns(table), rowKey: table.rowKey },
    predicates,
  };
}

function printSuperseded(table: Table, alias: string, context: Context): string {
  const { supersession } = table;
  if (supersession === undefined) return '';
  const superseding = declared(supersession.table, context);
  if (superseding.snapshotColumn === 'none' || superseding.supersession !== undefined) {
    throw errors.make('table', `${superseding.name} can't say from when on rows are superseded`);
  }
  const { text, shape, predicates } = printTable(superseding, `${alias}x`, context);
  const key = supersession.key.map((name) => printColumn(shape, name)).join(', ');
  return `SELECT ${key} FROM ${text} WHERE ${predicates.join(' AND ')}`;
}

function whereOf(
  predicates: readonly string[],
  query: Pick<RowsQuery, 'where'>,
  shape: Shape,
  context: Context,
): string {
  const own = query.where && printCondition(shape, query.where, conditionPrinter(context), context.depth + 1);
  const all = own === undefined ? predicates : [...predicates, own];
  return all.length > 0 ? ` WHERE ${all.join(' AND ')}` : '';
}

function conditionPrinter(context: Context): ConditionPrinter {
  return {
    subselect: (query, depth) => {
      const { text, columns } = printSelect(query, { ...context, depth, top: false });
      const [column, ...more] = columns.values();
      if (column === undefined || more.length > 0)
        throw errors.make('column', 'in-select takes exactly one output');
      return { text, column };
    },
  };
}

function printLimit({ limit }: Query, { top, oneMore }: Context): number {
  return top && oneMore === true ? limit + 1 : limit;
}

/** Whatever `orderBy` leaves undecided is decided by the row key. */
function printOrder(
  shape: Shape,
  orderBy: readonly Ordering[],
  rowKey: readonly string[],
  direction: Ordering['direction'],
): string {
  const named = new Set(orderBy.map((ordering) => ordering.column));
  const rest = rowKey.filter((column) => !named.has(column)).map((column) => ({ column, direction }));
  const all = [...orderBy, ...rest].map(
    (ordering) => `${printColumn(shape, ordering.column)} ${ordering.direction === 'desc' ? 'DESC' : 'ASC'}`,
  );
  return all.length > 0 ? ` ORDER BY ${all.join(', ')}` : '';
}

function printOutputs(outputs: readonly PrintedOutput[], context: Context): string {
  if (outputs.length === 0) throw errors.make('column', 'a query needs at least one output');
  return outputs
    .map((output) => `${presented(output, context.top)} AS ${quoteIdentifier(output.as)}`)
    .join(', ');
}

function presented(output: PrintedOutput, top: boolean): string {
  return top && output.column.meaning === 'id' ? `UUIDNumToString(${output.text})` : output.text;
}

function columnsOf(outputs: readonly PrintedOutput[]): ReadonlyMap<string, ColumnShape> {
  const columns = new Map(outputs.map((output) => [output.as, output.column]));
  if (columns.size < outputs.length) throw errors.make('column', 'two outputs have one name');
  return columns;
}
