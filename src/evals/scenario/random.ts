/**
 * A small seeded generator, so that a scenario is a function of its seed on every machine and Node version.
 * xoshiro128** (Blackman, Vigna: "Scrambled linear pseudorandom number generators"), seeded by splitmix32.
 */
export interface Random {
  /** Uniform in [0, 1) with 32 bits. */
  next(): number;
  /** Uniform whole number, both ends included. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  /** One of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** `length` characters out of `alphabet`. */
  text(alphabet: string, length: number): string;
  /** Skewed to small values with a long tail, in [from, to]: sizes of files, pages and transfers. */
  size(from: number, to: number): number;
  /** A generator of its own, so that a change in one activity leaves the others as they were. */
  fork(label: string): Random;
}

const wordRange = 2 ** 32;

/** The same seed and label always give the same generator. */
export function createRandom(seed: number, label = ''): Random {
  const word = xoshiro128(seedWords(seed, label));
  const next = (): number => word() / wordRange;
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T,
    text(alphabet, length) {
      let text = '';
      for (let at = 0; at < length; at += 1) text += alphabet.charAt(integer(0, alphabet.length - 1));
      return text;
    },
    size: (from, to) => Math.round(from * (to / from) ** (next() * next())),
    fork: (child) => createRandom(seed, `${label}/${child}`),
  };
}

function seedWords(seed: number, label: string): Uint32Array {
  let state = textHash(`${seed}:${label}`);
  return Uint32Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  });
}

/** FNV-1a over UTF-16 code units. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function xoshiro128(state: Uint32Array): () => number {
  let [a = 1, b = 2, c = 3, d = 4] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
