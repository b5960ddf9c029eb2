import { images } from '../windows/images.ts';
import type { WindowsRecord } from '../windows/record.ts';
import type { World } from '../world.ts';
import type { ProcessFact } from './facts.ts';
import { Tally } from './tally.ts';

interface Dump {
  readonly at: string;
  readonly processGuid: string;
  readonly host: string;
}

/** What the Windows streams tell of the intruder, and whose passwords failed. */
interface WindowsFindings {
  /** The intruder's processes on all hosts, oldest first. */
  readonly processes: readonly ProcessFact[];
  /** When the intruder's processes opened lsass. */
  readonly dumps: readonly Dump[];
  /** Accounts that the intruder's processes handed over (4648). */
  readonly handedOver: readonly string[];
  readonly failedLogons: Tally;
}

export function readWindows(world: World): WindowsFindings {
  const records = [...world.logs.windowsTracks.values()].flatMap((track) => [...relevant(track.records())]);
  const guids = world.marks.processGuids;
  const failedLogons = new Tally();
  for (const record of of(records, '4625')) failedLogons.add(value(record, 'TargetUserName'));
  const processes = of(records, '1')
    .filter((record) => guids.has(value(record, 'ProcessGuid')))
    .map(processFact)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const dumps = of(records, '10')
    .filter((record) => guids.has(value(record, 'SourceProcessGUID')))
    .filter((record) => value(record, 'TargetImage') === images.lsass)
    .map((record) => ({
      at: record['@timestamp'],
      processGuid: value(record, 'SourceProcessGUID'),
      host: record.winlog.computer_name,
    }));
  return { processes, dumps, handedOver: handedOver(of(records, '4648'), processes), failedLogons };
}

const relevantIds = new Set(['1', '10', '4625', '4648']);

function* relevant(records: Iterable<WindowsRecord>): Generator<WindowsRecord> {
  for (const record of records) if (relevantIds.has(record.winlog.event_id)) yield record;
}

function of(records: readonly WindowsRecord[], id: string): readonly WindowsRecord[] {
  return records.filter((record) => record.winlog.event_id === id);
}

function handedOver(records: readonly WindowsRecord[], processes: readonly ProcessFact[]): readonly string[] {
  const pids = new Set(processes.map((process) => `${process.host} 0x${process.pid.toString(16)}`));
  return records
    .filter((record) => pids.has(`${record.winlog.computer_name} ${value(record, 'ProcessId')}`))
    .map((record) => value(record, 'TargetUserName'));
}

function processFact(record: WindowsRecord): ProcessFact {
  return {
    guid: value(record, 'ProcessGuid'),
    parentGuid: value(record, 'ParentProcessGuid'),
    pid: Number(value(record, 'ProcessId')),
    image: value(record, 'Image'),
    command: value(record, 'CommandLine'),
    user: value(record, 'User'),
    host: record.winlog.computer_name,
    at: record['@timestamp'],
  };
}

function value(record: WindowsRecord, name: string): string {
  return record.winlog.event_data[name] ?? '';
}
