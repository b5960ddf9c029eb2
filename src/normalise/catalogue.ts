import { fileURLToPath } from 'node:url';
import type { CompiledForm, CompiledMapping } from './compiled.ts';
import { decodeText, looksOf } from './decode.ts';
import { printSelect } from './form-sql.ts';
import { formNamed, nameUnderHeader } from './header-form.ts';
import { readsText } from './mapping.ts';
import { isJsonObject, type JsonObject, printPath } from './native.ts';
import { firstUnmet, textsOfNative } from './recognise.ts';
import { compileSource, readSources } from './source-text.ts';
import { auditEventOf, endsAuditEvent } from './text/audit.ts';

/** The form's SELECT, in the order of `stageColumns`; `input` is a relation with the columns of a batch file. */
export interface FormSql {
  select(input: string): string;
}

export interface SourceForm {
  readonly source: string;
  readonly form: string;
  readonly mappingVersion: number;
  /** Texts that every record of the form contains: a cheap check, not a proof. */
  readonly probes: readonly string[];
  /** Undefined when the form must be decoded by the function (XML, most text). */
  readonly sql: FormSql | undefined;
  /** True when its records are bare lines of text. */
  readonly readsLines: boolean;
  /** How the records of one event are told; undefined where a record is an event. */
  readonly joins: RecordJoin | undefined;
}

/** Of a form whose events come as several records, one behind the other or among those of other events. */
export interface RecordJoin {
  /** What all records of an event share, and no other event of the stream has; undefined: the record stands alone. */
  eventOf(record: string): string | undefined;
  /** True when the record says that its event is complete. */
  endsEvent(record: string): boolean;
}

export interface Recognised {
  readonly source: string;
  readonly form: string;
}

/** The sources that this program can normalise. */
export interface SourceCatalogue {
  /** Folder names, sorted. */
  readonly sources: readonly string[];
  /** The first form that fits: of all sources, or `within` one. The last resort is tried last. */
  recognise(native: JsonObject, within?: string): Recognised | undefined;
  /** Like `recognise`, for a record as it stands: JSON, bare event XML or a line of text. Undefined too when it is none. */
  recogniseText(record: string, within?: string): Recognised | undefined;
  /** What the lines below a header line are of; undefined when the line is no header of any form. */
  recogniseHeader(line: string, within?: string): Recognised | undefined;
  form(source: string, form: string): SourceForm | undefined;
  formsOf(source: string): readonly SourceForm[];
  /** The mapping as the function runs it; for this room and its tests. */
  compiled(source: string): CompiledMapping | undefined;
}

/** The sources that come with the program; `src/` and `dist/` lie equally deep beside `content/`. */
export const ownSources = fileURLToPath(new URL('../../content/sources', import.meta.url));

/**
 * Reads every source folder (one that holds a `mapping.yaml`) in `folders`; of equal names the later folder wins.
 * Throws `normalise.mapping_invalid` with file, line and column.
 */
export function loadCatalogue(folders: readonly string[] = [ownSources]): SourceCatalogue {
  const found = folders.flatMap(readSources).map((source) => [source.source, source] as const);
  return catalogueOf([...new Map(found).values()].map(compileSource));
}

export function catalogueOf(mappings: readonly CompiledMapping[]): SourceCatalogue {
  const sorted = mappings.toSorted((left, right) => (left.mapping.source < right.mapping.source ? -1 : 1));
  const bySource = new Map(sorted.map((compiled) => [compiled.mapping.source, compiled]));
  const forms = new Map(
    sorted.map((compiled) => [
      compiled.mapping.source,
      compiled.forms.map((form) => sourceForm(compiled, form)),
    ]),
  );
  const inTurn = sorted.toSorted(
    (left, right) => Number(left.mapping.lastResort) - Number(right.mapping.lastResort),
  );
  const within = (source: string | undefined) => {
    return source === undefined
      ? inTurn
      : [bySource.get(source)].filter((compiled) => compiled !== undefined);
  };
  const recognise = (native: JsonObject, source?: string) => {
    const textAt = textsOfNative(native);
    return firstForm(
      within(source),
      ({ form }) => !readsText(form) && firstUnmet(form.recognise, textAt) === undefined,
    );
  };
  return {
    sources: [...bySource.keys()],
    recognise,
    recogniseText(record, source) {
      const looks = looksOf(record);
      if (looks === 'xml') return firstForm(within(source), ({ form }) => form.decode?.kind === 'event_xml');
      if (looks === 'text') return firstForm(within(source), (form) => isLineOf(form, record));
      const native = parseQuietly(record);
      return isJsonObject(native) ? recognise(native, source) : undefined;
    },
    recogniseHeader(line, source) {
      for (const { mapping, forms: candidates } of within(source)) {
        for (const candidate of candidates) {
          const form = nameUnderHeader(candidate, line);
          if (form !== undefined) return { source: mapping.source, form };
        }
      }
      return undefined;
    },
    form(source, name) {
      const known = forms.get(source)?.find((candidate) => candidate.form === name);
      const compiled = bySource.get(source);
      if (known !== undefined || compiled === undefined || !name.includes(' ')) return known;
      const form = formNamed(compiled, name);
      return form === undefined ? undefined : sourceForm(compiled, form);
    },
    formsOf: (source) => forms.get(source) ?? [],
    compiled: (source) => bySource.get(source),
  };
}

function firstForm(
  mappings: readonly CompiledMapping[],
  fits: (form: CompiledForm) => boolean,
): Recognised | undefined {
  for (const { mapping, forms } of mappings) {
    const form = forms.find(fits);
    if (form !== undefined) return { source: mapping.source, form: form.form.name };
  }
  return undefined;
}

function sourceForm(compiled: CompiledMapping, form: CompiledForm): SourceForm {
  return {
    source: compiled.mapping.source,
    form: form.form.name,
    mappingVersion: compiled.mapping.version,
    probes: form.form.probes,
    sql: hasSql(compiled, form) ? { select: (input) => printSelect(compiled, form, input) } : undefined,
    readsLines: readsText(form.form),
    joins: form.form.decode?.kind === 'audit' && readsText(form.form) ? auditJoin : undefined,
  };
}

const auditJoin: RecordJoin = { eventOf: auditEventOf, endsEvent: endsAuditEvent };

/** Messages, XML and most text are read by the function only. */
function hasSql({ mapping }: CompiledMapping, { form }: CompiledForm): boolean {
  if (mapping.patterns !== undefined) return false;
  const { decode } = form;
  return (
    decode === undefined || (decode.kind === 'delimited' && readsText(form) && decode.columns.length > 0)
  );
}

function isLineOf({ form }: CompiledForm, line: string): boolean {
  const fields = readsText(form) ? decodeText(form.decode, line) : undefined;
  if (fields === undefined) return false;
  return firstUnmet(form.recognise, (path) => fields.get(printPath(path)) ?? '') === undefined;
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
