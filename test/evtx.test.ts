import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EvtxReader } from '../src/intake/file/evtx/evtx-reader.ts';

/** Public recordings beside the repository; not part of it, so that this test is skipped where they are absent. */
const data = join(import.meta.dirname, '../../shared/data/windows');
const tarBlock = 512;
/** Labels that the recordings carry beside the events. */
const labels = new Set(['_id', '_src', '_rule', '_expect', '_attack', '_test', '_logtype']);

type Event = Readonly<Record<string, unknown>>;

function unpack(name: string): Buffer {
  const params = { [constants.ZSTD_d_windowLogMax]: 27 };
  return zstdDecompressSync(readFileSync(join(data, name)), { params });
}

/** The files of a tar archive (POSIX.1-1988 headers, GNU long names). */
function* filesOf(archive: Buffer): Generator<readonly [string, Buffer]> {
  let longName = '';
  for (let at = 0; at + tarBlock <= archive.length && archive[at] !== 0; ) {
    const text = (start: number, length: number) =>
      archive.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const content = archive.subarray(at + tarBlock, at + tarBlock + size);
    const type = text(156, 1);
    if (type === 'L') longName = content.toString().replace(/\0.*$/s, '');
    else {
      yield [(longName || text(0, 100)).replace(/^\.\//, ''), content];
      longName = '';
    }
    at += tarBlock + Math.ceil(size / tarBlock) * tarBlock;
  }
}

/** The recorded events by the file that they came from. */
function recordedEvents(name: string): Map<string, Event[]> {
  const found = new Map<string, Event[]>();
  for (const line of unpack(name).toString().split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as Record<string, unknown>;
    const source = String(event._src).replace(/^[a-z]+\//, '');
    const kept = Object.fromEntries(Object.entries(event).filter(([key]) => !labels.has(key)));
    found.set(source, [...(found.get(source) ?? []), kept]);
  }
  return found;
}

function readEvents(file: Buffer): { events: Event[]; complaints: string[] } {
  const events: Event[] = [];
  const complaints: string[] = [];
  const reader = new EvtxReader({
    record: (bytes) => events.push(JSON.parse(bytes.toString()) as Event),
    faulty: (_kept, fault) => complaints.push(fault.message),
    brokenOff: (_code, message) => complaints.push(message),
  });
  reader.write(file);
  reader.end();
  return { events, complaints };
}

/** The recordings cut times to microseconds, the event logs hold 100 nanoseconds. */
function toMicroseconds(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6})\dZ$/, '$1Z') : value;
}

const keyOf = (event: Event) => `${event.EventRecordID} ${toMicroseconds(event.TimeCreated)}`;

/** Fields that the recordings leave out. */
const further = /^(Provider_Guid|Correlation_(Related)?ActivityID|EventID_Qualifiers)$/;

describe.skipIf(!existsSync(data))('event logs beside the repository', () => {
  it.each([
    ['eas-evtx.tar.zst', 'evtx-attack-samples.ndjson.zst', 6169],
    ['reg-evtx.tar.zst', 'sigmahq-regression.ndjson.zst', 154],
  ])('%s give the events that another reader recorded', (archive, recording, count) => {
    const recorded = recordedEvents(recording);
    let compared = 0;
    for (const [name, file] of filesOf(unpack(archive))) {
      const path = name.replace(/^[a-z]+\//, '');
      const wanted = recorded.get(name) ?? recorded.get(path) ?? [];
      if (!name.endsWith('.evtx') || wanted.length === 0) continue;
      const { events, complaints } = readEvents(file);
      expect(complaints, name).toEqual([]);
      const byKey = new Map(events.map((event) => [keyOf(event), event]));
      for (const event of wanted) {
        const own = byKey.get(keyOf(event)) ?? {};
        const shared = Object.entries(own).filter(([key]) => key in event || !further.test(key));
        const cut = shared.map(([key, value]) => [key, toMicroseconds(value)] as const);
        expect(Object.fromEntries(cut), `${name} ${keyOf(event)}`).toEqual(event);
        compared += 1;
      }
    }
    expect(compared).toBe(count);
  });
});
