import { crc32 } from 'node:zlib';

const firstSlots = 4096;
/** Slots that a search looks at; beyond them a record counts as crowded out. Bounds what crafted lines can cost. */
const longestProbe = 128;
/** Ordinals of records that were crowded out begin here, above any count of equal lines. */
const firstCrowdedOut = 2 ** 31;
/**
 * Counts equal lines: the first gets ordinal 0, its next equal 1, and so on. Keeps a checksum and a count a distinct
 * line (64 MiB at 4 million lines), not the lines; lines of the same checksum share a count, which makes
 * their ordinals higher and never equal. The ordinals of a file's lines depend on nothing but the lines before them.
 */
export class LineOrdinals {
  #checksums = new Uint32Array(firstSlots);
  /** One more than the ordinal given last; 0 marks a free slot. */
  #counts = new Uint32Array(firstSlots);
  #distinct = 0;
  #crowdedOut = 0;
  #mayGrow: boolean = true;
  readonly #longestProbe: number;

  constructor(probes = longestProbe) {
    this.#longestProbe = probes;
  }

  next(line: Uint8Array): number {
    const checksum = crc32(line);
    const slot = this.#find(checksum);
    if (slot === -1) return firstCrowdedOut + this.#crowdedOut++;
    const count = this.#counts[slot] ?? 0;
    this.#counts[slot] = count + 1;
    if (count === 0) {
      this.#checksums[slot] = checksum;
      this.#distinct += 1;
      if (this.#mayGrow && this.#distinct * 2 > this.#counts.length) this.#grow();
    }
    return count;
  }

  /** Forgets all lines. */
  reset(): void {
    if (this.#counts.length === firstSlots) this.#counts.fill(0);
    else this.#allocate(firstSlots);
    this.#distinct = 0;
    this.#crowdedOut = 0;
    this.#mayGrow = true;
  }

  #find(checksum: number): number {
    const mask = this.#counts.length - 1;
    let slot = mix(checksum) & mask;
    for (let probe = 0; probe < this.#longestProbe; probe++) {
      if (this.#counts[slot] === 0 || this.#checksums[slot] === checksum) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #allocate(slots: number): void {
    this.#checksums = new Uint32Array(slots);
    this.#counts = new Uint32Array(slots);
  }

  /** Doubles the table; if a line would lose its count by it (crafted checksums), keeps the old one from then on. */
  #grow(): void {
    const checksums = this.#checksums;
    const counts = this.#counts;
    this.#allocate(counts.length * 2);
    for (let old = 0; old < counts.length; old++) {
      if (counts[old] === 0) continue;
      const slot = this.#find(checksums[old] ?? 0);
      if (slot === -1) {
        this.#checksums = checksums;
        this.#counts = counts;
        this.#mayGrow = false;
        return;
      }
      this.#checksums[slot] = checksums[old] ?? 0;
      this.#counts[slot] = counts[old] ?? 0;
    }
  }
}

/** Spreads checksums over the table: those of similar lines differ in few bits (finaliser of MurmurHash3). */
function mix(checksum: number): number {
  let hash = Math.imul(checksum ^ (checksum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
