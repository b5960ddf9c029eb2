import { Command } from 'commander';
import type { ProcessView, StatusView } from '../contracts/index.ts';
import { bytes, count, firstLines } from './figures.ts';
import { printable } from './printable.ts';
import { withClient } from './session.ts';

/** `tyrian status`: how Tyrian is, on one screen. */
export function statusCommand(setExitCode: (code: number) => void): Command {
  return new Command('status')
    .description('how Tyrian is: pipeline, store, disk, alerts, silent sources, what is wrong, jobs')
    .option('--json', 'print JSON')
    .action(async ({ json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const status = await client.status({}, { signal });
        if (status.conditions.length > 0 || !status.ledger.balanced) setExitCode(1);
        console.log(json === true ? JSON.stringify(status) : statusText(status));
      });
    });
}

/** Lines of a name and what is to say of it. */
function statusText(status: StatusView): string {
  const lines: readonly (readonly [name: string, says: string])[] = [
    ['Tyrian', `${status.version}, up ${span(Date.parse(status.at) - Date.parse(status.started_at))}`],
    ...(status.process === null ? [] : processLines(status.process)),
    ['tenant', status.tenant],
    ['last 24 hours', ledgerText(status.ledger)],
    ...listed('alerts', status.new_alerts, alertsText),
    ...listed('silent sources', status.silent_sources, (all) => some(all.map(silentText), ', ') || 'none'),
    ['wrong', some(status.conditions.map(conditionText), '; ') || 'nothing'],
    ...listed('jobs', status.jobs, (all) => some(all.map(jobText), ', ') || 'none'),
  ];
  return lines.map(([name, says]) => `${name.padEnd(15)} ${says}`).join('\n');
}

/** It is one screen: `--json` has them all. */
const maxOnScreen = 10;
const some = (texts: readonly string[], between: string) => firstLines(texts, maxOnScreen).join(between);

function listed<T>(
  name: string,
  found: readonly T[] | null,
  says: (found: readonly T[]) => string,
): readonly (readonly [name: string, says: string])[] {
  return found === null ? [] : [[name, says(found)]];
}

function processLines({ url, pipeline, store, disk }: ProcessView) {
  const { last_batch: last, frames_waiting } = pipeline;
  const batch =
    last === null
      ? 'none yet'
      : `${count(last.records)} records in ${count(last.milliseconds)} ms at ${last.at.slice(0, 19)}`;
  const faults = pipeline.faults === 0 ? '' : `, ${count(pipeline.faults)} faults`;
  return [
    ['address', url === '' ? 'the socket of the data folder' : url],
    [
      'rate',
      `${count(pipeline.records_per_second)} records/s in, ${count(pipeline.stored_per_second)} events/s stored`,
    ],
    ['log', `${count(frames_waiting)} frames wait`],
    ['last batch', `${batch}${faults}`],
    [
      'store',
      `${count(store.events)} events, ${count(store.dead_letters)} dead letters, ${bytes(store.bytes)}`,
    ],
    ['disk', `${bytes(disk.free_bytes)} of ${bytes(disk.total_bytes)} free`],
  ] as const;
}

function ledgerText({ received, stored, dead, in_flight, balanced }: StatusView['ledger']): string {
  const says = `${count(received)} received, ${count(stored)} stored, ${count(dead)} dead, ${count(in_flight)} in flight`;
  return balanced ? says : `${says}: NOT BALANCED`;
}

function alertsText(all: readonly NonNullable<StatusView['new_alerts']>[number][]): string {
  const some = all.filter((one) => one.count > 0).reverse();
  return some.map((one) => `${count(one.count)} ${one.severity}`).join(', ') || 'none new';
}

const silentText = ({ source, last_received_at }: NonNullable<StatusView['silent_sources']>[number]) =>
  `${printable(source)} (${last_received_at === null ? 'never' : `since ${last_received_at.slice(0, 19)}`})`;

const conditionText = ({ severity, subject, raised_at }: StatusView['conditions'][number]) =>
  `${printable(subject)} (${severity}, since ${raised_at.slice(0, 19)})`;

const jobText = ({ kind, state, progress }: NonNullable<StatusView['jobs']>[number]) =>
  `${kind} ${state}${progress.total === null ? '' : ` ${count(progress.done)}/${count(progress.total)}`}`;

/** `2 d 3 h`, `4 min`, `12 s`. */
function span(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}
