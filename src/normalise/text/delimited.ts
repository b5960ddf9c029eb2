import type { TextFields } from './key-value.ts';

/** Lines of values parted by one character. */
export interface Delimited {
  readonly kind: 'delimited';
  readonly separator: string;
  /** The names of the values, in order; none while they are not known. */
  readonly columns: readonly string[];
  /** Names that a header line may hold; none: there is no header. */
  readonly header: readonly string[];
}

/** A header names at least so many columns: a line of prose may begin with a word that is one. */
const fewestColumns = 4;
const mostColumns = 128;

/** The values of a line by column; undefined when it has more or fewer. */
export function parseDelimited({ separator, columns }: Delimited, line: string): TextFields | undefined {
  const values = columns.length === 0 ? [] : line.split(separator, columns.length + 1);
  if (columns.length === 0 || values.length !== columns.length) return undefined;
  return new Map(columns.map((name, index) => [name, values[index] ?? '']));
}

/** The columns that a header line names; undefined when it names another thing, or one of them twice. */
export function readHeader({ separator, header }: Delimited, line: string): readonly string[] | undefined {
  const names = line.split(separator, mostColumns + 1);
  const isHeader =
    names.length >= fewestColumns &&
    names.length <= mostColumns &&
    names.every((name) => header.includes(name)) &&
    new Set(names).size === names.length;
  return isHeader ? names : undefined;
}
