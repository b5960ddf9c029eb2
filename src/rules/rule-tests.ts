import { basename } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import type { EventAttributes } from '../contracts/index.ts';
import type { ResolvedCorrelation } from '../detect/index.ts';
import { loadCatalogue, nativeFields, normalise, type SourceCatalogue } from '../normalise/index.ts';
import { correlationsInForce } from './correlation/correlations.ts';
import { evaluateCorrelation } from './correlation/evaluate.ts';
import type { RuleHitRow } from './correlation/hit.ts';
import { rulesErrors } from './errors.ts';
import { createRuleJudge, type JudgedColumn, judgedColumns, type RuleJudge } from './judge.ts';
import { loadPack } from './pack.ts';
import { readText, testFilesIn } from './rule-folder.ts';

/** A record as its source writes it: an object, or the text of a line. */
const TestRecord = z.union([z.string(), z.record(z.string(), z.unknown())]);
const testHead = {
  name: z.exactOptional(z.string().max(200)),
  /** Folder of the source; recognised when not said. */
  source: z.exactOptional(z.string()),
};
/** One record, or several that count together: what a correlation is tested with. */
const TestCase = z.union([
  z.strictObject({ ...testHead, record: TestRecord }),
  z.strictObject({ ...testHead, records: z.array(TestRecord).min(1).max(1_000) }),
]);
type TestCase = z.infer<typeof TestCase>;
/** `NAME.tests.yml` beside `NAME.yml`: of which rule, what it must hit and what it must leave. */
const RuleTestFile = z.strictObject({
  rule: z.string(),
  matches: z.array(TestCase).min(1).max(1_000),
  misses: z.array(TestCase).min(1).max(1_000),
});

export interface RuleTestResult {
  readonly file: string;
  readonly name: string;
  /** Undefined when the rule did what the test says. */
  readonly problem: string | undefined;
}

/**
 * Runs the rule tests of a folder the way that records go: normalised by their source's mapping, routed, judged. `untested`: titles of rules
 * that no file tests. Throws `rules.tests_invalid` and the codes of a pack.
 */
export function runRuleTests(
  folder: string,
  catalogue: SourceCatalogue = loadCatalogue(),
): { readonly results: readonly RuleTestResult[]; readonly untested: readonly string[] } {
  const pack = loadPack(folder);
  const correlations = correlationsInForce([pack]);
  const judge = createRuleJudge([{ ...pack, off: [] }], new Map());
  const tested = new Set<string>();
  const results: RuleTestResult[] = [];
  for (const file of testFilesIn(folder)) {
    const { rule, matches, misses } = readTests(file);
    tested.add(rule);
    const correlation = correlations.get(rule)?.correlation;
    const known = correlation !== undefined || pack.rules.some(({ id }) => id === rule);
    if (!known) results.push({ file, name: rule, problem: 'no sound rule of this folder has this id' });
    for (const [expected, cases] of [[true, matches] as const, [false, misses] as const]) {
      for (const [index, test] of cases.entries()) {
        const name = test.name ?? `${expected ? 'match' : 'miss'} ${index + 1}`;
        results.push({
          file: basename(file),
          name,
          problem: problemOf(test, { rule, correlation }, expected, { judge, catalogue }),
        });
      }
    }
  }
  const all = [...pack.rules, ...pack.correlations];
  const untested = all.filter(({ id }) => !tested.has(id)).map(({ title }) => title);
  return { results, untested };
}

function readTests(file: string): z.infer<typeof RuleTestFile> {
  try {
    return RuleTestFile.parse(parseYaml(readText(file)));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw rulesErrors.make('tests_invalid', `${file}: ${why}`, { cause });
  }
}

interface Tools {
  readonly judge: RuleJudge;
  readonly catalogue: SourceCatalogue;
}

interface Tested {
  /** Id of a rule or a correlation. */
  readonly rule: string;
  readonly correlation: ResolvedCorrelation | undefined;
}

function problemOf(
  test: TestCase,
  { rule, correlation }: Tested,
  expected: boolean,
  tools: Tools,
): string | undefined {
  const records = 'records' in test ? test.records : [test.record];
  const hits: RuleHitRow[] = [];
  for (const [place, record] of records.entries()) {
    const found = hitsOf(record, test.source, place, tools);
    if (typeof found === 'string') return records.length === 1 ? found : `record ${place + 1}: ${found}`;
    hits.push(...found);
  }
  const these = records.length === 1 ? 'this record' : 'these records';
  if (correlation === undefined) {
    if (hits.some((hit) => hit.rule === rule) === expected) return undefined;
    return expected ? `the rule does not hit ${these}` : `the rule hits ${these}`;
  }
  const { episodes } = evaluateCorrelation({ tenant: testTenant, correlation, hits });
  if (episodes.length > 0 === expected) return undefined;
  return expected ? `the correlation is not met by ${these}` : `the correlation is met by ${these}`;
}

const testTenant = 'test';

/** What rules hit in a record; or why it can not be judged. `place` makes events of equal records. */
function hitsOf(
  record: z.infer<typeof TestRecord>,
  written: string | undefined,
  place: number,
  { judge, catalogue }: Tools,
): readonly RuleHitRow[] | string {
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  const recognised = catalogue.recogniseText(text, written);
  if (recognised === undefined) return 'no source recognises the record';
  const { source, form } = recognised;
  const raw = Buffer.from(text);
  const outcome = normalise(catalogue, {
    ...{ tenant: testTenant, source, form, stream: '', receivedAt: 0, seed: '', ordinal: 0, raw },
    place: { partition: 0, offset: 0, sub: 0 },
  });
  if (outcome.kind !== 'event') return `the record is dead: ${outcome.message}`;
  const { row } = outcome;
  const hits = judge.judge({
    ...{ tenant: testTenant, source, class_uid: row.class_uid, columns: columnsOf(row) },
    fields: () => nativeFields(catalogue, { source, form: row.form, raw }),
  });
  return hits.map(({ rule, correlated }) => ({
    ...{
      rule: rule.id,
      eventId: String(place),
      time: Number(row.time ?? 0),
      fields: correlated?.fields ?? {},
    },
  }));
}

function columnsOf(row: EventAttributes): Record<JudgedColumn, string> {
  return Object.fromEntries(judgedColumns.map((name) => [name, row[name]])) as Record<JudgedColumn, string>;
}
