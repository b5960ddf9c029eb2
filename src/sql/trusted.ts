import { quoteInteger, quoteString } from './literal.ts';

declare const trustedBrand: unique symbol;

/** SQL text that the program itself wrote. Text of users and telemetry gets in as quoted literals only. */
export type TrustedSql = string & { readonly [trustedBrand]: true };

/** Marks text that a compiler of this program printed. Never call it with anything that came from outside. */
export function trust(text: string): TrustedSql {
  return text as TrustedSql;
}

/** What may stand in an `sql` template: a string becomes a literal, whole numbers their digits. */
type Part = string | number | bigint | { readonly sql: TrustedSql };

/**
 * Writes SQL with values: a string becomes a quoted literal, a number or bigint its digits, and `{sql: …}` is taken
 * over as it is (an identifier, another statement). Throws `sql.value` for a number that isn't whole.
 */
export function sql(texts: TemplateStringsArray, ...parts: readonly Part[]): TrustedSql {
  const printed = parts.map(printPart);
  return trust(texts.map((text, index) => text + (printed[index] ?? '')).join(''));
}

function printPart(part: Part): string {
  if (typeof part === 'object') return part.sql;
  return typeof part === 'string' ? quoteString(part) : quoteInteger(part);
}
