import type * as z from 'zod';
import type { AlertHistoryLine, AlertRow } from '../contracts/alert.ts';
import type { AlertBudgets, AlertContext, RuleStatistics, ShownAlert } from '../contracts/alert-routes.ts';
import { count, table } from './figures.ts';
import { printable } from './printable.ts';

/** `2026-11-23T12:00:00.000Z` → `2026-11-23 12:00:00`. */
const when = (time: string) => time.slice(0, 19).replace('T', ' ');
const about = ({ summary, entity }: AlertRow) =>
  summary ? 'many entities' : `${entity.kind} ${printable(entity.value)}`;
const standing = ({ status, verdict }: Pick<AlertRow, 'status' | 'verdict'>) =>
  verdict === null ? status.replace('_', ' ') : `closed, ${verdict.replace('_', ' ')}`;

const many = (number: number, noun: string) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

/** Alerts as lines of a table. */
export function alertTable(alerts: readonly AlertRow[]): string {
  const rows = alerts.map((alert) => [
    alert.id,
    String(alert.score),
    alert.severity,
    standing(alert),
    printable(alert.assignee ?? '-'),
    count(alert.hits),
    when(alert.last_seen),
    `${printable(alert.title)} (${about(alert)})`,
  ]);
  return table([['id', 'score', 'severity', 'status', 'assignee', 'hits', 'last seen', 'alert'], ...rows]);
}

/** One alert with the points of its score, its last detections and its history. */
export function alertText(alert: ShownAlert): string {
  const { previous, rule_totals: totals, detections } = alert;
  return [
    `${printable(alert.title)} (${about(alert)})`,
    `${alert.id}  ${alert.severity}, ${standing(alert)}, ${alert.assignee === null ? 'nobody has it' : `${printable(alert.assignee)} has it`}`,
    `${many(alert.hits, 'detection')} of ${many(alert.events, 'event')}, ${when(alert.first_seen)} to ${when(alert.last_seen)}`,
    `Rule ${printable(alert.rule)}: ${many(totals.hits, 'detection')} in ${many(totals.alerts, 'alert')}, ${count(totals.folded)} of them in a summary alert, ${count(totals.excepted)} covered by exceptions`,
    ...contextLines(alert.context),
    ...(previous === null
      ? []
      : [`Before it: ${previous.id}${previous.status === null ? ' (no longer kept)' : ''}`]),
    ...(alert.case === null ? [] : [`In the case ${alert.case.id}: ${printable(alert.case.title)}`]),
    `Score ${alert.score}`,
    ...alert.points.map(({ reason, points }) => `  ${points > 0 ? '+' : ''}${points}  ${reason}`),
    ...alert.entities.map(
      ({ entity, hits }) => `  ${count(hits)}  ${entity.kind} ${printable(entity.value)}`,
    ),
    ...(alert.other_hits === 0 ? [] : [`  ${count(alert.other_hits)}  other entities`]),
    ...(alert.exceptions.length === 0 ? [] : ['Exceptions that touched it']),
    ...alert.exceptions.map(
      ({ id, owner, reason, hits }) =>
        `  ${id}  ${many(hits, 'detection')} kept back, ${printable(owner)}: "${printable(reason)}"`,
    ),
    'Detections',
    ...detections.slice(-10).map(({ ordinal, detection: { event, matched } }) => {
      const fields = matched.map(({ field, value }) => `${printable(field)}=${printable(value)}`).join(' ');
      return `  ${count(ordinal)}. ${when(event.time ?? event.received_at)}  ${event.event_id}  ${fields}`;
    }),
    'History',
    ...alert.history.map(historyLine),
  ].join('\n');
}

/** The rule and how usual what it found is; what could not be fetched says so. */
function contextLines({ rule, prevalence, values }: AlertContext): readonly string[] {
  return [
    rule.state === 'ready'
      ? `ATT&CK ${printable(rule.attack.join(', ') || '-')}; false positives: ${printable(rule.falsepositives.join('; ') || 'none known')}`
      : `The rule: ${missing(rule)}`,
    prevalence.state === 'ready'
      ? `In 30 days the rule had ${many(prevalence.hits, 'detection')} on ${prevalence.days_with_hits} days, alerts on ${prevalence.entities_at_least ? 'at least ' : ''}${count(prevalence.entities)} entities`
      : `Prevalence of the rule: ${missing(prevalence)}`,
    ...(values.state === 'ready'
      ? values.values.map(
          ({ field, value, events, hosts }) =>
            `In 30 days ${printable(field)}=${printable(value)} was in ${many(events, 'event')} of ${many(hosts, 'host')}`,
        )
      : [`Prevalence of the values: ${missing(values)}`]),
  ];
}

type Missing = Exclude<AlertContext['rule'], { readonly state: 'ready' }>;
const missing = (outcome: Missing) =>
  outcome.state === 'failed' ? `not known (${outcome.code})` : `not known after ${outcome.after_ms} ms`;

/** Rules as lines of a table: hits against alerts. */
export function ruleStatisticsTable(rules: readonly RuleStatistics[]): string {
  const rows = rules.map((rule) => [
    rule.rule,
    count(rule.hits),
    count(rule.alerts),
    count(rule.open),
    count(rule.folded),
    count(rule.excepted),
    printable(rule.title),
  ]);
  return table([['rule', 'hits', 'alerts', 'open', 'in summary', 'excepted', 'title'], ...rows]);
}

/** How many alerts an hour rules may open. */
export function budgetTable({ usual, budgets }: z.infer<typeof AlertBudgets>): string {
  const rows = budgets.map(({ rule, alerts_an_hour, changed_by }) => [
    printable(rule ?? 'all other rules'),
    count(alerts_an_hour),
    printable(changed_by),
  ]);
  return [
    `${count(usual)} alerts an hour a rule, unless set otherwise.`,
    ...(rows.length === 0 ? [] : [table([['rule', 'an hour', 'set by'], ...rows])]),
  ].join('\n');
}

function historyLine({ at, by, kind, before, after, note }: AlertHistoryLine): string {
  const changes = Object.keys(after).map((name) => `${name} ${value(before[name])} → ${value(after[name])}`);
  const words = note === '' ? '' : `  "${printable(note)}"`;
  return `  ${when(at)}  ${printable(by.name)}  ${kind}  ${changes.join(', ')}${words}`.trimEnd();
}

const value = (given: unknown) =>
  given === null || given === undefined
    ? '-'
    : printable(typeof given === 'string' ? given : JSON.stringify(given));
