import { createHash } from 'node:crypto';
import type { LogSource, RuleDetection, SigmaRule } from './ast.ts';
import { namesIn } from './parse-detection.ts';

/**
 * SHA-256 (lower-case hex) of what a rule looks for: log source and detection, whatever the order in which they were
 * written, without prose, positions and searches that no condition names. Two rules of equal logic have the same.
 */
export function logicHash(rule: Pick<SigmaRule, 'logsource' | 'detection'>): string {
  return createHash('sha256')
    .update(canonical(logicOf(rule.logsource, rule.detection)))
    .digest('hex');
}

/**
 * A detection's id: the first 32 hex digits of SHA-256 over tenant, the rule's logic and the event's id, so that a
 * repeat of the same detection has the same.
 */
export function detectionId(tenant: string, logic: string, eventId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, logic, eventId]))
    .digest('hex')
    .slice(0, 32);
}

function logicOf(logsource: LogSource, detection: RuleDetection): unknown {
  const used = new Set(detection.conditions.flatMap(namesIn));
  const searches = [...detection.searches]
    .filter(([name]) => used.has(name))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return { logsource, searches, conditions: detection.conditions };
}

/** Lists whose order means nothing. */
const unordered = new Set(['of', 'tests', 'names', 'conditions']);

/** JSON with sorted keys and sorted unordered lists, without positions and what is undefined. */
export function canonical(value: unknown, isUnordered = false): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item));
    return `[${(isUnordered ? items.sort() : items).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([key, member]) => key !== 'at' && member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, unordered.has(key))}`);
  return `{${members.join(',')}}`;
}
