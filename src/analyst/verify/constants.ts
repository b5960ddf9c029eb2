import type { HuntQuery } from '../../contracts/index.ts';

/** A value that a filter gives to a column in each row that the query read. */
export interface Constant {
  readonly column: string;
  readonly value: string;
}

/** Filters of one field and one value: `class_uid = 1007` holds in every row, whether it has the column or not. */
export function constantsOf(query: HuntQuery | undefined): readonly Constant[] {
  return (query?.where ?? []).flatMap(({ fields, op, values, negated }) => {
    const [column] = fields;
    const [value] = values;
    const single = fields.length === 1 && values.length === 1 && op === 'equals' && !negated;
    return single && column !== undefined && value !== undefined ? [{ column, value }] : [];
  });
}

/** The value of a column in every row, '' when the query doesn't fix it. */
export function constantOf(query: HuntQuery | undefined, column: string): string {
  return constantsOf(query).find((constant) => constant.column === column)?.value ?? '';
}
