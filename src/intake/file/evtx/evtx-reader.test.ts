import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evtxFile, type FixtureEvent } from './evtx-file.fixture.ts';
import { EvtxReader } from './evtx-reader.ts';
import { readValue } from './value.ts';

interface Read {
  readonly events: unknown[];
  readonly faults: string[];
  readonly reports: string[];
}

function read(file: Buffer, cut = file.length): Read {
  const found: Read = { events: [], faults: [], reports: [] };
  const reader = new EvtxReader({
    record: (bytes) => found.events.push(JSON.parse(bytes.toString())),
    faulty: (_kept, fault) => found.faults.push(fault.message),
    brokenOff: (_code, message) => found.reports.push(message),
  });
  reader.write(file.subarray(0, cut));
  reader.write(file.subarray(cut));
  reader.end();
  return found;
}

const events: FixtureEvent[] = [
  { EventID: 1, data: { Image: 'C:\\x.exe', User: 'Zoë\n"q"' } },
  { EventID: 2, data: { EventID: 'its own', Empty: '' } },
];
const expected = [
  { TimeCreated: '2020-10-05T19:33:20.1234567Z', EventID: 1, Image: 'C:\\x.exe', User: 'Zoë\n"q"' },
  { TimeCreated: '2020-10-05T19:33:20.1234567Z', EventID: 2, EventData_EventID: 'its own', Empty: '' },
];

describe('an event log', () => {
  it('gives each event as a flat object; a system field wins a clash of names', () => {
    expect(read(evtxFile(events))).toEqual({ events: expected, faults: [], reports: [] });
  });

  it('gives the same however it is chunked', () => {
    const file = evtxFile(events);
    for (const cut of [0, 1, 4095, 4096, 4100, 4096 + 512, 5000, file.length - 1]) {
      expect(read(file, cut).events).toEqual(expected);
    }
  });

  it('is read as far as a wrong checksum lets it, and says so', () => {
    const file = evtxFile(events);
    file.writeUInt32LE(1, 4096 + 52);
    expect(read(file)).toMatchObject({
      events: expected,
      reports: ['chunk 1 has a wrong checksum; what can be read is'],
    });
  });

  it('loses no other chunk to one that is no chunk', () => {
    const file = evtxFile(events);
    const damaged = Buffer.concat([
      file,
      Buffer.alloc(64 * 1024, 'x'),
      file.subarray(4096),
      Buffer.alloc(64 * 1024),
    ]);
    expect(read(damaged)).toMatchObject({
      events: [...expected, ...expected],
      reports: ['chunk 2 does not begin as a chunk does; its records are lost'],
    });
  });

  it('that was not closed is read beyond where its chunk says that it ends, but no older records are', () => {
    const both = evtxFile(events);
    const first = evtxFile(events.slice(0, 1));
    // The header of one record before the records of two.
    const behind = Buffer.concat([first.subarray(0, 4096 + 512), both.subarray(4096 + 512)]);
    expect(read(behind)).toEqual({ events: expected, faults: [], reports: [] });
    const second = 4096 + first.readUInt32LE(4096 + 48);
    behind.writeBigUInt64LE(1n, second + 8);
    expect(read(behind).events).toEqual(expected.slice(0, 1));
  });

  it('that breaks off gives what is there', () => {
    const file = evtxFile(events);
    expect(read(file.subarray(0, 100)).reports).toEqual(['the file ends within its header']);
    const cut = read(file.subarray(0, 4096 + 30_000));
    expect(cut.events).toEqual(expected);
    expect(cut.reports[0]).toBe('chunk 1 breaks off after 30000 of 65536 bytes');
  });

  it('never brings the reader down, whatever bytes it holds', () => {
    const damage = fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(damage, (changes) => {
        const file = evtxFile(events);
        for (const [at, byte] of changes) file[4096 + 512 + at] = byte;
        const { events: good, faults, reports } = read(file);
        expect(good.length + faults.length + reports.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a value of an event', () => {
  const hex = (text: string) => Buffer.from(text, 'hex');
  it.each([
    ['a GUID', 0x0f, '5E2C4A0B0102030411121314151617ff', '0B4A2C5E-0201-0403-1112-1314151617FF'],
    ['a SID', 0x13, '010200000000000520000000200200ff'.slice(0, 32), 'S-1-5-32-4278190624'],
    ['an integer beyond 2^53', 0x0a, 'ffffffffffffffff', 18446744073709551615n],
    ['a negative one', 0x07, 'feffffff', -2],
    ['a hexadecimal one', 0x15, '0000000000000080', '0x8000000000000000'],
    ['a time before 1970', 0x11, '0000000000000000', '1601-01-01T00:00:00.0000000Z'],
    ['a time of separate parts', 0x12, 'e407070003000800090005000a00e703', '2020-07-08T09:05:10.999Z'],
    ['binary', 0x0e, '00ffa0', '00FFA0'],
    ['a list of integers', 0x86, '01000200', [1, 2]],
    ['a list of texts', 0x81, '6100000062000000', ['a', 'b']],
    ['a truth', 0x0d, '01000000', true],
    ['text up to its end', 0x01, '610000006200', 'a'],
  ])('%s', (_name, type, bytes, value) => {
    expect(readValue(type, hex(bytes))).toEqual(value);
  });
});
