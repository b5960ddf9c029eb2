import { describe, expect, test } from 'vitest';
import { parseRules } from '../../detect/index.ts';
import { createRuleJudge, type JudgedColumn, type JudgedPack, judgedColumns } from '../index.ts';

const base = `title: failed
id: failed
name: failed
level: low
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
`;
const correlation = (name: string, body: string) => `---
title: ${name}
id: ${name}
name: ${name}
level: high
correlation:
  type: event_count
  timespan: 5m
  condition: { gte: 3 }
  ${body}
`;

const packOf = (name: string, ...texts: readonly string[]): JudgedPack => ({
  ...{ name, license: '' },
  ...parseRules(texts.join(''), `${name}.yml`),
});

const bare = Object.fromEntries(judgedColumns.map((name) => [name, ''])) as Record<JudgedColumn, string>;

function hitsOf(packs: readonly JudgedPack[], fields: Readonly<Record<string, unknown>>) {
  return createRuleJudge(packs, new Map()).judge({
    ...{ tenant: 'red', source: 'windows', class_uid: 3002n },
    columns: { ...bare, metadata_log_name: 'Security', metadata_event_code: '4625' },
    fields: () => ({
      get: (field) => ({ EventID: 4625, ...fields })[field],
      values: () => Object.values(fields).map(String),
    }),
  });
}

describe('the hit of a rule that a correlation stands on', () => {
  test('is for the correlation alone, with the fields that it needs', () => {
    const packs = [
      packOf('one', base, correlation('many', 'rules: [failed]\n  group-by: [TargetUserName, Gone]')),
    ];
    expect(hitsOf(packs, { TargetUserName: 'Bob', Other: 'x', Port: 1 })).toMatchObject([
      { rule: { id: 'failed' }, correlated: { silent: true, fields: { TargetUserName: 'Bob' } } },
    ]);
  });

  test('alerts by itself where a correlation says `generate`', () => {
    const packs = [
      packOf(
        'one',
        base,
        correlation('many', 'rules: [failed]\n  group-by: [User]'),
        correlation('more', 'rules: [failed]\n  group-by: [Host]\n  generate: true'),
      ),
    ];
    expect(hitsOf(packs, { User: 'a', Host: 'b' })).toMatchObject([
      { correlated: { silent: false, fields: { User: 'a', Host: 'b' } } },
    ]);
  });

  test('carries what correlations above and aliases need', () => {
    const packs = [
      packOf('one', base),
      packOf(
        'two',
        correlation('many', 'rules: [failed]\n  group-by: [who]\n  aliases: { who: { failed: User } }').slice(
          4,
        ),
        correlation('above', 'rules: [many]\n  group-by: [Domain]'),
      ),
    ];
    expect(hitsOf(packs, { User: 'a', Domain: ['b', 'c'] })).toMatchObject([
      { correlated: { silent: true, fields: { User: 'a', Domain: 'b, c' } } },
    ]);
  });

  test('of a rule that is off until somebody wants its alerts is for the correlation alone', () => {
    const more = correlation('many', 'rules: [failed]\n  group-by: [User]\n  generate: true');
    const off = [{ ...packOf('one', base, more), off: ['failed'] }];
    expect(hitsOf(off, { User: 'a' })).toMatchObject([
      { correlated: { silent: true, fields: { User: 'a' } } },
    ]);
    expect(hitsOf([{ ...packOf('one', base), off: ['failed'] }], { User: 'a' })).toEqual([]);
  });

  test('is as it was when the correlation is not sound', () => {
    const packs = [packOf('one', base, correlation('many', 'rules: [failed, nobody]'))];
    expect(hitsOf(packs, {})).toMatchObject([{ rule: { id: 'failed' } }]);
    expect(hitsOf(packs, {})[0]?.correlated).toBeUndefined();
  });
});
