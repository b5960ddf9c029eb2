import type { Condition } from './mapping.ts';
import { isJsonObject, type JsonObject, type NativePath } from './native.ts';

/** Gives the text at a path, '' when absent. */
export type TextAt = (path: NativePath) => string;

/** The first condition that a record does not meet; undefined when it meets all. */
export function firstUnmet(conditions: readonly Condition[], textAt: TextAt): Condition | undefined {
  return conditions.find((condition) => !isMet(condition, textAt));
}

function isMet(condition: Condition, textAt: TextAt): boolean {
  switch (condition.kind) {
    case 'has':
      return textAt(condition.path) !== '';
    case 'lacks':
      return textAt(condition.path) === '';
    case 'is':
      return condition.values.includes(textAt(condition.path));
    case 'differs':
      return !condition.values.includes(textAt(condition.path));
    case 'starts':
      return textAt(condition.path).startsWith(condition.start);
    case 'any':
      return condition.of.some((inner) => isMet(inner, textAt));
  }
}

/** The path that a condition is about; of several the first. */
export function pathOfCondition(condition: Condition): NativePath {
  if (condition.kind !== 'any') return condition.path;
  const [first] = condition.of;
  return first === undefined ? [] : pathOfCondition(first);
}

/** Texts of a parsed record, good enough to recognise it: objects and arrays only show that they are there. */
export function textsOfNative(native: JsonObject): TextAt {
  return (path) => textWithin(native, path);
}

/** The text at a path below a value, as `textsOfNative` gives it. */
export function textWithin(root: unknown, path: NativePath): string {
  let value = root;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return '';
    value = value[key];
  }
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? '{}' : String(value);
}
