import { createHash } from 'node:crypto';
import type { CorrelationRule, CorrelationTest } from './correlation.ts';
import type { CorrelationMember } from './correlation-resolve.ts';
import { canonical, logicHash } from './logic-hash.ts';
import { renameSearches } from './rename-searches.ts';

/**
 * SHA-256 (lower-case hex) of what a correlation looks for: its type, condition, groups, timespan and aliases, and the logic of what
 * it refers to; no prose, names or ids. Renaming a rule keeps the hash, changing what it finds does not.
 */
export function correlationLogicHash(rule: CorrelationRule, members: readonly CorrelationMember[]): string {
  const { groupBy, timespanSeconds, test } = rule.correlation;
  const logics = members.map(logicOf);
  const aliases = members.map((member) => [...member.aliases].sort(byName));
  const parts = logics.map((logic, index) => JSON.stringify([logic, aliases[index]]));
  const ordered = 'ordered' in test && test.ordered;
  const names = new Map(members.map(({ written }, index) => [written, parts[index] ?? '']));
  const text = canonical({
    test: withLogics(test, names),
    groupBy: [...groupBy].sort(),
    timespanSeconds,
    members: ordered ? parts : [...parts].sort(),
  });
  return createHash('sha256').update(text).digest('hex');
}

const logicOf = ({ of }: CorrelationMember) =>
  of.kind === 'rule' ? logicHash(of.rule) : of.correlation.logic;

const byName = ([left]: readonly [string, string], [right]: readonly [string, string]) =>
  left < right ? -1 : 1;

function withLogics(test: CorrelationTest, names: ReadonlyMap<string, string>): unknown {
  if (test.kind === 'condition') return { ...test, condition: renameSearches(test.condition, names) };
  return { ...test, bounds: test.bounds.map(({ comparison, value }) => `${comparison} ${value}`).sort() };
}
