import type { Attribute } from '../contracts/index.ts';
import { quoteString } from '../sql/index.ts';
import { printAddress, printIsFilled, printSet } from './expression-sql.ts';

/** The SQL type of a stage column that holds an attribute. */
export function columnTypeOf(attribute: Attribute): string {
  if (attribute.type === 'int') return 'Nullable(UInt64)';
  return attribute.type === 'list' ? 'Array(String)' : 'String';
}

/** Makes an attribute's column from an expression's text column `text`. Its twin is `sink.ts`. */
export function printSink(
  attribute: Attribute,
  text: string,
  separator: string,
  blanks: readonly string[],
): string {
  switch (attribute.type) {
    case 'text':
    case 'code':
      return blanks.length < 2 ? text : `multiIf(${printIsFilled(text, blanks.slice(1))}, ${text}, '')`;
    case 'ip':
      return `multiIf(${text} = '', '', ${printAddress(text)})`;
    case 'int':
      return printUnsigned(text);
    case 'list':
      return printItems(text, separator, blanks);
  }
}

/** The SQL of an attribute that a mapping says nothing about. */
export function printAbsent(attribute: Attribute): string {
  if (attribute.type === 'int') return 'NULL::Nullable(UInt64)';
  return attribute.type === 'list' ? '[]::Array(String)' : "''";
}

/** Only rows with `0x` in front pay for the hexadecimal reading. */
function printUnsigned(text: string): string {
  const value = `reinterpretAsUInt64(reverse(unhex(leftPad(substring(${text}, 3), 16, '0'))))`;
  const hex = `multiIf(match(${text}, '^0x[0-9a-fA-F]{1,16}$'), ${value}, NULL)`;
  return `multiIf(startsWith(${text}, '0x'), ${hex}, toUInt64OrNull(${text}))`;
}

function printItems(text: string, separator: string, blanks: readonly string[]): string {
  const split = `splitByString(${quoteString(separator)}, ${text})`;
  const items = `multiIf(startsWith(${text}, '['), JSONExtract(${text}, 'Array(String)'), ${split})`;
  return `arrayFilter(item -> item NOT IN ${printSet(blanks)}, ${items})`;
}
