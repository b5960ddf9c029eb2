import type { CaseHistoryLine, CaseRow, CaseView } from '../contracts/case-routes.ts';
import { count, longTable } from './figures.ts';
import { printable } from './printable.ts';

const when = (time: string) => time.slice(0, 19).replace('T', ' ');
const standing = ({ status, merged_into }: CaseRow) =>
  merged_into === null ? status.replace('_', ' ') : `merged into ${merged_into}`;

/** Cases as lines of a table. */
export function caseTable(cases: readonly CaseRow[]): string {
  const rows = cases.map((row) => [
    row.id,
    row.severity,
    standing(row),
    printable(row.assignee ?? '-'),
    count(row.alerts),
    when(row.last_at),
    printable(row.title),
  ]);
  return longTable(['id', 'severity', 'status', 'assignee', 'alerts', 'last alert', 'case'], rows);
}

/** One case with its alerts, why each is in it, and its history. */
export function caseText(found: CaseView): string {
  return [
    `${printable(found.title)}  ${found.severity}, ${standing(found)}, ${found.assignee === null ? 'nobody has it' : `${printable(found.assignee)} has it`}`,
    `${found.id}  ${count(found.alerts)} alerts on ${found.entities.map(({ kind, value }) => `${kind} ${printable(value)}`).join(', ')}`,
    'Alerts',
    ...found.members.flatMap(({ alert, why }) => [
      `  ${when(alert.first_seen)}  ${alert.id}  ${alert.severity}, ${alert.status.replace('_', ' ')}  ${printable(alert.title)}`,
      `      ${printable(why)}`,
    ]),
    'History',
    ...found.history.map(historyLine),
  ].join('\n');
}

function historyLine({ at, by, kind, details, note }: CaseHistoryLine): string {
  const words = note === '' ? '' : `  "${printable(note)}"`;
  return `  ${when(at)}  ${printable(by.name)}  ${kind}  ${printable(JSON.stringify(details))}${words}`;
}
