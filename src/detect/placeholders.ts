/** Values by a placeholder's name, without the percent signs. Values may hold wildcards, as in a rule. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

/** Values that one written value may become. */
export const maxExpanded = 10_000;

export type Expanded =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'too_many' };

const pieces = /\\%|%([^%\s\\]+)%/g;

/** Writes each `%name%` out, every combination of values; `\%` is a percent sign (Sigma rules specification, "Placeholders"). */
export function expandPlaceholders(text: string, placeholders: Placeholders): Expanded {
  let made: readonly string[] = [''];
  let from = 0;
  for (const found of text.matchAll(pieces)) {
    const before = text.slice(from, found.index);
    from = found.index + found[0].length;
    const [, name] = found;
    const values = name === undefined ? ['%'] : placeholders.get(name);
    if (values === undefined) return { kind: 'unknown', name: name ?? '' };
    if (made.length * values.length > maxExpanded) return { kind: 'too_many' };
    made = made.flatMap((start) => values.map((value) => start + before + value));
  }
  const rest = text.slice(from);
  return { kind: 'values', values: made.map((start) => start + rest) };
}
