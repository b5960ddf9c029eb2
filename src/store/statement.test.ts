import { describe, expect, it } from 'vitest';
import { withSettings } from './statement.ts';

describe('settings in the text', () => {
  it('stand behind the head of every kind of insert, with what makes an insert whole', () => {
    const settings = { log_comment: 'x' };
    for (const [head, rest] of [
      ['INSERT INTO t (a, `b c`)', " VALUES (1, 'INSERT INTO t')"],
      ['INSERT INTO `odd name`', ' SELECT 1'],
      ['INSERT INTO db.t (a)', ' SELECT a FROM t WHERE f(a)'],
    ]) {
      const text = withSettings(`${head}${rest}`, settings);
      expect(text.startsWith(`${head} SETTINGS async_insert = 0, `), text).toBe(true);
      expect(text.endsWith(`log_comment = 'x' ${rest}`), text).toBe(true);
    }
  });

  it('end a read, before its format', () => {
    expect(withSettings('SELECT 1', { max_threads: 1 }, 'RowBinary')).toBe(
      'SELECT 1 SETTINGS max_threads = 1 FORMAT RowBinary',
    );
    expect(withSettings('WITH 1 AS a SELECT a', {})).toBe('WITH 1 AS a SELECT a');
  });

  it('are not written into statements that take none', () => {
    for (const statement of [
      'CREATE TABLE t (a String) ENGINE = Memory',
      'TRUNCATE TABLE t',
      'DROP TABLE t',
    ]) {
      expect(withSettings(statement, { log_comment: 'x' })).toBe(statement);
    }
  });

  it('refuse a name that is no setting', () => {
    expect(() => withSettings('SELECT 1', { 'a = 1, b': 2 })).toThrow(
      expect.objectContaining({ code: 'sql.value' }),
    );
  });
});
