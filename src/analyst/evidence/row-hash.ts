import { createHash } from 'node:crypto';
import type { EvidenceCell } from '../../contracts/index.ts';

/** Rows with the names of their columns; cells are text, null or lists of text, so that no number loses digits. */
export interface NamedRows {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly EvidenceCell[])[];
}

/**
 * SHA-256 in lower-case hexadecimal over the rows in canonical JSON (RFC 8785: keys in the order of their UTF-16 code
 * units, no spaces): an array of one object a row. The order of columns changes nothing, the order of rows does.
 */
export function rowHash({ columns, rows }: NamedRows): string {
  const names = columns.map(({ name }, index) => ({ key: JSON.stringify(name), name, index }));
  names.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const hash = createHash('sha256').update('[');
  for (const [at, row] of rows.entries()) {
    const cells = names.map(({ key, index }) => `${key}:${JSON.stringify(row[index] ?? null)}`);
    hash.update(`${at === 0 ? '' : ','}{${cells.join(',')}}`);
  }
  return hash.update(']').digest('hex');
}
