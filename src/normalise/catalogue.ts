import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledForm, type CompiledMapping, compileMapping } from './compiled.ts';
import { isBareXml } from './decode.ts';
import { normaliseErrors } from './errors.ts';
import { printSelect } from './form-sql.ts';
import { readMapping } from './mapping-file.ts';
import { isJsonObject, type JsonObject } from './native.ts';
import { firstUnmet, textsOfNative } from './recognise.ts';

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
  /** Undefined when the form must be decoded by the function (XML). */
  readonly sql: FormSql | undefined;
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
  /** Like `recognise`, for a record as it stands: JSON or bare event XML. Undefined too when it is neither. */
  recogniseText(record: string, within?: string): Recognised | undefined;
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
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'mapping.yaml')))
      .map((entry) => [entry.name, join(folder, entry.name, 'mapping.yaml')] as const),
  );
  const mappings = [...new Map(files)].map(([name, file]) => loadOne(name, file));
  return catalogueOf(mappings);
}

function loadOne(name: string, file: string): CompiledMapping {
  const mapping = readMapping(file);
  if (mapping.source !== name) {
    throw normaliseErrors.make(
      'mapping_invalid',
      `${file}: source is '${mapping.source}', its folder '${name}'`,
    );
  }
  try {
    return compileMapping(mapping);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw normaliseErrors.make('mapping_invalid', `${file}: ${why}`, { cause });
  }
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
    return firstForm(within(source), ({ form }) => firstUnmet(form.recognise, textAt) === undefined);
  };
  return {
    sources: [...bySource.keys()],
    recognise,
    recogniseText(record, source) {
      if (isBareXml(record))
        return firstForm(within(source), ({ form }) => form.decode?.kind === 'event_xml');
      const native = parseQuietly(record);
      return isJsonObject(native) ? recognise(native, source) : undefined;
    },
    form: (source, form) => forms.get(source)?.find((candidate) => candidate.form === form),
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
    sql:
      form.form.decode === undefined ? { select: (input) => printSelect(compiled, form, input) } : undefined,
  };
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
