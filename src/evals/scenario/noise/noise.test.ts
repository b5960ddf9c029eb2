import { describe, expect, it } from 'vitest';
import { at, eventData, type Line, readBack, windowsEvents } from '../scenario.suite.ts';
import { createScenario, defaultEnd } from '../scenario.ts';

/**
 * An intrusion that one word gives away tests nothing. Each tool and technique of the intruder is used in good
 * faith too, at least as often.
 */
describe('the intrusion is not found by one word: in good faith people also', () => {
  const { facts, streams } = createScenario({ seed: 5, endsAt: defaultEnd });
  const lines = readBack({ facts, streams });
  const guids = new Set(facts.intrusion.processGuids);
  const uids = new Set(facts.intrusion.connectionUids);
  const cloud = new Set(facts.intrusion.cloudEventIds);
  const starts = windowsEvents(lines, 1);

  const split = (found: readonly Line[], isAttack: (line: Line) => boolean) => {
    const attack = found.filter(isAttack).length;
    return { attack, benign: found.length - attack };
  };
  const byAttackProcess = (line: Line) => guids.has(eventData(line, 'ProcessGuid'));

  it.each([
    ['run encoded PowerShell', /powershell.*-enc /i],
    ['run hidden PowerShell without a profile', /-NoP -NonI -W Hidden/],
    ['ask who they are', /whoami/],
    ['list the domain administrators', /"Domain Admins"/],
    ['ask for the controllers', /nltest/],
    ['write dumps with comsvcs.dll', /comsvcs\.dll, MiniDump/],
    ['copy the directory with ntdsutil', /ntdsutil.*ifm/],
    ['run PsExec', /-accepteula \\\\/],
    ['pack encrypted archives', /7z\.exe" a -p/],
  ])('%s', (_, pattern) => {
    const found = split(
      starts.filter((line) => pattern.test(eventData(line, 'CommandLine'))),
      byAttackProcess,
    );
    expect(found.attack).toBeGreaterThan(0);
    expect(found.benign).toBeGreaterThanOrEqual(found.attack);
  });

  it('open lsass with full rights', () => {
    const opened = windowsEvents(lines, 10).filter(
      (line) =>
        eventData(line, 'TargetImage').endsWith('lsass.exe') &&
        eventData(line, 'GrantedAccess') === '0x1fffff',
    );
    const found = split(opened, (line) => guids.has(eventData(line, 'SourceProcessGUID')));
    expect(found.attack).toBe(1);
    expect(found.benign).toBeGreaterThan(20);
  });

  it('install the PsExec service', () => {
    const installed = windowsEvents(lines, 7045).filter(
      (line) => eventData(line, 'ServiceName') === 'PSEXESVC',
    );
    expect(installed.length).toBeGreaterThanOrEqual(2 * facts.lateralMovement.hosts.length);
  });

  it('send gigabytes outside', () => {
    const big = lines.filter(
      (line) =>
        line.stream === 'zeek/conn' &&
        line.record.local_resp === false &&
        Number(line.record.orig_bytes) > 500_000_000,
    );
    const found = split(big, (line) => uids.has(`${line.record.uid}`));
    expect(found.benign).toBeGreaterThan(found.attack);
  });

  it('call outside at a steady beat', () => {
    const count = (address: string) =>
      lines.filter((line) => line.stream === 'zeek/conn' && line.record['id.resp_h'] === address).length;
    const telemetry = lines.find((line) => line.record.query === 'ingest.gaugeworks.example');
    const [address = ''] = (telemetry?.record.answers as readonly string[] | undefined) ?? [];
    expect(count(address)).toBeGreaterThan(count(facts.commandAndControl.address));
  });

  it.each(['GetCallerIdentity', 'ListBuckets', 'GetObject', 'PutBucketPolicy', 'CreateAccessKey'])(
    'call %s',
    (name) => {
      const calls = lines.filter((line) => line.record.eventName === name);
      const found = split(calls, (line) => cloud.has(`${line.record.eventID}`));
      expect(found.attack).toBeGreaterThan(0);
      expect(found.benign).toBeGreaterThan(found.attack);
    },
  );

  it('are refused by AWS now and then', () => {
    const refused = lines.filter((line) => line.record.errorCode === 'AccessDenied');
    const found = split(refused, (line) => cloud.has(at(line.record, 'eventID')));
    expect(found.benign).toBeGreaterThan(found.attack);
  });
});
