import { errors } from './errors.ts';
import type { ColumnType, Table } from './table.ts';

/** What a column means to the query language: which values it takes and which operations fit. */
export type Meaning = 'text' | 'integer' | 'instant' | 'id' | 'text-list' | 'other-list';

export interface ColumnShape {
  readonly meaning: Meaning;
  readonly nullable: boolean;
}

/** The columns that a source offers, under the alias that it is printed with. */
export interface Shape {
  readonly alias: string;
  readonly columns: ReadonlyMap<string, ColumnShape>;
  /** The columns that end an ordering. */
  readonly rowKey: readonly string[];
}

const shapes: Readonly<Record<ColumnType, ColumnShape>> = {
  String: { meaning: 'text', nullable: false },
  'LowCardinality(String)': { meaning: 'text', nullable: false },
  'FixedString(16)': { meaning: 'id', nullable: false },
  UInt8: { meaning: 'integer', nullable: false },
  UInt16: { meaning: 'integer', nullable: false },
  UInt32: { meaning: 'integer', nullable: false },
  UInt64: { meaning: 'integer', nullable: false },
  'Nullable(UInt64)': { meaning: 'integer', nullable: true },
  "DateTime64(3, 'UTC')": { meaning: 'instant', nullable: false },
  "DateTime64(6, 'UTC')": { meaning: 'instant', nullable: false },
  "Nullable(DateTime64(6, 'UTC'))": { meaning: 'instant', nullable: true },
  'Array(String)': { meaning: 'text-list', nullable: false },
  'Array(UInt32)': { meaning: 'other-list', nullable: false },
  'Array(UInt64)': { meaning: 'other-list', nullable: false },
  "Array(DateTime64(3, 'UTC'))": { meaning: 'other-list', nullable: false },
};

/** The columns of a declared table. */
export function tableColumns(table: Table): ReadonlyMap<string, ColumnShape> {
  return new Map(Object.entries(table.columns).map(([name, column]) => [name, shapes[column.type]]));
}

/** The column of that name. Throws `sql.column` when the source has none. */
export function columnOf(shape: Shape, name: string): ColumnShape {
  const column = shape.columns.get(name);
  if (column === undefined) throw errors.make('column', `there is no column ${JSON.stringify(name)} here`);
  return column;
}

/** Throws `sql.type` unless the column has one of the meanings. */
export function expectMeaning(
  shape: Shape,
  name: string,
  operation: string,
  meanings: readonly Meaning[],
): ColumnShape {
  const column = columnOf(shape, name);
  if (meanings.includes(column.meaning)) return column;
  const wanted = meanings.join(' or ');
  throw errors.make(
    'type',
    `${operation} needs a column of ${wanted}; ${JSON.stringify(name)} is ${column.meaning}`,
  );
}
