import { plainLine } from './plain-text.ts';

/** What a notice carries beside its subject, cleaned. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const maxText = 1_024;
const maxKey = 100;
const maxMembers = 50;
const maxDepth = 5;
/** Values in all, over all depths. */
const maxValues = 500;
/** Characters in all: a body that common receivers of webhooks take. */
const maxCharacters = 32_768;

export interface Details {
  readonly values: { readonly [key: string]: Plain };
  /** Something was cut off. */
  readonly truncated: boolean;
}

/** Details as they may leave the house: they hold telemetry, so every text is one plain line and everything is bounded. */
export function boundedDetails(details: Readonly<Record<string, unknown>>): Details {
  let left = maxValues;
  let characters = maxCharacters;
  let truncated = false;
  const cut = (): null => {
    truncated = true;
    return null;
  };
  const line = (text: string, max: number): string => {
    const plain = plainLine(text, Math.max(1, Math.min(max, characters)));
    characters -= plain.length;
    if (plain.endsWith('…') && !text.endsWith('…')) truncated = true;
    return plain;
  };
  const members = <T>(all: readonly T[]): readonly T[] => {
    if (all.length > maxMembers) truncated = true;
    return all.slice(0, maxMembers);
  };
  const object = (value: object, depth: number): { readonly [key: string]: Plain } =>
    Object.fromEntries(
      members(Object.entries(value)).map(([key, inner]) => [line(key, maxKey), plain(inner, depth + 1)]),
    );
  const plain = (value: unknown, depth: number): Plain => {
    left -= 1;
    if (left < 0 || depth > maxDepth) return cut();
    if (typeof value === 'string') return line(value, maxText);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'boolean') return value;
    if (Array.isArray(value)) return members(value).map((inner) => plain(inner, depth + 1));
    return typeof value === 'object' && value !== null ? object(value, depth) : null;
  };
  const values = object(details, 0);
  return { values, truncated };
}
