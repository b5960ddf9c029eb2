import { printSettings, type QuerySettings } from '../sql/index.ts';

/** What an insert must have whatever a profile says: it is done when it is acknowledged, and one block becomes one
 *  part, which appears whole or not at all. chDB's own default is to gather inserts first. */
const insertSettings: QuerySettings = {
  async_insert: 0,
  max_insert_threads: 1,
  max_insert_block_size: 1_048_576,
  min_insert_block_size_rows: 1_048_576,
  min_insert_block_size_bytes: 1_073_741_824,
};

/** `INSERT INTO table (columns)`: behind it the settings stand for every kind of insert. */
const insertHead = /^\s*INSERT INTO (?:`[^`]+`|[\w.]+)(?:\s*\([^()]*\))?/;
const readHead = /^\s*(?:SELECT|WITH|EXPLAIN)\b/;

/**
 * A statement with settings in its text: behind the head of an insert, at the end of a read (before its format).
 * Other statements take none.
 */
export function withSettings(statement: string, settings: QuerySettings, format?: string): string {
  const insert = insertHead.exec(statement);
  if (insert !== null) {
    const printed = printSettings({ ...insertSettings, ...settings });
    return `${insert[0]} ${printed} ${statement.slice(insert[0].length)}`;
  }
  if (!readHead.test(statement)) return statement;
  const printed = Object.keys(settings).length > 0 ? ` ${printSettings(settings)}` : '';
  return `${statement}${printed}${format === undefined ? '' : ` FORMAT ${format}`}`;
}
