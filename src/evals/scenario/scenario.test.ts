import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { at, readBack, timeOf, windowsEvents } from './scenario.suite.ts';
import { createScenario, defaultEnd, type Scenario } from './scenario.ts';

const text = (scenario: Scenario): readonly string[] =>
  scenario.streams.flatMap((stream) => [stream.name, ...stream.lines()]);

const scenario = createScenario({ seed: 7, endsAt: defaultEnd });
const lines = readBack(scenario);

describe('a scenario', () => {
  it('is equal byte for byte for equal options', () => {
    const options = { seed: 7, endsAt: defaultEnd };
    const [one, other] = [text(createScenario(options)), text(scenario)];
    expect(one.length).toBe(other.length);
    expect(one.findIndex((line, index) => line !== other[index])).toBe(-1);
    expect(createScenario(options).facts).toEqual(scenario.facts);
  });

  it('reads the same when its lines are read again', () => {
    const small = createScenario({ seed: 7, endsAt: defaultEnd, scale: 0.1 });
    const once = text(small);
    expect(text(small)).toEqual(once);
  });

  it('is another one for another seed', () => {
    const other = createScenario({ seed: 8, endsAt: defaultEnd, scale: 0.1 });
    const same = createScenario({ seed: 7, endsAt: defaultEnd, scale: 0.1 });
    expect(text(other)).not.toEqual(text(same));
    expect(other.facts.stolenKey.id).not.toBe(same.facts.stolenKey.id);
  });

  it.each([1, 42, -5])('has about 50,000 events with seed %i', (seed) => {
    const { total } = createScenario({ seed, endsAt: defaultEnd }).facts.events;
    expect(total).toBeGreaterThan(45_000);
    expect(total).toBeLessThan(55_000);
  });

  it('grows with its scale, and the intrusion does not', () => {
    const small = createScenario({ seed: 7, endsAt: defaultEnd, scale: 0.2 }).facts;
    expect(small.events.total).toBeLessThan(scenario.facts.events.total / 2);
    expect(small.intrusion.processGuids).toHaveLength(scenario.facts.intrusion.processGuids.length);
  });

  it('tells of 40 hosts, three cloud accounts and every kind of record it promises', () => {
    expect(new Set(windowsEvents(lines, 1).map((line) => at(line.record, 'host.name'))).size).toBe(40);
    expect(scenario.streams.filter((stream) => stream.source === 'aws-cloudtrail')).toHaveLength(3);
    const ids = [
      1, 3, 5, 7, 10, 11, 13, 22, 4103, 4104, 4624, 4625, 4634, 4648, 4672, 4688, 4689, 4768, 4769, 5140,
      5145, 7036, 7045,
    ];
    expect(ids.filter((id) => windowsEvents(lines, id).length === 0)).toEqual([]);
    const empty = scenario.streams.filter((stream) => [...stream.lines()].length === 0);
    expect(empty).toEqual([]);
  });

  it('stays inside its day, and no stream goes back in time', () => {
    const from = Date.parse(scenario.facts.window.from);
    const to = Date.parse(scenario.facts.window.to);
    const last = new Map<string, number>();
    const wrong = lines.filter((line) => {
      const time = timeOf(line);
      const back = time < (last.get(line.stream) ?? from);
      last.set(line.stream, time);
      return back || time >= to;
    });
    expect(wrong).toEqual([]);
  });

  it('ends when it is told to', () => {
    const endsAt = new Date('2031-05-06T15:30:00Z');
    const moved = createScenario({ seed: 7, endsAt, scale: 0.05 });
    const times = readBack(moved).map(timeOf);
    expect(Math.max(...times)).toBeLessThan(endsAt.getTime());
    expect(Math.min(...times)).toBeGreaterThan(endsAt.getTime() - 24 * 3_600_000);
  });

  it('counts up record ids without a gap per host and channel', () => {
    const last = new Map<string, number>();
    const wrong = lines.filter((line) => {
      if (line.source !== 'windows') return false;
      const key = `${at(line.record, 'winlog.computer_name')} ${at(line.record, 'winlog.channel')}`;
      const id = Number(at(line.record, 'winlog.record_id'));
      const before = last.get(key);
      last.set(key, id);
      return before !== undefined && id !== before + 1;
    });
    expect(wrong).toEqual([]);
  });

  it('refuses a seed, an end or a scale that makes no sense', () => {
    expect(() => createScenario({ seed: 0.5, endsAt: defaultEnd })).toThrow(/seed 0.5/);
    expect(() => createScenario({ seed: 1, endsAt: new Date('never') })).toThrow(/endsAt/);
    expect(() => createScenario({ seed: 1, endsAt: defaultEnd, scale: 0 })).toThrow(/scale 0/);
  });
});

describe('names and addresses', () => {
  const whole = lines.map((line) => line.text).join('\n');
  const found = (pattern: RegExp): readonly string[] => [...new Set(whole.match(pattern) ?? [])];

  it('are reserved for documentation or private', () => {
    const allowed = /^(?:10\.20\.\d+\.\d+|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|127\.0\.0\.1)$/;
    const addresses = found(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g).filter((value) => isIPv4(value));
    expect(addresses.length).toBeGreaterThan(300);
    expect(addresses.filter((address) => !allowed.test(address))).toEqual([]);
  });

  it('end in .example where somebody asks for them', () => {
    const names = lines.flatMap((line) =>
      ['query', 'server_name', 'winlog.event_data.QueryName', 'host.name', 'host']
        .map((path) => at(line.record, path))
        .filter((name) => name !== '' && !name.startsWith('[')),
    );
    expect(names.filter((name) => !/\.example$/i.test(name))).toEqual([]);
  });

  it("are AWS's documented accounts and keys that say EXAMPLE", () => {
    expect(found(/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]+/g).filter((id) => !id.endsWith('EXAMPLE'))).toEqual([]);
    const accounts = found(/(?<=(?:arn:aws:(?:iam|sts)::|"accountId":"))\d{12}/g);
    expect(new Set(accounts)).toEqual(new Set(['111122223333', '123456789012', '444455556666']));
  });
});
