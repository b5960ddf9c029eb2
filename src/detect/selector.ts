import { quoteIdentifier, quoteString, type TrustedSql, trust } from '../sql/index.ts';

/** Which events a log source means, over typed columns of the events table, as data. */
export type Selector =
  | { readonly kind: 'all'; readonly of: readonly Selector[] }
  | { readonly kind: 'any'; readonly of: readonly Selector[] }
  /** The text column is one of the values; `metadata_log_name` regardless of case (values in lower case). */
  | { readonly kind: 'text'; readonly column: TextColumn; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly column: NumberColumn; readonly values: readonly number[] };

export type TextColumn = 'source' | 'metadata_log_name' | 'metadata_event_code';
export type NumberColumn = 'class_uid';

/** What of an event its routes depend on. */
export interface RoutedEvent extends Readonly<Record<TextColumn, string>> {
  /** Null or 0 when not known. */
  readonly class_uid: number | bigint | null;
}

export const all = (...of: readonly Selector[]): Selector => ({ kind: 'all', of });
export const any = (...of: readonly Selector[]): Selector => ({ kind: 'any', of });
export const text = (column: TextColumn, ...values: readonly string[]): Selector => ({
  kind: 'text',
  column,
  values,
});
export const number = (column: NumberColumn, ...values: readonly number[]): Selector => {
  return { kind: 'number', column, values };
};

export function isSelected(selector: Selector, event: RoutedEvent): boolean {
  switch (selector.kind) {
    case 'all':
      return selector.of.every((inner) => isSelected(inner, event));
    case 'any':
      return selector.of.some((inner) => isSelected(inner, event));
    case 'text': {
      const value = event[selector.column];
      return selector.values.includes(selector.column === 'metadata_log_name' ? asciiLower(value) : value);
    }
    case 'number': {
      const value = event[selector.column];
      return value !== null && selector.values.includes(Number(value));
    }
  }
}

/** As ClickHouse's `lower`: names of logs are compared over ASCII. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The selector as a ClickHouse condition over the columns of `events`: 0 or 1, never NULL. */
export function selectorSql(selector: Selector): TrustedSql {
  switch (selector.kind) {
    case 'all':
      return joined(selector.of, 'AND', '1');
    case 'any':
      return joined(selector.of, 'OR', '0');
    case 'text': {
      const column = quoteIdentifier(selector.column);
      const compared = selector.column === 'metadata_log_name' ? `lower(${column})` : column;
      return trust(`${compared} IN (${selector.values.map(quoteString).join(', ')})`);
    }
    case 'number':
      return trust(
        `ifNull(${quoteIdentifier(selector.column)}, 0) IN (${selector.values.map(BigInt).join(', ')})`,
      );
  }
}

function joined(of: readonly Selector[], word: string, empty: string): TrustedSql {
  return trust(of.length === 0 ? empty : `(${of.map(selectorSql).join(` ${word} `)})`);
}
