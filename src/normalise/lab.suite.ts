import { catalogueOf, type SourceCatalogue } from './catalogue.ts';
import { compileMapping } from './compiled.ts';
import type { Engine } from './engine.suite.ts';
import { parseMapping } from './mapping-file.ts';
import { type InputRecord, normalise } from './normalise.ts';
import { type EventRow, stageColumns } from './stage-columns.ts';

/** A catalogue of one mapping, written as YAML. */
export function catalogueOfYaml(...mappings: readonly string[]): SourceCatalogue {
  return catalogueOf(mappings.map((yaml) => compileMapping(parseMapping(yaml, 'lab.yaml'))));
}

/** A record at some place, received at some time. */
export function recordOf(raw: string | Buffer, source: string, form: string, row = 0): InputRecord {
  return {
    row,
    tenant: 'acme',
    source,
    form,
    stream: 'key/lab',
    receivedAt: 1_741_076_127_123,
    seed: 'c0ffee',
    ordinal: row % 5,
    place: { partition: 3, offset: 7_000_000_000, sub: row },
    raw: Buffer.from(raw),
  };
}

export interface Comparison {
  readonly records: number;
  /** Rows of which the SQL was sure. */
  readonly sure: number;
  /** What differed, one line each: must be none. */
  readonly differences: readonly string[];
}

const shownDifferences = 5;
const shownCharacters = 600;

/** Runs records of one form through SQL and function. Where the SQL is sure, every column must be equal. */
export async function compare(engine: Engine, catalogue: SourceCatalogue, records: readonly InputRecord[]) {
  const [first] = records;
  const sql = first === undefined ? undefined : catalogue.form(first.source, first.form)?.sql;
  if (sql === undefined) throw new Error('the form has no SQL');
  const rows = await engine.rows(sql.select(engine.relation(records)));
  const byNumber = new Map(rows.map((row) => [row.row, row]));
  const differences: string[] = [];
  let sure = 0;
  for (const record of records) {
    const row = byNumber.get(record.row ?? 0);
    if (row === undefined) differences.push(`row ${record.row} is missing`);
    if (row?.ok !== 1) continue;
    sure += 1;
    const outcome = normalise(catalogue, record);
    if (outcome.kind === 'dead') differences.push(`sure, but ${outcome.code}: ${record.raw}`);
    else
      differences.push(
        ...differencesOf(row, outcome.row).map((text) =>
          `${text} in ${record.raw}`.slice(0, shownCharacters),
        ),
      );
  }
  if (rows.length !== records.length) differences.push(`${rows.length} rows of ${records.length} records`);
  return {
    records: records.length,
    sure,
    differences: differences.slice(0, shownDifferences),
  } satisfies Comparison;
}

function differencesOf(sql: EventRow, made: EventRow): string[] {
  return stageColumns.flatMap(({ name }) => {
    const [left, right] = [textOf(sql[name]), textOf(made[name])];
    return left === right ? [] : [`${name}: SQL ${left}, function ${right}`];
  });
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return JSON.stringify(value);
  return `${typeof value} ${String(value)}`;
}
