import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { quoteString } from '../sql/index.ts';
import { isSelected, type RoutedEvent, type Selector, selectorSql } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-detect-'));
const session = new Session(join(folder, 'db'));
afterAll(() => {
  session.cleanup();
  rmSync(folder, { recursive: true, force: true });
});

const names = fc.constantFrom('', 'a', 'A', "it's", 'b\\c', 'É', 'é', 'security');
const leaf = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    column: fc.constantFrom('source' as const, 'metadata_log_name' as const, 'metadata_event_code' as const),
    values: fc.array(names, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('number' as const),
    column: fc.constant('class_uid' as const),
    values: fc.array(fc.constantFrom(1007, 4001), { minLength: 1, maxLength: 2 }),
  }),
);
const selectors = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('selector'), { maxLength: 3 }),
    }),
  ),
})).selector;
const events: fc.Arbitrary<RoutedEvent> = fc.record({
  source: names,
  metadata_log_name: names,
  metadata_event_code: names,
  class_uid: fc.constantFrom(1007n, 4001n, null),
});

function rowSql(event: RoutedEvent): string {
  const texts = [event.source, event.metadata_log_name, event.metadata_event_code].map(quoteString);
  return `(${[...texts, event.class_uid === null ? 'NULL' : String(event.class_uid)].join(', ')})`;
}

const structure =
  'source String, metadata_log_name String, metadata_event_code String, class_uid Nullable(UInt64)';

test('a selector picks the same events in ClickHouse as in the process', () => {
  const cases = fc.sample(fc.tuple(selectors, fc.array(events, { minLength: 8, maxLength: 8 })), {
    numRuns: 150,
    seed: 4,
  });
  const parts = cases.map(([selector, rows]) => {
    const from = `values('${structure}', ${rows.map(rowSql).join(', ')})`;
    return `(SELECT groupArray(toUInt8(${selectorSql(selector)})) FROM ${from})`;
  });
  const found = parts.map((part) => {
    return JSON.parse(session.query(`SELECT ${part} AS found`, 'JSONEachRow')) as { found: number[] };
  });
  cases.forEach(([selector, rows], index) => {
    const expected = rows.map((row) => Number(isSelected(selector, row)));
    expect([JSON.stringify(selector), found[index]?.found]).toEqual([JSON.stringify(selector), expected]);
  });
});
