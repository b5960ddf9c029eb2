import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExceptionCondition, ExceptionScope } from '../../contracts/exception-routes.ts';
import { detectionOf, type Hit, host } from '../rig.suite.ts';
import { coverOf } from './cover.ts';

type Kind = Parameters<typeof of>[0];
const of = (kind: 'equals' | 'contains' | 'starts_with' | 'ends_with' | 'cidr', ...values: string[]) => ({
  kind,
  values,
});
const covers = (rule: string | null, conditions: readonly ExceptionCondition[], hit: Hit) =>
  coverOf(ExceptionScope.parse({ rule, conditions }))(detectionOf(hit));
const field = (test: ExceptionCondition['test']) => ({ kind: 'field', field: 'CommandLine', test }) as const;

describe('a scope', () => {
  test.each<[Kind, readonly string[], string, boolean]>([
    ['equals', ['whoami', 'id'], 'WhoAmI', true],
    ['equals', ['whoami'], 'whoami /all', false],
    ['contains', ['\\Backup\\'], 'c:\\backup\\run.ps1', true],
    ['contains', ['backup*'], 'backup.ps1', false],
    ['starts_with', ['c:\\jobs\\'], 'C:\\Jobs\\a.exe', true],
    ['ends_with', ['.ps1'], 'a.PS1 -x', false],
    ['cidr', ['10.0.0.0/8', '2001:db8::/32'], '10.200.3.4', true],
    ['cidr', ['10.0.0.0/8', '2001:db8::/32'], '2001:DB8:1::7', true],
    ['cidr', ['10.0.0.0/8'], '11.0.0.1', false],
    ['cidr', ['10.0.0.0/8'], 'no address', false],
    ['cidr', ['192.0.2.7'], '192.0.2.7', true],
    ['cidr', ['fe80::/10'], 'fe80::1%eth0', true],
  ])('%s of %j of %j is %j', (kind, values, matched, wanted) => {
    expect(covers(null, [field(of(kind, ...values))], { matched })).toBe(wanted);
  });

  test('holds for its rule alone, or for any', () => {
    const conditions = [{ kind: 'host', test: of('equals', 'WEB1') } as const];
    expect(covers('r1', conditions, { rule: 'r1' })).toBe(true);
    expect(covers('r1', conditions, { rule: 'r2' })).toBe(false);
    expect(covers(null, conditions, { rule: 'r2' })).toBe(true);
  });

  test('holds when all of its conditions do, of an entity of the same kind', () => {
    const onHost = { kind: 'host', test: of('equals', 'web1') } as const;
    const source = { kind: 'source', test: of('equals', 'windows') } as const;
    expect(covers(null, [onHost, source, field(of('contains', 'who'))], {})).toBe(true);
    expect(covers(null, [onHost, field(of('equals', 'id'))], {})).toBe(false);
    expect(covers(null, [onHost], { entity: { kind: 'user', value: 'web1' } })).toBe(false);
    expect(covers(null, [{ ...onHost, kind: 'user' }], { entity: { kind: 'user', value: 'web1' } })).toBe(
      true,
    );
  });

  test('without a condition, or with a network that is none, is refused', () => {
    expect(ExceptionScope.safeParse({ rule: 'r1', conditions: [] }).success).toBe(false);
    const wrong = (value: string) =>
      ExceptionScope.safeParse({ rule: null, conditions: [field(of('cidr', value))] }).success;
    expect(['10.0.0.0/33', '10.0.0/8', '::/129', 'x', ''].filter(wrong)).toEqual([]);
    expect(['10.0.0.0/8', '::/0', '::1'].filter((value) => !wrong(value))).toEqual([]);
  });

  test('with a value that an erasure blanked out covers nothing', () => {
    const condition = field({ kind: 'cidr', values: ['[erased]'] });
    expect(coverOf({ rule: null, conditions: [condition] })(detectionOf({ matched: '10.0.0.1' }))).toBe(
      false,
    );
  });
});

test('each test is what its name says, of any text', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (wanted, before, after) => {
      const passes = (kind: Kind, text: string) =>
        covers(null, [field(of(kind, wanted))], { entity: host('h'), matched: text });
      expect(passes('equals', wanted.toUpperCase())).toBe(
        wanted.toUpperCase().toLowerCase() === wanted.toLowerCase(),
      );
      expect(passes('contains', before + wanted + after)).toBe(true);
      expect(passes('starts_with', wanted + after)).toBe(true);
      expect(passes('ends_with', before + wanted)).toBe(true);
    }),
  );
});
