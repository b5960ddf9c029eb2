/** What tests of correlations share: rules and hits written short. */
import { stringify } from 'yaml';
import { parseRules, type ResolvedCorrelation, resolveCorrelations } from '../../detect/index.ts';
import type { Episode } from './episode.ts';
import type { RuleHitRow } from './hit.ts';

const second = 1_000_000;

const baseRule = (name: string) => ({
  title: `rule ${name}`,
  id: `id-${name}`,
  name,
  level: 'low',
  logsource: { product: 'windows', service: 'security' },
  detection: { s: { Which: name }, condition: 's' },
});

/** A correlation over the rules `a`, `b` and `c`; `more` are documents of further correlations. */
export function correlationOf(
  correlation: Readonly<Record<string, unknown>>,
  more: readonly Readonly<Record<string, unknown>>[] = [],
): ResolvedCorrelation {
  const top = { title: 'the correlation', id: 'top', level: 'high', correlation };
  const documents = [...['a', 'b', 'c'].map(baseRule), ...more, top].map((document) => stringify(document));
  const { rules, correlations, diagnostics } = parseRules(documents.join('---\n'), 'case.yml');
  const resolved = resolveCorrelations(rules, correlations);
  const found = resolved.correlations.find(({ rule }) => rule.id === 'top');
  if (found === undefined)
    throw new Error(JSON.stringify([...diagnostics, ...resolved.diagnostics], null, 1));
  return found;
}

/** `20 a bob size=3`: at 20 s the rule `a` hit event `e<place>` of user bob. `#x` names the event, `-` leaves the user out. */
export function hitsOf(lines: readonly string[]): readonly RuleHitRow[] {
  return lines.flatMap((line, place) => {
    const [time = '0', rules = '', user = '-', ...more] = line.split(' ');
    const eventId = more.find((word) => word.startsWith('#'))?.slice(1) ?? `e${place + 1}`;
    const fields = Object.fromEntries([
      ...(user === '-' ? [] : [['user', user]]),
      ...more.filter((word) => !word.startsWith('#')).map((word) => word.split('=')),
    ]);
    return rules
      .split('+')
      .map((rule) => ({ rule: `id-${rule}`, eventId, time: Number(time) * second, fields }));
  });
}

/** `bob e3 20-40 n5`: the group, its first event, when it opened and was met last, and how many events it has. */
export const textOf = ({ group, first, opened, lastMet, events }: Episode): string =>
  [
    group.map(({ value }) => value).join('/') || '*',
    first.eventId,
    `${opened / second}-${lastMet / second}`,
    `n${events.length}`,
  ].join(' ');
