import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor, RulePackUpload } from '../contracts/index.ts';
import { type Journal, journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { openState, type State } from '../state/index.ts';
import {
  createRuleJudge,
  createRulePacks,
  type InstalledPacks,
  type JudgedColumn,
  judgedColumns,
  type LiveRules,
  openInstalledPacks,
  openLiveRules,
  type RulePacks,
  rulePacksProjection,
} from './index.ts';

const ann: Actor = { id: '00000000000000aa', name: 'ann' };
const root = mkdtempSync(join(tmpdir(), 'tyrian-packs-'));
const closing: (() => unknown)[] = [() => rmSync(root, { recursive: true })];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const rule = (id: string, user: string, more = '') => `title: Logon of ${user}
id: ${id}
level: low
${more}logsource: { product: windows, service: security }
detection: { logon: { TargetUserName: ${user} }, condition: logon }
`;
const file = (path: string, text: string) => ({ path, text });
const one = (user: string) => [file('a.yml', rule(`of ${user}`, user))];

let state: State;
let journal: Journal;
let installed: InstalledPacks;
let live: LiveRules;
let packs: RulePacks;
let changes = 0;

async function open() {
  const onChange = () => {
    changes += 1;
  };
  installed = await openInstalledPacks({ state, journal, onChange });
  packs = createRulePacks({ live, installed });
}

beforeAll(async () => {
  const folders = ['program', 'own'].map((name) => join(root, name));
  for (const folder of folders) mkdirSync(folder);
  writeFileSync(join(root, 'program', 'p.yml'), rule('p', 'peter'));
  writeFileSync(join(root, 'own', 'o.yml'), rule('o', 'olga'));
  const projection = rulePacksProjection();
  state = await openState({
    folder: join(root, 'state'),
    migrations: [...journalMigrations, ...projection.migrations],
  });
  closing.push(() => state.close());
  const topics = await openTopics({ folder: join(root, 'topics') });
  closing.push(() => topics.close());
  const clock = () => new Date('2026-11-23T12:00:00Z');
  const onFault = ({ error }: { readonly error: unknown }) => {
    throw error;
  };
  journal = await openJournal({ topics, state, projections: [projection], clock, onFault });
  closing.push(() => journal.close());
  live = openLiveRules({
    folders,
    installed: () => installed.inForce().map(({ pack }) => pack),
    onChange: () => undefined,
    onFault: () => undefined,
  });
  closing.push(() => live.close());
  await open();
  closing.push(() => installed.close());
});

function install(name: string, files: RulePackUpload['files'], more: Partial<RulePackUpload> = {}) {
  const body = Buffer.from(JSON.stringify({ ...more, files }));
  return packs.install({ tenant: 'acme', by: ann, name, body });
}
const rollBack = (name: string, version?: number) =>
  packs.rollBack({ tenant: 'acme', by: ann, name, version });
const uninstall = (name: string) => packs.uninstall({ tenant: 'acme', by: ann, name });
const refused = (work: Promise<unknown>) =>
  expect(work.catch(({ code, message }: { code: string; message: string }) => `${code} ${message}`)).resolves;

const columns = {
  ...(Object.fromEntries(judgedColumns.map((name) => [name, ''])) as Record<JudgedColumn, string>),
  metadata_log_name: 'Security',
};
/** What the rules in force say of a logon. */
function hits(user: string) {
  const fields = () => ({
    get: (field: string) => (field === 'TargetUserName' ? user : undefined),
    values: () => [user],
  });
  return createRuleJudge(live.packs(), new Map())
    .judge({ tenant: 'acme', source: 'windows', class_uid: 3002n, columns, fields })
    .map((hit) => hit.rule);
}
const versionsOf = async (name: string) =>
  (await packs.list()).find((pack) => pack.name === name)?.versions.map(({ version }) => version);

describe('an installed pack', () => {
  test('is in force as a whole, and its author and licence go with each detection', async () => {
    const files = [
      file('pack.yml', 'title: Harbour rules\nlicense: MIT\nauthor: Harbour\nsource: https://example.org\n'),
      file('windows/a.yml', rule('a', 'alice')),
      file('windows/b.yml', rule('b', 'bob', 'author: Bob\nlicense: DRL-1.1\n')),
    ];
    const { pack, changed } = await install('harbour', files);
    expect([changed, pack]).toEqual([
      true,
      {
        ...{ name: 'harbour', title: 'Harbour rules', license: 'MIT', author: 'Harbour' },
        ...{ source: 'https://example.org', origin: 'installed', rules: 2, correlations: 0, filters: 0 },
        ...{ errors: 0, warnings: 0, version: 1 },
        versions: [
          {
            ...{ version: 1, content: expect.stringMatching(/^[0-9a-f]{64}$/), files: 3 },
            ...{ installed_by: 'ann', installed_at: '2026-11-23T12:00:00.000Z' },
          },
        ],
      },
    ]);
    expect(hits('alice')).toMatchObject([{ id: 'a', pack: 'harbour', author: 'Harbour', license: 'MIT' }]);
    expect(hits('bob')).toMatchObject([{ id: 'b', pack: 'harbour', author: 'Bob', license: 'DRL-1.1' }]);
  });

  test('stands between the own rules and those of the folder, which win', async () => {
    await install('over', [file('a.yml', rule('p', 'paula')), file('b.yml', rule('o', 'oskar'))]);
    expect((await packs.list()).map(({ name, origin }) => `${name} ${origin}`)).toEqual([
      'program program',
      'harbour installed',
      'over installed',
      'own folder',
    ]);
    expect([hits('peter'), hits('oskar')]).toEqual([[], []]);
    expect([hits('paula'), hits('olga')]).toMatchObject([[{ pack: 'over' }], [{ pack: 'own' }]]);
    await uninstall('over');
    expect(hits('peter')).toMatchObject([{ pack: 'program' }]);
  });

  test('has another version with each change, and none when nothing changed', async () => {
    await install('versions', one('carol'));
    const before = changes;
    expect((await install('versions', one('carol'))).changed).toBe(false);
    expect(changes).toBe(before);
    await install('versions', one('dora'));
    expect([hits('carol'), hits('dora').length, await versionsOf('versions')]).toEqual([[], 1, [2, 1]]);
    expect((await install('versions', one('dora'), { license: 'MIT' })).pack.version).toBe(3);
  });

  test('goes back to the version before, or to one that is named, and on from there', async () => {
    await install('back', one('v1'));
    await install('back', one('v2'));
    await install('back', one('v3'));
    expect([(await rollBack('back')).version, hits('v2').length]).toEqual([2, 1]);
    expect([(await rollBack('back')).version, hits('v1').length, hits('v3').length]).toEqual([1, 1, 0]);
    expect((await rollBack('back', 3)).version).toBe(3);
    expect((await install('back', one('v4'))).pack.version).toBe(4);
    await refused(rollBack('back', 9)).toContain('rules.unknown_version');
    await refused(rollBack('nobody')).toContain('rules.unknown_pack');
  });

  test('keeps ten versions, and no text that none of them has', async () => {
    for (let number = 1; number <= 12; number += 1) await install('many', one(`m${number}`));
    expect(await versionsOf('many')).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    const [texts] = await state.query(
      'SELECT count(*) FILTER (WHERE sha256 NOT IN (SELECT sha256 FROM rule_pack_files)) AS idle, ' +
        'count(*) AS kept FROM rule_pack_texts',
    );
    expect(texts).toMatchObject({ idle: 0 });
    await uninstall('many');
    expect(hits('m12')).toEqual([]);
    expect((await install('many', one('m1'))).pack).toMatchObject({
      version: 13,
      versions: [{ version: 13 }],
    });
  });

  test('is there again after a restart, and after the tables were made again from the journal', async () => {
    const before = [await packs.list(), hits('alice'), hits('v4')];
    await installed.close();
    await open();
    expect([await packs.list(), hits('alice'), hits('v4')]).toEqual(before);
    await installed.close();
    await journal.rebuild();
    await open();
    expect([await packs.list(), hits('alice'), hits('v4')]).toEqual(before);
  });

  test('of thousands of files is kept in parts, and judged by all of it at once', async () => {
    const filler = 'x'.repeat(2_000);
    const files = Array.from({ length: 1_500 }, (_, number) =>
      file(`${number}.yml`, rule(`many-${number}`, 'everybody', `description: ${number}${filler}\n`)),
    );
    const seen = new Set<number>();
    const installing = install('large', files);
    while ((await Promise.race([installing, new Promise((done) => setImmediate(done))])) === undefined)
      seen.add(live.packs().find(({ name }) => name === 'large')?.rules.length ?? 0);
    expect([(await installing).pack.rules, [...seen.add(1_500)]]).toEqual([1_500, [0, 1_500]]);
    await installed.close();
    await open();
    expect(installed.inForce().find(({ pack }) => pack.name === 'large')?.pack.rules).toHaveLength(1_500);
  });

  test('with a broken rule leaves that one out and says what to do', async () => {
    const files = [
      ...one('sound'),
      file('b.yml', rule('b2', 'x').replace('condition: logon', 'condition: nope')),
    ];
    const { pack, diagnostics } = await install('broken', files);
    expect(pack).toMatchObject({ rules: 1, errors: 1 });
    expect(diagnostics).toMatchObject([
      {
        code: 'detect.unknown_search',
        file: 'broken/b.yml',
        line: 5,
        mend: expect.stringContaining('search'),
      },
    ]);
  });

  test('takes values of placeholders from its own placeholders.yml', async () => {
    const text = rule('e', '"%admins%"').replace('TargetUserName', 'TargetUserName|expand');
    const values = file('placeholders.yml', 'admins: [root, toor]\n');
    expect((await install('expanding', [...one('zoe'), file('e.yml', text)])).pack.rules).toBe(1);
    expect((await install('expanding', [...one('zoe'), file('e.yml', text), values])).pack.rules).toBe(2);
    expect(hits('toor')).toMatchObject([{ id: 'e' }]);
  });

  test('brings filters for the rules of all packs', async () => {
    const filter = `title: f
logsource: { product: windows }
filter: { rules: [o], selection: { TargetUserName: olga }, condition: not selection }
`;
    expect(hits('olga')).toHaveLength(1);
    await install('filters', [file('f.yml', filter)]);
    expect(hits('olga')).toEqual([]);
    expect(live.diagnostics().filter(({ file: at }) => at.startsWith('filters/'))).toEqual([]);
    await uninstall('filters');
    expect(hits('olga')).toHaveLength(1);
  });
});

describe('what is no pack is refused, and what was in force goes on', () => {
  const cases: readonly (readonly [string, RulePackUpload['files'], string])[] = [
    ['nothing sound', [file('a.yml', 'title: [')], 'rules.pack_invalid'],
    ['a path that leads out', [file('../a.yml', rule('a', 'x'))], 'rules.pack_invalid'],
    ['an absolute path', [file('/a.yml', rule('a', 'x'))], 'rules.pack_invalid'],
    ['a deep path', [file(`${'d/'.repeat(16)}a.yml`, rule('a', 'x'))], 'rules.pack_invalid'],
    ['a backslash', [file('a\\b.yml', rule('a', 'x'))], 'rules.pack_invalid'],
    ['another kind of file', [file('a.txt', rule('a', 'x'))], 'rules.pack_invalid'],
    ['a path twice', [...one('x'), ...one('y')], 'rules.pack_invalid'],
    ['a large file', [file('a.yml', '#'.repeat(600_000))], 'rules.pack_too_large'],
    ['a head of another shape', [...one('x'), file('pack.yml', 'rules: 1')], 'rules.pack_unreadable'],
    ['no files', [], 'rules.pack_invalid'],
  ];
  test.each(cases)('%s', async (_, files, code) => {
    await refused(install('harbour', files)).toContain(code);
    expect(hits('alice')).toHaveLength(1);
  });

  test('a name that a folder has', async () => {
    await refused(install('own', one('x'))).toContain('rules.pack_name_taken');
    await refused(install('program', one('x'))).toContain('rules.pack_name_taken');
  });

  test('a body that is no JSON', async () => {
    const body = Buffer.from('{');
    await refused(packs.install({ tenant: 'acme', by: ann, name: 'x', body })).toContain(
      'rules.pack_invalid',
    );
  });
});
