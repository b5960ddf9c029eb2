import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCatalogue, ownSources } from './catalogue.ts';
import { type Coverage, measureCoverage } from './coverage.ts';
import { Engine } from './engine.suite.ts';
import { compare, recordOf } from './lab.suite.ts';
import { type InputRecord, normalise } from './normalise.ts';
import { haveRecordings, linesOf, recordingsOf } from './recordings.suite.ts';

const catalogue = loadCatalogue();
const engine = new Engine();
afterAll(() => engine[Symbol.dispose]());

/** Records of a recording that are looked at. */
const wanted = 500;
/** A mapping change may not lose more of a share than rounding. */
const tolerance = 0.0005;

interface Sample {
  readonly file: string;
  readonly lines: readonly string[];
}

/** Samples of this name are recognised, but can't become events. */
const deadSamples = 'dead.ndjson';

function samplesOf(source: string): Sample[] {
  const folder = join(ownSources, source, 'samples');
  const files = readdirSync(folder).filter((name) => /\.(?:ndjson|log)$/.test(name) && name !== deadSamples);
  return files.map((file) => ({ file, lines: linesIn(join(folder, file)) }));
}

function linesIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** Lines with what they are of; below a header line, which is no record, what that says. */
function recognised(lines: readonly string[], source?: string) {
  const header = catalogue.recogniseHeader(lines[0] ?? '', source);
  const records = header === undefined ? lines : lines.slice(1);
  return records.map((line) => ({ line, found: header ?? catalogue.recogniseText(line, source) }));
}

/** Recognises lines within a source and numbers them per form. */
function byForm(lines: readonly string[], source: string): Map<string, InputRecord[]> {
  const forms = new Map<string, InputRecord[]>();
  for (const { line, found } of recognised(lines, source)) {
    const form = found?.form ?? '';
    const records = forms.get(form) ?? [];
    forms.set(form, records);
    records.push(recordOf(line, source, form, records.length));
  }
  return forms;
}

async function differencesIn(lines: readonly string[], source: string): Promise<string[]> {
  const differences: string[] = [];
  for (const [form, records] of byForm(lines, source)) {
    if (catalogue.form(source, form)?.sql === undefined) continue;
    const comparison = await compare(engine, catalogue, records);
    differences.push(...comparison.differences);
  }
  return differences;
}

describe.each(catalogue.sources)('%s', (source) => {
  const samples = samplesOf(source);

  test('has samples of every form, and each is recognised', () => {
    const forms = new Set<string>();
    for (const { file, lines } of samples) {
      for (const { line, found } of recognised(lines)) {
        expect(found?.source, `${file}: ${line}`).toBe(source);
        // Behind the name stand the columns of a header.
        forms.add(found?.form.split(' ')[0] ?? '');
      }
    }
    expect([...forms].sort()).toEqual(
      catalogue
        .formsOf(source)
        .map(({ form }) => form)
        .sort(),
    );
  });

  test('no sample is a dead letter', () => {
    for (const { lines } of samples) {
      for (const records of byForm(lines, source).values()) {
        for (const record of records) expect(normalise(catalogue, record)).toMatchObject({ kind: 'event' });
      }
    }
  });

  test('what is kept as a dead sample is recognised, and a dead letter', () => {
    const file = join(ownSources, source, 'samples', deadSamples);
    for (const line of existsSync(file) ? linesIn(file) : []) {
      const found = catalogue.recogniseText(line);
      expect(found?.source, line).toBe(source);
      expect(normalise(catalogue, recordOf(line, source, found?.form ?? ''))).toMatchObject({ kind: 'dead' });
    }
  });

  test('every line of a form holds its probes', () => {
    for (const { lines } of samples) {
      for (const { line, found } of recognised(lines)) {
        const form = found?.form ?? '';
        for (const probe of catalogue.form(source, form)?.probes ?? []) expect(line).toContain(probe);
      }
    }
  });

  test('SQL and function make the same rows of the samples', async () => {
    for (const { lines } of samples) expect(await differencesIn(lines, source)).toEqual([]);
  });

  test('the SQL yields the stage columns with their types', async () => {
    for (const form of catalogue.formsOf(source)) {
      if (form.sql === undefined) continue;
      const described = await engine.values(`DESCRIBE (${form.sql.select(engine.relation([]))})`);
      expect(described.map(([name, type]) => ({ name, type }))).toEqual(engine.stage);
    }
  });
});

describe.skipIf(!haveRecordings).each(Object.entries(recordingsOf))(
  'recordings of %s',
  (source, recordings) => {
    let lines: readonly string[] = [];
    beforeAll(async () => {
      const parts: string[][] = [];
      for (const recording of recordings) parts.push(await linesOf(recording, wanted));
      lines = parts.flat();
    }, 120_000);

    test('SQL and function make the same rows', { timeout: 120_000 }, async () => {
      expect(await differencesIn(lines, source)).toEqual([]);
    });

    test('fewer than 0.5 % are dead letters, whatever source they turn out to be of', () => {
      const outcomes = lines.map((line) => {
        const found = catalogue.recogniseText(line);
        return normalise(catalogue, recordOf(line, found?.source ?? source, found?.form ?? ''));
      });
      const dead = outcomes.filter(({ kind }) => kind === 'dead');
      expect(dead.length / lines.length).toBeLessThan(0.005);
    });

    test('no less is mapped and filled than the floor file says', () => {
      const floor = JSON.parse(readFileSync(join(ownSources, source, 'coverage.json'), 'utf8')) as Coverage;
      const records = lines.filter((line) => catalogue.recogniseText(line)?.source === source);
      const coverage = measureCoverage(
        catalogue,
        records.map((line, row) => recordOf(line, source, '', row)),
      );
      expect(coverage.mapped).toBeGreaterThan(floor.mapped - tolerance);
      expect(coverage.filled).toBeGreaterThan(floor.filled - tolerance);
      expect(coverage.columns).toBeGreaterThanOrEqual(floor.columns);
    });
  },
);
