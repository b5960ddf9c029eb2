import { hash, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from '../observe/index.ts';

const keyShape = /^ty_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const idBytes = 8;
const secretBytes = 32;

export interface NewKey {
  readonly id: string;
  /** `ty_<id>_<secret>`: what the holder is given, once. */
  readonly text: string;
  readonly hash: string;
}

/** Makes a key: a public id that finds it, and 32 random bytes in base64url. */
export function newKey(random: RandomBytes): NewKey {
  const id = Buffer.from(random(idBytes)).toString('hex');
  const text = `ty_${id}_${Buffer.from(random(secretBytes)).toString('base64url')}`;
  return { id, text, hash: hashKey(text) };
}

/** The id inside a key's text; undefined when the text has not the shape of a key. */
export function keyIdOf(text: string): string | undefined {
  return keyShape.exec(text)?.[1];
}

/**
 * Lower-case hex SHA-256 of the whole key. A plain hash is right here: a slow one protects guessable secrets, and 256
 * random bits can't be guessed; it would only let strangers spend our time.
 */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Compares two hex digests in constant time. */
export function sameHash(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'hex'), Buffer.from(right, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}
