/** Bits a stored id takes; with six probes inside one 512-bit block about 1 in 100 unknown ids looks known. */
const bitsPerId = 12;
const blockBits = 512;
const wordsPerBlock = blockBits / 32;
const probes = 6;
const firstLayerIds = 1 << 20;

interface Layer {
  readonly words: Uint32Array;
  readonly blocks: number;
  readonly capacity: number;
  held: number;
}

/** Answers "surely new" for ids of 16 bytes whose last 8 bytes are hash bits (see event_id). */
export interface IdFilter {
  /** False: the id was never added. True: it may have been. */
  mayHold(ids: Uint8Array, at: number): boolean;
  add(ids: Uint8Array, at: number): void;
  /** Ids added so far. */
  readonly held: number;
  /** True once `limit` ids are held: from then on every id may be known, so that all are looked up. */
  readonly full: boolean;
}

/**
 * A blocked Bloom filter that grows by layers of doubling size, up to `limit` ids (about 1.5 bytes each).
 * Past the limit it answers "may hold" for everything: slower, never wrong.
 */
export function createIdFilter(limit: number): IdFilter {
  const layers: Layer[] = [];
  let held = 0;
  const full = () => held >= limit;

  const roomy = (): Layer => {
    const last = layers.at(-1);
    if (last !== undefined && last.held < last.capacity) return last;
    const capacity = Math.min(last === undefined ? firstLayerIds : last.capacity * 2, Math.max(limit, 1));
    const blocks = Math.ceil((capacity * bitsPerId) / blockBits);
    const layer = { words: new Uint32Array(blocks * wordsPerBlock), blocks, capacity, held: 0 };
    layers.push(layer);
    return layer;
  };

  return {
    mayHold: (ids, at) => full() || layers.some((layer) => probe(layer, ids, at)),
    add(ids, at) {
      if (full()) return;
      const layer = roomy();
      mark(layer, ids, at);
      layer.held += 1;
      held += 1;
    },
    get held() {
      return held;
    },
    get full() {
      return full();
    },
  };
}

/** 32 bits of the id, little-endian, from byte `at`. */
const word = (ids: Uint8Array, at: number) =>
  ((ids[at] ?? 0) | ((ids[at + 1] ?? 0) << 8) | ((ids[at + 2] ?? 0) << 16) | ((ids[at + 3] ?? 0) << 24)) >>>
  0;

const blockOf = (layer: Layer, ids: Uint8Array, at: number) =>
  Math.floor((word(ids, at + 9) / 4294967296) * layer.blocks) * wordsPerBlock;

/** Nine bits for each of the six probes, taken from bytes 1-4 (time) mixed with bytes 12-15 (hash). */
function* bitsOf(ids: Uint8Array, at: number): Generator<number> {
  let mixed = Math.imul(word(ids, at + 12) ^ Math.imul(word(ids, at + 2), 0x9e3779b1), 0x85ebca6b) >>> 0;
  for (let index = 0; index < probes; index += 1) {
    yield mixed & (blockBits - 1);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 0;
  }
}

function probe(layer: Layer, ids: Uint8Array, at: number): boolean {
  const base = blockOf(layer, ids, at);
  for (const bit of bitsOf(ids, at)) {
    if (((layer.words[base + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

function mark(layer: Layer, ids: Uint8Array, at: number): void {
  const base = blockOf(layer, ids, at);
  for (const bit of bitsOf(ids, at)) {
    const index = base + (bit >>> 5);
    layer.words[index] = (layer.words[index] ?? 0) | (1 << (bit & 31));
  }
}
