import type { AlertHistoryLine, AlertRow, AlertView } from '../contracts/alert.ts';
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
export function alertText(alert: AlertView): string {
  const { previous, rule_totals: totals, detections } = alert;
  return [
    `${printable(alert.title)} (${about(alert)})`,
    `${alert.id}  ${alert.severity}, ${standing(alert)}, ${alert.assignee === null ? 'nobody has it' : `${printable(alert.assignee)} has it`}`,
    `${many(alert.hits, 'detection')} of ${many(alert.events, 'event')}, ${when(alert.first_seen)} to ${when(alert.last_seen)}`,
    `Rule ${printable(alert.rule)}: ${many(totals.hits, 'detection')} in ${many(totals.alerts, 'alert')}, ${count(totals.folded)} of them in a summary alert`,
    ...(previous === null
      ? []
      : [`Before it: ${previous.id}${previous.status === null ? ' (no longer kept)' : ''}`]),
    `Score ${alert.score}`,
    ...alert.points.map(({ reason, points }) => `  ${points > 0 ? '+' : ''}${points}  ${reason}`),
    'Detections',
    ...detections.slice(-10).map(({ ordinal, detection: { event, matched } }) => {
      const fields = matched.map(({ field, value }) => `${printable(field)}=${printable(value)}`).join(' ');
      return `  ${count(ordinal)}. ${when(event.time ?? event.received_at)}  ${event.event_id}  ${fields}`;
    }),
    'History',
    ...alert.history.map(historyLine),
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
