/** A text to be found anywhere in bytes, and who is told. */
export interface RawNeedle {
  /** Folded ASCII of `shortestNeedle` characters or more. */
  readonly text: string;
  readonly owners: readonly number[];
}

/** Bytes that are looked up at once: what one load gives. */
const gramLength = 4;
export const shortestNeedle = gramLength;
/** Bytes from one look to the next where needles are long enough: a needle is found by one of as many grams beside each other. */
const longestStride = 2;

/** What the bytes of a record are like, besides what was found in them. */
export interface Scanned {
  /** Only ASCII. */
  readonly ascii: boolean;
  /** No `\u0041` and no `\/`: every character of ASCII stands there as itself. */
  readonly plain: boolean;
}

interface Entry {
  readonly bytes: Uint8Array;
  /** Where in the needle its gram begins. */
  readonly at: number;
  readonly owners: Int32Array;
}

/**
 * Finds texts in the bytes of records, however many: of each a few grams (runs of four bytes), the rarest in what was seen so far, stand in
 * a table that is asked at every byte or every second; only where it says yes is the text compared. No step waits for the one before, unlike
 * those of an automaton.
 */
export class Grams {
  readonly #shift: number;
  readonly #stride: number;
  /** By slot 0, or the number of a bucket from 1 on. */
  readonly #slots: Uint16Array;
  readonly #buckets: readonly (readonly Entry[])[];

  constructor(needles: readonly RawNeedle[], counts: GramCounts) {
    const bits = Math.min(maxSlotBits, Math.max(minSlotBits, Math.ceil(Math.log2(needles.length + 1)) + 5));
    this.#shift = 32 - bits;
    this.#slots = new Uint16Array(1 << bits);
    const shortest = needles.reduce(
      (least, { text }) => Math.min(least, text.length),
      longestStride + gramLength,
    );
    this.#stride = Math.max(1, Math.min(longestStride, shortest - gramLength + 1));
    const buckets: Entry[][] = [];
    for (const { text, owners } of needles) {
      const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
      const first = rarestRun(bytes, this.#stride, counts);
      for (let at = first; at < first + this.#stride; at++) {
        const slot = slotOf(gramAt(bytes, at), this.#shift);
        this.#slots[slot] ||= buckets.push([]);
        buckets[(this.#slots[slot] ?? 0) - 1]?.push({ bytes, at, owners: Int32Array.from(owners) });
      }
    }
    this.#buckets = buckets;
  }

  /** Tells the owners of each needle that stands in the bytes, an owner perhaps several times. */
  scan(bytes: Uint8Array, tell: (owner: number) => void): Scanned {
    const slots = this.#slots;
    const shift = this.#shift;
    const stride = this.#stride;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = bytes.length - gramLength;
    let seen = 0;
    let plain = true;
    for (let at = 0; at <= last; at += stride) {
      const four = view.getInt32(at, true);
      seen |= four;
      const pair = four & 0xffff;
      const next = (four >>> 8) & 0xffff;
      if (pair === unicode || next === unicode || pair === slash || next === slash)
        plain &&= !isEscape(bytes, at);
      const bucket = slots[Math.imul(four | smallLetters, mixer) >>> shift] ?? 0;
      if (bucket !== 0) this.#compare(bucket - 1, bytes, at, tell);
    }
    // The grams end before the last bytes, which close the record and are in no needle's way but for a check of what they are.
    for (let at = Math.max(0, last); at < bytes.length; at++) seen |= bytes[at] ?? 0;
    return (seen & beyondAscii) === 0 ? (plain ? plainAscii : hiddenAscii) : plain ? plainOther : hiddenOther;
  }

  #compare(bucket: number, bytes: Uint8Array, at: number, tell: (owner: number) => void): void {
    const entries = this.#buckets[bucket] ?? [];
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index];
      if (entry === undefined || !standsAt(entry.bytes, bytes, at - entry.at)) continue;
      const { owners } = entry;
      for (let owner = 0; owner < owners.length; owner++) tell(owners[owner] ?? 0);
    }
  }
}

const minSlotBits = 12;
const maxSlotBits = 16;
const mixer = 0x9e3779b1;
/** Makes small letters of capitals, and a few signs of others: what is found is compared anyway. */
const smallLetters = 0x20202020;
const beyondAscii = 0x80808080;
/** A backslash with `u`, and with `/`, as a load of two bytes gives them. */
const unicode = 0x755c;
const slash = 0x2f5c;
const backslash = 0x5c;

const plainAscii: Scanned = { ascii: true, plain: true };
const hiddenAscii: Scanned = { ascii: true, plain: false };
const plainOther: Scanned = { ascii: false, plain: true };
const hiddenOther: Scanned = { ascii: false, plain: false };

/** True when a `\u` or `\/` begins here or at the next byte: the backslash is not itself escaped. */
function isEscape(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < from + longestStride; at++) {
    if (bytes[at] !== backslash || (bytes[at + 1] !== 0x75 && bytes[at + 1] !== 0x2f)) continue;
    let before = at;
    while (before > 0 && bytes[before - 1] === backslash) before -= 1;
    if ((at - before) % 2 === 0) return true;
  }
  return false;
}

const lower = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

function standsAt(needle: Uint8Array, bytes: Uint8Array, from: number): boolean {
  if (from < 0 || from + needle.length > bytes.length) return false;
  for (let index = 0; index < needle.length; index++)
    if (lower[bytes[from + index] ?? 0] !== needle[index]) return false;
  return true;
}

function gramAt(bytes: Uint8Array, at: number): number {
  let gram = 0;
  for (let index = gramLength - 1; index >= 0; index--) gram = (gram << 8) | (bytes[at + index] ?? 0);
  return gram | smallLetters;
}

const slotOf = (gram: number, shift: number) => Math.imul(gram, mixer) >>> shift;

/** Where the rarest so many grams beside each other begin. */
function rarestRun(bytes: Uint8Array, stride: number, counts: GramCounts): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + stride + gramLength - 1 <= bytes.length; at++) {
    let count = 0;
    for (let offset = 0; offset < stride; offset++) count += counts.of(gramAt(bytes, at + offset));
    if (count < least) [best, least] = [at, count];
  }
  return best;
}

/** How often grams stood in the records of a sample; those that share a slot are counted together. */
export class GramCounts {
  readonly #counts = new Uint32Array(1 << maxSlotBits);
  #records = 0;

  add(bytes: Uint8Array): void {
    this.#records += 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + gramLength <= bytes.length; at++) {
      const slot = slotOf(view.getInt32(at, true) | smallLetters, 32 - maxSlotBits);
      this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    }
  }

  of(gram: number): number {
    return this.#counts[slotOf(gram, 32 - maxSlotBits)] ?? 0;
  }

  /** How often a text stood there at the most. */
  most(text: string): number {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at + gramLength <= bytes.length; at++)
      least = Math.min(least, this.of(gramAt(bytes, at)));
    return least;
  }

  /** Records in the sample. */
  get records(): number {
    return this.#records;
  }
}
