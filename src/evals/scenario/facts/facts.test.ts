import { describe, expect, it } from 'vitest';
import { at, eventData, type Line, readBack, timeOf, windowsEvents } from '../scenario.suite.ts';
import { createScenario, defaultEnd } from '../scenario.ts';

const cases = [
  { seed: 1, scale: 1 },
  { seed: 2, scale: 0.1 },
  { seed: 20_261_117, scale: 0.1 },
];

describe.each(cases)(
  'the facts of seed $seed at scale $scale hold by a scan of the lines:',
  ({ seed, scale }) => {
    const { facts, streams } = createScenario({ seed, endsAt: defaultEnd, scale });
    const lines = readBack({ facts, streams });
    const ofZeek = (path: string) => lines.filter((line) => line.stream === `zeek/${path}`);
    const calls = lines.filter((line) => line.source === 'aws-cloudtrail');
    const sum = (found: readonly Line[], field: string) =>
      found.reduce((total, line) => total + Number(line.record[field] ?? 0), 0);

    it('how many events each stream holds', () => {
      const counted = Object.fromEntries(
        streams.map((stream) => [stream.name, lines.filter((line) => line.stream === stream.name).length]),
      );
      expect(facts.events.byStream).toEqual(counted);
      expect(facts.events.total).toBe(lines.length);
    });

    it('who opened the document, and where', () => {
      const opened = windowsEvents(lines, 1).filter((line) =>
        eventData(line, 'CommandLine').includes(facts.victim.document),
      );
      expect(opened).toHaveLength(1);
      const [line] = opened as [Line];
      expect(at(line.record, 'host.name')).toBe(facts.victim.host);
      expect(eventData(line, 'User')).toBe(`HARBOUR\\${facts.victim.user}`);
      expect(at(line.record, '@timestamp')).toBe(facts.intrusion.from);
      const sources = windowsEvents(lines, 3).filter(
        (candidate) =>
          at(candidate.record, 'host.name') === facts.victim.host &&
          eventData(candidate, 'Initiated') === 'true',
      );
      expect(new Set(sources.map((candidate) => eventData(candidate, 'SourceIp')))).toEqual(
        new Set([facts.victim.address]),
      );
    });

    it('which processes the intruder ran on the victim: word, what it started, and so on down', () => {
      const [root] = facts.victim.processes;
      const tree = new Set([root?.guid ?? '']);
      for (const line of windowsEvents(lines, 1)) {
        if (tree.has(eventData(line, 'ParentProcessGuid'))) tree.add(eventData(line, 'ProcessGuid'));
      }
      expect(new Set(facts.victim.processes.map((process) => process.guid))).toEqual(tree);
      expect(facts.victim.processes.some((process) => process.image.endsWith('powershell.exe'))).toBe(true);
    });

    it('where command and control is', () => {
      const { domain, address, connections, bytesSent } = facts.commandAndControl;
      const found = ofZeek('conn').filter((line) => line.record['id.resp_h'] === address);
      expect(found).toHaveLength(connections);
      expect(sum(found, 'orig_bytes')).toBe(bytesSent);
      expect(Math.abs(timeOf(found[0] as Line) - Date.parse(facts.commandAndControl.from))).toBeLessThan(2);
      const answers = ofZeek('dns').filter((line) => line.record.query === domain);
      expect(new Set(answers.flatMap((line) => line.record.answers as readonly string[]))).toEqual(
        new Set([address]),
      );
    });

    it('whose memory was dumped, by what', () => {
      const opened = windowsEvents(lines, 10).filter(
        (line) => eventData(line, 'SourceProcessGUID') === facts.credentialDump.processGuid,
      );
      expect(opened.map((line) => eventData(line, 'TargetImage'))).toEqual([
        'C:\\Windows\\System32\\lsass.exe',
      ]);
      expect(at(opened[0]?.record, 'host.name')).toBe(facts.credentialDump.host);
      expect(facts.credentialDump.command).toMatch(/comsvcs\.dll, MiniDump \d+ /);
      expect(facts.credentialDump.host).toBe(facts.victim.host);
    });

    it('where the intruder went, with which account', () => {
      const { hosts, account, service, domainController } = facts.lateralMovement;
      const installed = windowsEvents(lines, 7045)
        .filter((line) => eventData(line, 'ServiceName') === service)
        .filter((line) => at(line.record, 'winlog.user.name') === account)
        .filter((line) => at(line.record, '@timestamp') > facts.credentialDump.at)
        .map((line) => at(line.record, 'host.name'));
      expect(hosts.filter((host) => !installed.includes(host))).toEqual([]);
      expect(hosts).toHaveLength(3);
      expect(domainController).toMatch(/^HL-DC-0[12]\.harbour\.example$/);
      expect(facts.intrusion.hosts).toEqual([facts.victim.host, ...hosts]);
      const handed = windowsEvents(lines, 4648)
        .filter((line) => at(line.record, 'host.name') === facts.victim.host)
        .map((line) => eventData(line, 'TargetUserName'));
      expect(handed).toContain(account);
    });

    it('what the stolen key did, and from where', () => {
      const { id, address, user, account } = facts.stolenKey;
      const used = calls.filter((line) => at(line.record, 'userIdentity.accessKeyId') === id);
      const byThief = used.filter((line) => line.record.sourceIPAddress === address);
      expect(used).toHaveLength(facts.stolenKey.calls);
      expect(byThief).toHaveLength(facts.stolenKey.callsByThief);
      expect(used.length).toBeGreaterThan(byThief.length);
      expect(byThief[0]?.record.eventName).toBe('GetCallerIdentity');
      expect(new Set(used.map((line) => at(line.record, 'userIdentity.userName')))).toEqual(new Set([user]));
      expect(new Set(used.map((line) => line.record.recipientAccountId))).toEqual(new Set([account]));
      for (const [name, count] of Object.entries(facts.stolenKey.operationsByThief)) {
        expect(byThief.filter((line) => line.record.eventName === name)).toHaveLength(count);
      }
      const created = byThief.filter((line) => line.record.eventName === 'CreateAccessKey');
      expect(created.map((line) => at(line.record, 'responseElements.accessKey.accessKeyId'))).toEqual([
        facts.stolenKey.createdKeyId,
      ]);
    });

    it('what left the house', () => {
      const { bucket, objects, objectBytes, address, domain, bytesSent, host } = facts.exfiltration;
      const reads = calls.filter(
        (line) =>
          line.record.eventName === 'GetObject' &&
          line.record.sourceIPAddress === facts.stolenKey.address &&
          at(line.record, 'requestParameters.bucketName') === bucket,
      );
      expect(reads).toHaveLength(objects);
      const bytes = reads.map((line) => Number(at(line.record, 'additionalEventData.bytesTransferredOut')));
      expect(bytes.reduce((total, value) => total + value, 0)).toBe(objectBytes);
      const uploads = ofZeek('conn').filter((line) => line.record['id.resp_h'] === address);
      expect(sum(uploads, 'orig_bytes')).toBe(bytesSent);
      expect(bytesSent).toBeGreaterThan(2_000_000_000);
      expect(ofZeek('ssl').some((line) => line.record.server_name === domain)).toBe(true);
      expect(host).toBe(facts.traffic.fileServer.host);
    });

    it('whose passwords failed how often', () => {
      const failures = windowsEvents(lines, 4625).map((line) => eventData(line, 'TargetUserName'));
      expect(facts.failedLogons.total).toBe(failures.length);
      for (const [user, count] of Object.entries(facts.failedLogons.byUser)) {
        expect(failures.filter((name) => name === user)).toHaveLength(count);
      }
      expect(Math.max(...Object.values(facts.failedLogons.byUser))).toBe(facts.failedLogons.most.count);
    });

    it('who sent most, and who got most from the file server', () => {
      const sent = (source: string) =>
        sum(
          ofZeek('conn').filter((line) => line.record['id.orig_h'] === source),
          'orig_bytes',
        );
      const sources = new Set(ofZeek('conn').map((line) => `${line.record['id.orig_h']}`));
      const ranked = [...sources].map((address) => ({ address, bytes: sent(address) }));
      ranked.sort((one, other) => other.bytes - one.bytes);
      expect(facts.traffic.topTalker).toEqual(ranked[0]);
      const { address, receivers } = facts.traffic.fileServer;
      for (const receiver of receivers.slice(0, 4)) {
        const got = ofZeek('conn').filter(
          (line) => line.record['id.orig_h'] === address && line.record['id.resp_h'] === receiver.address,
        );
        expect(sum(got, 'orig_bytes')).toBe(receiver.bytes);
      }
      expect(receivers[1]?.address).toBe(facts.exfiltration.address);
    });

    it('when it began and ended', () => {
      const ids = new Set([...facts.intrusion.processGuids]);
      const starts = windowsEvents(lines, 1).filter((line) => ids.has(eventData(line, 'ProcessGuid')));
      expect(starts).toHaveLength(ids.size);
      const events = new Set(facts.intrusion.cloudEventIds);
      const uids = new Set(facts.intrusion.connectionUids);
      const times = [
        ...starts,
        ...calls.filter((line) => events.has(`${line.record.eventID}`)),
        ...ofZeek('conn').filter((line) => uids.has(`${line.record.uid}`)),
      ].map(timeOf);
      expect(Math.min(...times)).toBe(Date.parse(facts.intrusion.from));
      expect(Math.abs(Math.max(...times) - Date.parse(facts.intrusion.to))).toBeLessThan(2);
    });
  },
);
