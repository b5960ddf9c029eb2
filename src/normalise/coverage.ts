import { attributeNames } from '../contracts/index.ts';
import type { SourceCatalogue } from './catalogue.ts';
import { isJsonObject, type JsonObject, type JsonValue, type NativePath, printPath } from './native.ts';
import { type InputRecord, normalise } from './normalise.ts';

/** How much of a source's records its mapping takes up. Shares are between 0 and 1. */
export interface Coverage {
  readonly records: number;
  /** Share of records that became dead letters. */
  readonly dead: number;
  /** Share of the native fields in all records (scalars and arrays, however nested) that the mapping reads. */
  readonly mapped: number;
  /** Mean share of the typed columns that an event fills. */
  readonly filled: number;
  /** Typed columns that at least one event fills. */
  readonly columns: number;
}

/** Measures records of one source. Fields within text that must be decoded first (XML) are not counted. */
export function measureCoverage(catalogue: SourceCatalogue, records: Iterable<InputRecord>): Coverage {
  const used = new Set<string>();
  let [count, dead, fields, mapped, filled] = [0, 0, 0, 0, 0];
  for (const record of records) {
    count += 1;
    const outcome = normalise(catalogue, record);
    if (outcome.kind === 'dead') {
      dead += 1;
      continue;
    }
    const { row } = outcome;
    for (const name of attributeNames) {
      const value = row[name];
      if (value === null || (typeof value !== 'bigint' && value.length === 0)) continue;
      filled += 1;
      used.add(name);
    }
    const reads = readerOf(catalogue, row.source, row.form);
    for (const path of nativePaths(parse(record.raw))) {
      fields += 1;
      if (reads(path)) mapped += 1;
    }
  }
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    records: count,
    dead: share(dead, count),
    mapped: share(mapped, fields),
    filled: share(filled, (count - dead) * attributeNames.length),
    columns: used.size,
  };
}

/** Says whether a form reads a path, or the object that it lies in as a whole. */
function readerOf(catalogue: SourceCatalogue, source: string, name: string): (path: NativePath) => boolean {
  const compiled = catalogue.compiled(source);
  const form = compiled?.forms.find((candidate) => candidate.form.name === name);
  const leaves = new Set(form?.leaves.map(printPath));
  return (path) => path.some((_, index) => leaves.has(printPath(path.slice(0, index + 1))));
}

/** The paths of all native fields that hold anything: scalars and arrays, however nested. */
export function* nativePaths(value: JsonObject, above: NativePath = []): Generator<NativePath> {
  for (const [key, inner] of Object.entries(value)) {
    const path = [...above, key];
    if (isJsonObject(inner)) yield* nativePaths(inner, path);
    else if (inner !== null && inner !== '') yield path;
  }
}

function parse(raw: Buffer): JsonObject {
  try {
    const value = JSON.parse(raw.toString()) as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
