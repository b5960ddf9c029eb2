import { fold } from './fold.ts';

/** An event as its source wrote it. */
export interface NativeFields {
  /**
   * The value of a field by its native name, dots for members of members (`userIdentity.type`); undefined when the
   * field is absent. Numbers beyond 2^53 are bigints.
   */
  get(field: string): unknown;
  /** All values of the event as texts, for keyword searches. */
  values(): Iterable<string>;
}

/** What a field of one event holds: the texts of its value, or of each element where it is an array. */
export class FieldTexts {
  readonly present: boolean;
  /** True when the field is absent, or null is its value or one of its elements. */
  readonly holdsNull: boolean;
  readonly texts: readonly string[];
  #folded: readonly string[] | undefined;

  constructor(value: unknown) {
    this.present = value !== undefined;
    const texts: string[] = [];
    this.holdsNull = collect(value, texts, 0) || value === undefined;
    this.texts = texts;
  }

  /** In lower case. */
  get folded(): readonly string[] {
    this.#folded ??= this.texts.map(fold);
    return this.#folded;
  }
}

const maxArrayDepth = 64;
const absent = new FieldTexts(undefined);

/** Adds the texts of a value; true when null is among them. */
function collect(value: unknown, texts: string[], depth: number): boolean {
  if (value === null) return true;
  if (value === undefined) return false;
  if (!Array.isArray(value) || depth > maxArrayDepth) {
    texts.push(textOfValue(value));
    return false;
  }
  let holdsNull = false;
  for (const element of value) holdsNull = collect(element, texts, depth + 1) || holdsNull;
  return holdsNull;
}

/** Scalars as JSON writes them, without quotes; objects as compact JSON. */
function textOfValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value).replace('e+', 'e');
  return typeof value === 'object' ? compactJson(value) : String(value);
}

/** JSON without blanks; long integers keep their digits. */
function compactJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${compactJson(member)}`,
  );
  return `{${members.join(',')}}`;
}

/** Which fields rules read, numbered once, so that an event's are looked up by number. */
export class FieldNumbers {
  readonly #numbers = new Map<string, number>();
  readonly names: (readonly string[])[] = [];

  /** The number of a field that may be written under any of these names; the first that is there counts. */
  of(names: readonly string[]): number {
    const key = names.join('\n');
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.names.push(names) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

/** One event while rules look at it: each field is read, and folded, at most once. */
export class EventView {
  readonly #fields: NativeFields;
  readonly #names: FieldNumbers;
  readonly #known: (FieldTexts | undefined)[];
  #values: FieldTexts | undefined;

  constructor(fields: NativeFields, names: FieldNumbers) {
    this.#fields = fields;
    this.#names = names;
    this.#known = new Array(names.names.length);
  }

  field(number: number): FieldTexts {
    const known = this.#known[number];
    if (known !== undefined) return known;
    const read = this.#read(this.#names.names[number] ?? []);
    this.#known[number] = read;
    return read;
  }

  /** All values of the event. */
  get values(): FieldTexts {
    this.#values ??= new FieldTexts([...this.#fields.values()]);
    return this.#values;
  }

  #read(names: readonly string[]): FieldTexts {
    for (const name of names) {
      const value = this.#fields.get(name);
      if (value !== undefined) return new FieldTexts(value);
    }
    return absent;
  }
}
