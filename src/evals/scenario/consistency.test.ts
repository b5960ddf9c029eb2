import { describe, expect, it } from 'vitest';
import { at, eventData, type Line, readBack, timeOf, windowsEvents } from './scenario.suite.ts';
import { createScenario, defaultEnd } from './scenario.ts';

const scenario = createScenario({ seed: 11, endsAt: defaultEnd, scale: 0.5 });
const lines = readBack(scenario);
const from = Date.parse(scenario.facts.window.from);
const host = (line: Line): string => at(line.record, 'winlog.computer_name');

/** A process GUID holds its start: the second and third groups are the seconds since the epoch, swapped. */
function startOf(guid: string): number {
  const [, low, high] = guid.slice(1, -1).split('-');
  return Number.parseInt(`${high}${low}`, 16) * 1_000;
}

describe('processes', () => {
  const starts = windowsEvents(lines, 1);
  const byGuid = new Map(starts.map((line) => [eventData(line, 'ProcessGuid'), line]));

  it('each have a GUID of their own', () => {
    expect(byGuid.size).toBe(starts.length);
  });

  it('have a parent that was seen on the same host before, or ran before the day', () => {
    const orphans = starts.filter((line) => {
      const parent = eventData(line, 'ParentProcessGuid');
      const seen = byGuid.get(parent);
      if (seen === undefined) return startOf(parent) >= from;
      return host(seen) !== host(line) || startOf(parent) > timeOf(line);
    });
    expect(orphans).toEqual([]);
  });

  it("name their parent's pid, image and command line as it was started", () => {
    const wrong = starts.filter((line) => {
      const parent = byGuid.get(eventData(line, 'ParentProcessGuid'));
      if (parent === undefined) return false;
      const pairs = [
        ['ParentProcessId', 'ProcessId'],
        ['ParentImage', 'Image'],
        ['ParentCommandLine', 'CommandLine'],
        ['ParentUser', 'User'],
      ] as const;
      return pairs.some(([child, own]) => eventData(line, child) !== eventData(parent, own));
    });
    expect(wrong).toEqual([]);
  });

  it('are told by Security 4688 as by Sysmon 1', () => {
    const audited = new Set(
      windowsEvents(lines, 4688).map(
        (line) =>
          `${host(line)} ${Number(eventData(line, 'NewProcessId'))} ${eventData(line, 'CommandLine')}`,
      ),
    );
    const missing = starts.filter(
      (line) =>
        !audited.has(`${host(line)} ${eventData(line, 'ProcessId')} ${eventData(line, 'CommandLine')}`),
    );
    expect(missing).toEqual([]);
  });

  it('are known before they end, connect, write or load', () => {
    const wrong = [3, 5, 7, 11, 13, 22]
      .flatMap((id) => windowsEvents(lines, id))
      .filter((line) => {
        const guid = eventData(line, 'ProcessGuid');
        if (!byGuid.has(guid)) return startOf(guid) >= from;
        return startOf(guid) > timeOf(line);
      });
    expect(wrong).toEqual([]);
  });

  it('do nothing after their end', () => {
    const toleranceMs = 60;
    const ends = new Map(
      windowsEvents(lines, 5).map((line) => [eventData(line, 'ProcessGuid'), timeOf(line)]),
    );
    const acts = [3, 7, 11, 13, 22].flatMap((id) => windowsEvents(lines, id));
    const wrong = [
      ...acts.map((line) => [line, eventData(line, 'ProcessGuid')] as const),
      ...starts.map((line) => [line, eventData(line, 'ParentProcessGuid')] as const),
      ...windowsEvents(lines, 10).map((line) => [line, eventData(line, 'SourceProcessGUID')] as const),
      ...windowsEvents(lines, 10).map((line) => [line, eventData(line, 'TargetProcessGUID')] as const),
    ].filter(([line, guid]) => timeOf(line) > (ends.get(guid) ?? Number.POSITIVE_INFINITY) + toleranceMs);
    expect(wrong).toEqual([]);
  });

  it('run under a logon session that was opened, or is built in', () => {
    const opened = new Set(
      windowsEvents(lines, 4624).map((line) => `${host(line)} ${eventData(line, 'TargetLogonId')}`),
    );
    const builtIn = new Set(['0x3e7', '0x3e4', '0x3e5']);
    const wrong = starts.filter((line) => {
      const id = eventData(line, 'LogonId');
      return !builtIn.has(id) && !opened.has(`${host(line)} ${id}`);
    });
    expect(wrong).toEqual([]);
  });

  it('that open another name processes that exist', () => {
    const known = (guid: string): boolean => byGuid.has(guid) || startOf(guid) < from;
    const wrong = windowsEvents(lines, 10).filter(
      (line) => !known(eventData(line, 'SourceProcessGUID')) || !known(eventData(line, 'TargetProcessGUID')),
    );
    expect(wrong).toEqual([]);
  });
});

