import { basename } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import type { EventAttributes } from '../contracts/index.ts';
import { loadCatalogue, nativeFields, normalise, type SourceCatalogue } from '../normalise/index.ts';
import { rulesErrors } from './errors.ts';
import { createRuleJudge, type JudgedColumn, judgedColumns, type RuleJudge } from './judge.ts';
import { loadPack, readText, testFilesIn } from './pack.ts';

/** A record as its source writes it: an object, or the text of a line. */
const TestRecord = z.union([z.string(), z.record(z.string(), z.unknown())]);
const TestCase = z.strictObject({
  name: z.exactOptional(z.string().max(200)),
  /** Folder of the source; recognised when not said. */
  source: z.exactOptional(z.string()),
  record: TestRecord,
});
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
  const judge = createRuleJudge([pack], new Map());
  const tested = new Set<string>();
  const results: RuleTestResult[] = [];
  for (const file of testFilesIn(folder)) {
    const { rule, matches, misses } = readTests(file);
    tested.add(rule);
    const known = pack.rules.some(({ id }) => id === rule);
    if (!known) results.push({ file, name: rule, problem: 'no sound rule of this folder has this id' });
    for (const [expected, cases] of [[true, matches] as const, [false, misses] as const]) {
      for (const [index, test] of cases.entries()) {
        const name = test.name ?? `${expected ? 'match' : 'miss'} ${index + 1}`;
        results.push({
          file: basename(file),
          name,
          problem: problemOf(test, rule, expected, { judge, catalogue }),
        });
      }
    }
  }
  const untested = pack.rules.filter(({ id }) => !tested.has(id)).map(({ title }) => title);
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

function problemOf(
  test: z.infer<typeof TestCase>,
  rule: string,
  expected: boolean,
  { judge, catalogue }: { readonly judge: RuleJudge; readonly catalogue: SourceCatalogue },
): string | undefined {
  const text = typeof test.record === 'string' ? test.record : JSON.stringify(test.record);
  const recognised = catalogue.recogniseText(text, test.source);
  if (recognised === undefined) return 'no source recognises the record';
  const { source, form } = recognised;
  const raw = Buffer.from(text);
  const outcome = normalise(catalogue, {
    ...{ tenant: 'test', source, form, stream: '', receivedAt: 0, seed: '', ordinal: 0, raw },
    place: { partition: 0, offset: 0, sub: 0 },
  });
  if (outcome.kind !== 'event') return `the record is dead: ${outcome.message}`;
  const { row } = outcome;
  const hits = judge.judge({
    ...{ tenant: 'test', source, class_uid: row.class_uid, columns: columnsOf(row) },
    fields: () => nativeFields(catalogue, { source, form: row.form, raw }),
  });
  const hit = hits.some((found) => found.rule.id === rule);
  if (hit === expected) return undefined;
  return expected ? 'the rule does not hit this record' : 'the rule hits this record';
}

function columnsOf(row: EventAttributes): Record<JudgedColumn, string> {
  return Object.fromEntries(judgedColumns.map((name) => [name, row[name]])) as Record<JudgedColumn, string>;
}
