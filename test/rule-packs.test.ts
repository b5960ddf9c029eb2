/** Rule packs of a running server: installed, changed, masked and rolled back while records come in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './opened.ts';
import { type RunningServer, runCommand, startServer } from './running-server.ts';
import { failedLogon, pause, send, settled, told, until } from './siem-desk.ts';

const folder = temporaryFolder('rule-packs');
const data = join(folder.path, 'data');
let server: RunningServer;
beforeAll(async () => {
  server = await startServer(data);
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

const rule = (id: string) => `title: Rule ${id}
id: ${id}
level: low
logsource: { product: windows, service: security }
detection: { logon: { EventID: 4625, TargetUserName: [mallory-of-the-test, ${id}] }, condition: logon }
`;
/** Two rules over the same records; each version of the pack has others. */
const upload = (version: string) =>
  JSON.stringify({
    license: 'MIT',
    author: 'The test',
    files: ['left', 'right'].map((side) => ({ path: `${side}.yml`, text: rule(`${side}-${version}`) })),
  });
const install = (version: string) =>
  server.client.installRulePack({ params: { name: 'sides' }, body: upload(version) });

let sent = 0;
const sendOne = async () => {
  sent += 1;
  await send(server, [failedLogon('desk', sent)]);
};

/** Hits of rules of the pack so far. */
async function hitsSoFar(...ids: readonly string[]): Promise<readonly number[]> {
  const { alerts } = await server.client.alerts({ query: { entity: 'host:desk' } });
  const of = (id: string) => alerts.filter(({ rule }) => rule === id);
  return ids.map((id) => of(id).reduce((sum, { hits }) => sum + hits, 0));
}

/** The same, once all that was sent is judged. */
async function hitsOf(...ids: readonly string[]): Promise<readonly number[]> {
  await settled(server);
  return await hitsSoFar(...ids);
}

it('a pack that is installed, changed and rolled back under load judges each record once, by one whole version', async () => {
  await install('one');
  const stop = new AbortController();
  const load = (async () => {
    while (!stop.signal.aborted) await sendOne();
  })();
  const isJudgedBy = (version: string, more = 0) =>
    until(async () => ((await hitsSoFar(`right-${version}`))[0] ?? 0) > more);
  await isJudgedBy('one');
  await install('two');
  await isJudgedBy('two');
  const [before] = await hitsSoFar('right-one');
  await server.client.rollBackRulePack({ params: { name: 'sides' }, body: {} });
  await isJudgedBy('one', before);
  await install('three');
  await isJudgedBy('three');
  stop.abort();
  await load;
  const versions = ['one', 'two', 'three'];
  const [left, right] = await until(async () => {
    const sides = [
      await hitsOf(...versions.map((version) => `left-${version}`)),
      await hitsOf(...versions.map((version) => `right-${version}`)),
    ];
    return sides.every((hits) => hits.reduce((sum, count) => sum + count, 0) === sent) && sides;
  });
  expect(left).toEqual(right);
  for (const hits of left ?? []) expect(hits).toBeGreaterThan(0);
});

it('detections carry the pack with its author and licence', async () => {
  const { alerts } = await server.client.alerts({ query: { rule: 'left-three' } });
  const alert = await server.client.alert({ params: { id: alerts[0]?.id ?? '' } });
  expect(alert.detections[0]?.detection.rule).toMatchObject({
    pack: 'sides',
    author: 'The test',
    license: 'MIT',
  });
});

it('a rule of an installed pack that is switched off, on or given another level is so within a second', async () => {
  const set = async (body: { readonly enabled?: boolean; readonly level?: 'critical' }) => {
    await server.client.setRule({ params: { id: 'left-three' }, body });
    await pause(1_000);
    await sendOne();
  };
  const [left = 0, right = 0] = await hitsOf('left-three', 'right-three');
  await set({ enabled: false });
  await until(async () => (await hitsOf('right-three'))[0] === right + 1);
  expect(await hitsOf('left-three')).toEqual([left]);
  await set({ enabled: true, level: 'critical' });
  await until(async () => (await hitsOf('left-three'))[0] === left + 1);
  const { alerts } = await server.client.alerts({ query: { rule: 'left-three' } });
  expect(alerts.map(({ severity }) => severity)).toContain('critical');
});

it('an installed pack is in force after the process was killed', async () => {
  const { packs } = await server.client.rulePacks({});
  const { key } = server;
  await server.kill();
  server = { ...(await startServer(data, key)), key };
  expect((await server.client.rulePacks({})).packs).toEqual(packs);
  const [before = 0] = await hitsOf('right-three');
  await sendOne();
  await until(async () => (await hitsOf('right-three'))[0] === before + 1);
});

it('the command line installs an archive, lists, rolls back and takes out; a zip is refused, a broken rule is told', async () => {
  const rules = join(folder.path, 'harbour');
  mkdirSync(rules);
  writeFileSync(join(rules, 'pack.yml'), 'name: harbour-rules\nlicense: MIT\n');
  writeFileSync(join(rules, 'a.yml'), rule('command-line'));
  const archive = join(folder.path, 'harbour.tar.gz');
  await create({ file: archive, cwd: folder.path, gzip: true }, ['harbour']);
  expect(await told(data, 'rules', 'install', archive)).toContain('harbour-rules 1 is in force: 1 rules');
  expect(await told(data, 'rules', 'install', archive)).toContain('was in force already');
  writeFileSync(join(rules, 'b.yml'), rule('broken').replace('condition: logon', 'condition: nothing'));
  const changed = await told(data, 'rules', 'install', rules, '--author', 'Harbour');
  expect(changed).toContain('harbour-rules/b.yml:5:');
  expect(changed).toContain('harbour-rules 2 is in force');
  expect(await told(data, 'rules', 'packs')).toMatch(/harbour-rules +2 +1 +0 +0 +1 +MIT +Harbour/);
  expect(await told(data, 'rules', 'rollback', 'harbour-rules')).toContain('harbour-rules 1 is in force');
  expect(await told(data, 'rules', 'uninstall', 'harbour-rules')).toContain('is taken out');
  expect(await told(data, 'rules', 'packs')).not.toContain('harbour-rules');
  expect(await runCommand(['rules', 'check', rules])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/b\.yml:5:\d+: error: detect\.unknown_search: .*\n {4}Correct .*\n1 rules/),
  });
  const zip = join(folder.path, 'harbour.zip');
  writeFileSync(zip, 'PK');
  const refused = await runCommand(['--data', data, 'rules', 'install', zip]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('(rules.pack_invalid)') });
});