describe('sessions', () => {
  it('that end were opened before, with the same account', () => {
    const opened = new Map(
      windowsEvents(lines, 4624).map((line) => [`${host(line)} ${eventData(line, 'TargetLogonId')}`, line]),
    );
    const wrong = windowsEvents(lines, 4634).filter((line) => {
      const logon = opened.get(`${host(line)} ${eventData(line, 'TargetLogonId')}`);
      if (logon === undefined || timeOf(logon) > timeOf(line)) return true;
      return eventData(logon, 'TargetUserName') !== eventData(line, 'TargetUserName');
    });
    expect(wrong).toEqual([]);
  });

  it('over the network came by a connection that the sensor saw', () => {
    const seen = new Set(
      lines
        .filter((line) => line.stream === 'zeek/conn')
        .map(({ record }) => `${record['id.orig_h']} ${record['id.orig_p']}`),
    );
    const wrong = windowsEvents(lines, 4624)
      .filter((line) => eventData(line, 'LogonType') === '3')
      .filter((line) => !seen.has(`${eventData(line, 'IpAddress')} ${eventData(line, 'IpPort')}`));
    expect(wrong).toEqual([]);
  });
});

describe('connections', () => {
  const toleranceMs = 60;
  const conns = lines.filter((line) => line.stream === 'zeek/conn');

  it('of Sysmon are in Zeek with the same ends at nearly the same time', () => {
    const times = new Map<string, number[]>();
    for (const line of conns) {
      const { record } = line;
      const key = `${record['id.orig_h']}:${record['id.orig_p']} ${record['id.resp_h']}:${record['id.resp_p']}`;
      times.set(key, [...(times.get(key) ?? []), timeOf(line)]);
    }
    const told = windowsEvents(lines, 3);
    expect(told.length).toBeGreaterThan(1_000);
    const wrong = told.filter((line) => {
      const source = `${eventData(line, 'SourceIp')}:${eventData(line, 'SourcePort')}`;
      const target = `${eventData(line, 'DestinationIp')}:${eventData(line, 'DestinationPort')}`;
      const seen = times.get(`${source} ${target}`) ?? [];
      return !seen.some((time) => Math.abs(time - timeOf(line)) < toleranceMs);
    });
    expect(wrong).toEqual([]);
  });

  it("name the same uid and ends in each of Zeek's logs", () => {
    const ends = ({ record }: Line): string =>
      `${record['id.orig_h']} ${record['id.orig_p']} ${record['id.resp_h']} ${record['id.resp_p']}`;
    const byUid = new Map(conns.map((line) => [line.record.uid, ends(line)]));
    expect(byUid.size).toBe(conns.length);
    const wrong = lines
      .filter((line) => line.source === 'zeek')
      .filter((line) => byUid.get(line.record.uid) !== ends(line));
    expect(wrong).toEqual([]);
  });

  it('hold files that the protocol logs name', () => {
    const files = new Set(
      lines.filter((line) => line.stream === 'zeek/files').map((line) => line.record.fuid),
    );
    const named = lines.flatMap((line) => (line.record.resp_fuids as readonly string[] | undefined) ?? []);
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((fuid) => !files.has(fuid))).toEqual([]);
  });
});
