import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../contracts/index.ts';
import { journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { openState, type State } from '../state/index.ts';
import {
  createRuleJudge,
  createRules,
  type FolderPack,
  type JudgedColumn,
  type JudgedEvent,
  judgedColumns,
  type LiveRules,
  loadPack,
  openLiveRules,
  openRuleMask,
  type RuleMask,
  rulesProjection,
} from './index.ts';
import { usualSetting } from './mask.ts';

const ann: Actor = { id: '00000000000000aa', name: 'ann' };
const root = mkdtempSync(join(tmpdir(), 'tyrian-rules-'));
const closing: (() => unknown)[] = [() => rmSync(root, { recursive: true })];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const ruleText = (id: string, user: string, level: string) => `title: Logon of ${user}
id: ${id}
level: ${level}
author: Harbour Security
logsource: { product: windows, service: security }
detection: { logon: { TargetUserName: ${user} }, condition: logon }
`;

/** A folder of rules, each of a file. */
function packOf(name: string, ...texts: readonly string[]): FolderPack {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.yml`), text);
  return loadPack(folder);
}

const bare = Object.fromEntries(judgedColumns.map((name) => [name, ''])) as Record<JudgedColumn, string>;
const columns = { ...bare, metadata_log_name: 'Security', device_hostname: 'WS-17' };

function logon(tenant: string, user: string, more: Partial<JudgedEvent> = {}): JudgedEvent {
  return {
    ...{ tenant, source: 'windows', class_uid: 3002n, columns },
    fields: () => ({
      get: (field) => (field === 'TargetUserName' ? user : undefined),
      values: () => [user],
    }),
    ...more,
  };
}

describe('what a tenant set of rules', () => {
  const own = packOf('own', ruleText('a', 'alice', 'low'), ruleText('b', 'bob', 'high'));
  let state: State;
  let mask: RuleMask;
  let changes = 0;
  let reopen: () => Promise<RuleMask>;

  beforeAll(async () => {
    const projection = rulesProjection();
    const migrations = [...journalMigrations, ...projection.migrations];
    state = await openState({ folder: join(root, 'state'), migrations });
    closing.push(() => state.close());
    const topics = await openTopics({ folder: join(root, 'topics') });
    closing.push(() => topics.close());
    const clock = () => new Date('2026-11-23T12:00:00Z');
    const onFault = () => undefined;
    const journal = await openJournal({ topics, state, projections: [projection], clock, onFault });
    closing.push(() => journal.close());
    const onChange = () => {
      changes += 1;
    };
    reopen = () => openRuleMask({ state, journal, onChange });
    mask = await reopen();
  });
  beforeEach(async () => {
    for (const tenant of ['acme', 'globex'])
      for (const ruleId of ['a', 'b'])
        await mask.set({ tenant, by: ann, ruleId, change: { enabled: true, level: null } });
    changes = 0;
  });

  /** Ids and levels of what is found, by the settings as they are. */
  const found = (tenant: string, user: string) =>
    createRuleJudge([own], mask.entries())
      .judge(logon(tenant, user))
      .map(({ rule }) => `${rule.id} ${rule.level}`);

  test('takes a rule out of force for that tenant alone, until it is put back', async () => {
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: false } });
    expect([found('acme', 'alice'), found('globex', 'alice')]).toEqual([[], ['a low']]);
    expect(found('acme', 'bob')).toEqual(['b high']);
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: true } });
    expect(found('acme', 'alice')).toEqual(['a low']);
  });

  test('gives a rule another level for that tenant alone, until it has its own again', async () => {
    await mask.set({ tenant: 'globex', by: ann, ruleId: 'b', change: { level: 'informational' } });
    expect([found('acme', 'bob'), found('globex', 'bob')]).toEqual([['b high'], ['b informational']]);
    await mask.set({ tenant: 'globex', by: ann, ruleId: 'b', change: { level: null } });
    expect(found('globex', 'bob')).toEqual(['b high']);
  });

  test('keeps the level of a rule that is switched off and on', async () => {
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { level: 'critical' } });
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: false } });
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: true } });
    expect(found('acme', 'alice')).toEqual(['a critical']);
  });

  test('puts in force what its pack leaves off, and nothing else does', async () => {
    const quiet = {
      ...own,
      off: ['c'],
      rules: [...own.rules, ...packOf('more', ruleText('c', 'carol', 'low')).rules],
    };
    const judged = (tenant: string) => createRuleJudge([quiet], mask.entries()).judge(logon(tenant, 'carol'));
    expect(judged('acme')).toEqual([]);
    const usual = usualSetting(quiet, 'c');
    expect([usual, usualSetting(quiet, 'a').enabled]).toEqual([{ enabled: false, level: null }, true]);
    const set = { tenant: 'acme', by: ann, ruleId: 'c', usual };
    expect(await mask.set({ ...set, change: { level: 'high' } })).toEqual({ enabled: false, level: 'high' });
    expect(judged('acme')).toEqual([]);
    await mask.set({ ...set, change: { enabled: true } });
    expect([judged('acme').length, judged('globex').length]).toEqual([1, 0]);
  });

  test('is told of once a change, with what holds from then on', async () => {
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: false } });
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'a', change: { enabled: false } });
    expect(changes).toBe(1);
    expect(mask.of('acme', 'a')).toEqual({ enabled: false, level: null });
    expect(mask.of('globex', 'a')).toBeUndefined();
  });

  test('is there again after a restart, with who set it', async () => {
    await mask.set({ tenant: 'acme', by: ann, ruleId: 'b', change: { enabled: false, level: 'low' } });
    const again = await reopen();
    expect(again.of('acme', 'b')).toEqual({ enabled: false, level: 'low' });
    expect(again.entries()).toEqual(mask.entries());
    const rows = await state.query(
      'SELECT changed_by FROM rule_settings WHERE tenant = $1 AND rule_id = $2',
      ['acme', 'b'],
    );
    expect(rows).toEqual([{ changed_by: 'ann' }]);
  });

  test('goes into the list of rules, and a rule that is not loaded can not be set', async () => {
    const live: LiveRules = openLiveRules({
      folders: [own.folder],
      onChange: () => undefined,
      onFault: () => undefined,
    });
    const rules = createRules({ live, mask });
    const change = { enabled: false, level: 'critical' } as const;
    const set = await rules.set({ tenant: 'acme', by: ann, id: 'a', change });
    expect(set).toMatchObject({ id: 'a', enabled: false, level: 'critical', own_level: 'low' });
    const levels = rules.list('acme', {}).rules.map(({ id, enabled, level }) => [id, enabled, level]);
    expect(levels).toEqual([
      ['a', false, 'critical'],
      ['b', true, 'high'],
    ]);
    await expect(rules.set({ tenant: 'acme', by: ann, id: 'z', change })).rejects.toMatchObject({
      code: 'rules.unknown_rule',
    });
    live.close();
  });
});

describe('two packs that have a rule of one id', () => {
  const first = packOf('first', ruleText('x', 'alice', 'low'), ruleText('y', 'bob', 'low'));
  const second = packOf('second', ruleText('x', 'carol', 'high'));
  const judge = createRuleJudge([first, second], new Map());
  const hits = (user: string) =>
    judge.judge(logon('acme', user)).map(({ rule }) => `${rule.id} ${rule.pack} ${rule.level}`);

  test("follow the later pack's, and the others of the first go on", () => {
    expect([hits('alice'), hits('bob'), hits('carol')]).toEqual([[], ['y first low'], ['x second high']]);
  });
});

describe('events that no rule is about', () => {
  const judge = createRuleJudge([packOf('one', ruleText('a', 'alice', 'low'))], new Map());

  test('are not read', () => {
    const fields = () => {
      throw new Error('was read');
    };
    const other = { ...columns, metadata_log_name: 'System' };
    expect(judge.judge(logon('acme', 'alice', { columns: other, fields }))).toEqual([]);
    expect(judge.judge(logon('acme', 'alice', { source: 'okta', fields }))).toEqual([]);
  });

  test('and those that can not be read any more are no hits', () => {
    expect(judge.judge(logon('acme', 'alice', { fields: () => undefined }))).toEqual([]);
  });

  test('are left out by the condition for the store, which is there as soon as a rule is', () => {
    expect(judge.where).toContain("'windows'");
    expect(createRuleJudge([], new Map()).where).toBeUndefined();
  });
});
