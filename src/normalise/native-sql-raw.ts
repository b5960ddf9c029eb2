import { quoteString, type TrustedSql, trust } from '../sql/index.ts';
import type { SourceCatalogue } from './catalogue.ts';
import { printAll, printAny } from './expression-sql.ts';
import { type Form, pathsOf } from './mapping.ts';
import type { NativePath } from './native.ts';
import type { EventPlace, RawReading, RecordReading } from './native-sql.ts';

/** Sources whose forms are told apart in one expression. */
const maxSources = 4;

/** Reads a field from the raw JSON of every form that is JSON and nothing else; undefined when no form of the place is. */
export function readRaw(
  catalogue: SourceCatalogue,
  { sources }: EventPlace,
  names: readonly string[],
): RawReading | undefined {
  const forms = jsonForms(catalogue, sources);
  if (forms.length === 0) return undefined;
  return {
    text: byForm(forms, (form) => printText(placesIn(form, names)), "''"),
    state: byForm(forms, (form) => printState(placesIn(form, names)), '0'),
    doubt: byForm(forms, (form) => printAny(['0', ...names.flatMap((name) => printDoubts(form, name))]), '0'),
  };
}

/** What concerns the records as a whole. */
export function readRecord(catalogue: SourceCatalogue, { sources }: EventPlace): RecordReading | undefined {
  const forms = jsonForms(catalogue, sources);
  if (forms.length === 0) return undefined;
  const escaped = `multiSearchAny(raw, [${['\\u', '\\/'].map(quoteString).join(', ')}])`;
  return {
    readable: byForm(forms, (form) => printAll(['isValidJSON(raw)', ...printShape(form)]), '0'),
    spaced: byForm(forms, (form) => printSpaced(form), '[]::Array(String)'),
    plain: byForm(forms, () => `not(${escaped})`, '0'),
  };
}

interface RowsOfForm {
  /** Which rows are of the form, as an element of a set. */
  readonly row: string;
  readonly isOneSource: boolean;
  readonly form: Form;
}

function jsonForms(
  catalogue: SourceCatalogue,
  sources: readonly string[] | undefined,
): readonly RowsOfForm[] {
  if (sources === undefined || sources.length > maxSources) return [];
  const isOneSource = sources.length === 1;
  return sources.flatMap((source) => {
    const forms = catalogue.compiled(source)?.mapping.forms ?? [];
    return forms
      .filter(({ decode }) => decode === undefined)
      .map((form) => {
        const row = isOneSource
          ? quoteString(form.name)
          : `(${quoteString(source)}, ${quoteString(form.name)})`;
        return { row, isOneSource, form };
      });
  });
}

/** Forms that are read alike are read at once. */
function byForm(forms: readonly RowsOfForm[], print: (form: Form) => string, otherwise: string): TrustedSql {
  const rowsOf = new Map<string, RowsOfForm[]>();
  for (const one of forms) {
    const printed = print(one.form);
    const rows = rowsOf.get(printed) ?? [];
    rowsOf.set(printed, rows);
    rows.push(one);
  }
  const branches = [...rowsOf].flatMap(([printed, rows]) => {
    const columns = rows[0]?.isOneSource === true ? 'form' : '(source, form)';
    return printed === otherwise
      ? []
      : [`in(${columns}, (${rows.map(({ row }) => row).join(', ')}))`, printed];
  });
  return trust(branches.length === 0 ? otherwise : `multiIf(${[...branches, otherwise].join(', ')})`);
}

/** Where one name may stand: first what the form says of it, of which the first that is filled counts, then elsewhere. */
interface Places {
  readonly own: readonly NativePath[];
  readonly elsewhere: readonly NativePath[];
}

const nameIn = (form: Form, field: string) => (form.lowerKeys ? field.toLowerCase() : field);

