/** SQL of 0 or 1, never NULL. */
export type BooleanSql = string;

/**
 * What a part of a rule says of a row, from both sides: `upper` is 1 wherever it holds, `lower` only where it holds.
 * Equal when SQL says it exactly. So `not` stays sound: it turns one into the other.
 */
export interface Bounds {
  readonly upper: BooleanSql;
  readonly lower: BooleanSql;
}

export const exactly = (condition: BooleanSql): Bounds => ({ upper: condition, lower: condition });
export const always: Bounds = exactly('1');
export const never: Bounds = exactly('0');
/** Nothing is known: the interpreter says. */
export const unknown: Bounds = { upper: '1', lower: '0' };

export function allOf(parts: readonly Bounds[]): Bounds {
  return { upper: and(parts.map(({ upper }) => upper)), lower: and(parts.map(({ lower }) => lower)) };
}

export function anyOf(parts: readonly Bounds[]): Bounds {
  return { upper: or(parts.map(({ upper }) => upper)), lower: or(parts.map(({ lower }) => lower)) };
}

export function negation({ upper, lower }: Bounds): Bounds {
  return { upper: not(lower), lower: not(upper) };
}

/** At least so many of the parts hold. */
export function atLeast(count: number, parts: readonly Bounds[]): Bounds {
  if (count <= 0) return always;
  if (count === 1) return anyOf(parts);
  if (count >= parts.length) return count > parts.length ? never : allOf(parts);
  const counted = (of: readonly BooleanSql[]) => {
    const sum = of.map((one) => `toUInt16(${one})`).reduce((left, right) => `plus(${left}, ${right})`);
    return `greaterOrEquals(${sum}, ${count})`;
  };
  return { upper: counted(parts.map(({ upper }) => upper)), lower: counted(parts.map(({ lower }) => lower)) };
}

/** Where the doubt is 1 nothing is known. */
export function unless(doubt: BooleanSql, { upper, lower }: Bounds): Bounds {
  return { upper: or([upper, doubt]), lower: and([lower, not(doubt)]) };
}

export function and(conditions: readonly BooleanSql[]): BooleanSql {
  const distinct = [...new Set(conditions)].filter((condition) => condition !== '1');
  if (distinct.includes('0')) return '0';
  return distinct.length === 0 ? '1' : distinct.reduce((left, right) => `bitAnd(${left}, ${right})`);
}

export function or(conditions: readonly BooleanSql[]): BooleanSql {
  const distinct = [...new Set(conditions)].filter((condition) => condition !== '0');
  if (distinct.includes('1')) return '1';
  return distinct.length === 0 ? '0' : distinct.reduce((left, right) => `bitOr(${left}, ${right})`);
}

export function not(condition: BooleanSql): BooleanSql {
  if (condition === '0') return '1';
  return condition === '1' ? '0' : `not(${condition})`;
}
