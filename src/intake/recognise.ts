import type { JsonObject, SourceCatalogue } from '../normalise/index.ts';
import type { RecordKind } from './frame/group-builder.ts';

/** What intake needs to know of the sources. */
export type Sources = Pick<SourceCatalogue, 'recognise' | 'recogniseText' | 'form' | 'formsOf'>;

/** The source of JSON objects that no mapping recognises. */
const unknownSource = 'json';
/** Records of a file that are all looked at in full before probes are trusted. */
const sampledRecords = 64;
const lessThan = 60;

interface ProbedKind {
  readonly kind: RecordKind;
  /** Byte strings that every record of the form holds; none: the form can't be told by them. */
  readonly probes: readonly Buffer[];
  /** Probes of the source's forms that are tried before this one: a record that holds one's may be of that form. */
  readonly rivals: readonly (readonly Buffer[])[];
}

/**
 * Says which source and form each record of a file belongs to. Looks at the first records in full; later ones are
 * held to be like the one before as long as they contain its form's probes, and not those of a form that is tried
 * before it; else they are looked at in full again.
 */
export class SourceChooser {
  readonly #sources: Sources;
  readonly #forced: string | undefined;
  readonly #kinds = new Map<string, ProbedKind>();
  #current: ProbedKind | undefined;
  #seen = 0;

  /** `forced`: the source that the user named; only the form is recognised then. */
  constructor(sources: Sources, forced?: string) {
    this.#sources = sources;
    this.#forced = forced;
  }

  /** The kind of the next record. One that is no JSON object counts to the source of the record before it. */
  kindOf(record: Buffer): RecordKind {
    this.#seen += 1;
    const current = this.#current;
    if (current !== undefined && this.#seen > sampledRecords && isLike(record, current)) return current.kind;
    const native = parseObject(record);
    if (native !== undefined) return this.kindOfObject(native);
    const found = record[0] === lessThan ? this.#recogniseXml(record) : undefined;
    return found === undefined ? this.kindOfBroken() : this.#follow(found);
  }

  kindOfObject(native: JsonObject): RecordKind {
    const found = this.#sources.recognise(native, this.#forced);
    return this.#follow(found ?? { source: this.#forced ?? unknownSource, form: '' });
  }

  kindOfBroken(): RecordKind {
    return { source: this.#current?.kind.source ?? this.#forced ?? unknownSource, form: '' };
  }

  #recogniseXml(record: Buffer): RecordKind | undefined {
    return this.#sources.recogniseText(record.toString(), this.#forced);
  }

  #follow({ source, form }: RecordKind): RecordKind {
    this.#current = this.#probed(source, form);
    return this.#current.kind;
  }

  #probed(source: string, form: string): ProbedKind {
    const key = `${source}/${form}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    // A record of any source would pass as one of the last resort.
    const probes = source === unknownSource ? [] : (this.#sources.form(source, form)?.probes ?? []);
    const forms = this.#sources.formsOf(source);
    const before = forms.slice(
      0,
      Math.max(
        0,
        forms.findIndex((other) => other.form === form),
      ),
    );
    const made = {
      kind: { source, form },
      probes: bytesOf(probes),
      rivals: before.map((rival) => bytesOf(rival.probes)).filter((rival) => rival.length > 0),
    };
    this.#kinds.set(key, made);
    return made;
  }
}

const bytesOf = (probes: readonly string[]) => probes.map((probe) => Buffer.from(probe));

const isLike = (record: Buffer, { probes, rivals }: ProbedKind) =>
  containsAll(record, probes) && !rivals.some((rival) => containsAll(record, rival));

function containsAll(record: Buffer, probes: readonly Buffer[]): boolean {
  for (const probe of probes) {
    if (!record.includes(probe)) return false;
  }
  return probes.length > 0;
}

/** The record as a JSON object; undefined when it's none. */
export function parseObject(record: Buffer): JsonObject | undefined {
  const parsed = parseJson(record);
  return parsed.isJson && isObject(parsed.value) ? parsed.value : undefined;
}

export function parseJson(record: Buffer): { isJson: true; value: unknown } | { isJson: false; why: string } {
  try {
    return { isJson: true, value: JSON.parse(record.toString()) };
  } catch (error) {
    return { isJson: false, why: error instanceof Error ? error.message : String(error) };
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