function placesIn(form: Form, fields: readonly string[]): readonly Places[] {
  return fields.map((field) => {
    const name = nameIn(form, field);
    const own = distinct(pathsOf(form, field));
    const known = new Set(own.map(keyOf));
    const below = prefixesOf(form).flatMap((prefix) => [
      [...prefix, name],
      [...prefix, ...name.split('.')],
    ]);
    return { own, elsewhere: distinct(below).filter((path) => !known.has(keyOf(path))) };
  });
}

const root: readonly NativePath[] = [[]];

function prefixesOf({ data }: Form): readonly NativePath[] {
  return distinct([...data, ...root]);
}

const keyOf = (path: NativePath) => JSON.stringify(path);

function distinct(paths: readonly NativePath[]): readonly NativePath[] {
  return [...new Map(paths.map((path) => [keyOf(path), path])).values()];
}

const at = (path: NativePath) => ['raw', ...path.map(quoteString)].join(', ');
const textAt = (path: NativePath) => `JSONExtractString(${at(path)})`;
const isThere = (path: NativePath) => `JSONHas(${at(path)})`;

/** The text at the first of the names that is there. */
function printText(names: readonly Places[]): string {
  return names.reduceRight((later, { own, elsewhere }) => {
    const [only] = own;
    if (later === "''" && own.length === 1 && elsewhere.length === 0 && only !== undefined)
      return textAt(only);
    const filled = own.flatMap((path) => [`notEmpty(${textAt(path)})`, textAt(path)]);
    const rest = elsewhere.flatMap((path) => [isThere(path), textAt(path)]);
    return `multiIf(${[...filled, printAny(own.map(isThere)), "''", ...rest, later].join(', ')})`;
  }, "''");
}

function printState(names: readonly Places[]): string {
  const states = names
    .flatMap(({ own, elsewhere }) => [...own, ...elsewhere])
    .flatMap((path) => [isThere(path), `if(equals(JSONType(${at(path)}), 'Null'), 1, 2)`]);
  return `multiIf(${[`notEmpty(${printText(names)})`, '2', ...states, '0'].join(', ')})`;
}

/** Where a name with dots may stand without being at its places: below an array, or below a member with dots of its own. */
function printDoubts(form: Form, field: string): string[] {
  const parts = nameIn(form, field).split('.');
  const holders = prefixesOf(form).flatMap((prefix) =>
    parts.slice(1).map((_, index) => [...prefix, ...parts.slice(0, index + 1)]),
  );
  return [...holders.map((path) => `equals(JSONType(${at(path)}), 'Array')`), ...printRuns(parts)];
}

function printRuns(parts: readonly string[]): string[] {
  const runs: string[] = [];
  for (let from = 0; from < parts.length; from++) {
    for (let to = from + 2; to <= parts.length; to++) {
      if (to - from < parts.length) runs.push(`"${parts.slice(from, to).join('.')}"`);
    }
  }
  return runs.length === 0 ? [] : [`multiSearchAny(raw, [${runs.map(quoteString).join(', ')}])`];
}

/** That what holds fields is no array, and no key is written as a path (`winlog/channel`), which would stand before the path. */
function printShape(form: Form): string[] {
  const holders = form.data.filter((path) => path.length > 0);
  const starts = [...holders, ...[...form.paths.values()].flat().filter((path) => path.length > 1)].map(
    ([start = '']) => start,
  );
  const needles = [...new Set(starts)].flatMap((start) => [`"${start}/`, `"${start}\\/`]);
  return [
    ...holders.map((path) => `notEquals(JSONType(${at(path)}), 'Array')`),
    ...(needles.length === 0
      ? []
      : [`not(multiSearchAny(raw, [${[...needles, '\\u002f', '\\u002F'].map(quoteString).join(', ')}]))`]),
  ];
}

function printSpaced(form: Form): string {
  const keys = prefixesOf(form).map((prefix) => `JSONExtractKeys(${at(prefix)})`);
  const all = keys.length === 1 ? keys[0] : `arrayConcat(${keys.join(', ')})`;
  return `arrayMap(key -> replaceAll(key, ' ', ''), arrayFilter(key -> greater(position(key, ' '), 0), ${all}))`;
}
