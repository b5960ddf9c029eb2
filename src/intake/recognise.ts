import type { JsonObject, RecordJoin, SourceCatalogue } from '../normalise/index.ts';
import type { RecordKind } from './frame/group-builder.ts';

/** What intake needs to know of the sources. */
export type Sources = Pick<
  SourceCatalogue,
  'recognise' | 'recogniseText' | 'recogniseHeader' | 'form' | 'formsOf'
>;

/** The source of JSON objects that no mapping recognises. */
const unknownSource = 'json';
/** Records of a file that are all looked at in full before probes are trusted. */
const sampledRecords = 64;
/** Bytes of a header line. */
const longestHeader = 4096;
/** How JSON objects and arrays begin; what begins otherwise is XML or text. */
const jsonStarts: ReadonlySet<number | undefined> = new Set([123, 91]);

interface ProbedKind {
  readonly kind: RecordKind;
  /** Byte strings that every record of the form holds; none: the form can't be told by them. */
  readonly probes: readonly Buffer[];
  /** Probes of the source's forms that are tried before this one: a record that holds one's may be of that form. */
  readonly rivals: readonly (readonly Buffer[])[];
  readonly join: RecordJoin | undefined;
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
  /** What a header line above said of the lines below it. */
  #underHeader: RecordKind | undefined;
  #header: Buffer | undefined;
  #mayBeHeader: boolean = true;
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
    if (jsonStarts.has(record[0])) {
      const native = parseObject(record);
      return native === undefined ? this.kindOfBroken() : this.kindOfObject(native);
    }
    return this.kindOfText(record) ?? this.#kindOfOdd(record);
  }

  /** The kind of a line of text or an XML event; undefined when no source knows it. */
  kindOfText(record: Buffer): RecordKind | undefined {
    const text = record.toString();
    const found = this.#underHeader ?? this.#sources.recogniseText(text, this.#forced);
    return found === undefined ? undefined : this.#follow(found);
  }

  /**
   * True when the line is a header, which is no record: it says of what kind the lines below it are. It stands before
   * all records, and may come again where files were joined.
   */
  takesHeader(line: Buffer): boolean {
    if (!this.#mayBeHeader) return this.#header?.equals(line) ?? false;
    this.#mayBeHeader = false;
    if (line.length > longestHeader || jsonStarts.has(line[0])) return false;
    this.#underHeader = this.#sources.recogniseHeader(line.toString(), this.#forced);
    if (this.#underHeader !== undefined) this.#header = Buffer.from(line);
    return this.#underHeader !== undefined;
  }

  /** How the records of a kind become events together; undefined when each is one. */
  joinOf({ source, form }: RecordKind): RecordJoin | undefined {
    return form === '' ? undefined : this.#probed(source, form).join;
  }

  /** White space or a byte order mark may stand before JSON. */
  #kindOfOdd(record: Buffer): RecordKind {
    const native = parseObject(record);
    return native === undefined ? this.kindOfBroken() : this.kindOfObject(native);
  }

  kindOfObject(native: JsonObject): RecordKind {
    const found = this.#sources.recognise(native, this.#forced);
    return this.#follow(found ?? { source: this.#forced ?? unknownSource, form: '' });
  }

  kindOfBroken(): RecordKind {
    return { source: this.#current?.kind.source ?? this.#forced ?? unknownSource, form: '' };
  }

  #follow({ source, form }: RecordKind): RecordKind {
    this.#current = this.#probed(source, form);
    return this.#current.kind;
  }

  #probed(source: string, form: string): ProbedKind {
    const key = `${source}/${form}`;
    const before = this.#kinds.get(key);
    if (before !== undefined) return before;
    // A record of any source would pass as one of the last resort.
    const known = source === unknownSource ? undefined : this.#sources.form(source, form);
    const probes = known?.probes ?? [];
    const forms = this.#sources.formsOf(source);
    const earlier = forms.slice(
      0,
      Math.max(
        0,
        forms.findIndex((other) => other.form === form),
      ),
    );
    const made = {
      kind: { source, form },
      probes: bytesOf(probes),
      join: known?.joins,
      rivals: earlier.map((rival) => bytesOf(rival.probes)).filter((rival) => rival.length > 0),
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
