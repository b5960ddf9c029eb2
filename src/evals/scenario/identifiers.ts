import { hash } from 'node:crypto';
import type { Random } from './random.ts';

const hexDigits = '0123456789abcdef';
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const upperAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function hexText(random: Random, length: number): string {
  return random.text(hexDigits, length);
}

/** A version 4 UUID in lower case, without braces. */
export function uuid(random: Random): string {
  const variant = random.pick(['8', '9', 'a', 'b']);
  const head = `${hexText(random, 8)}-${hexText(random, 4)}-4${hexText(random, 3)}`;
  return `${head}-${variant}${hexText(random, 3)}-${hexText(random, 12)}`;
}

/** Zeek's connection id (`C…`) or file id (`F…`). */
export function zeekId(random: Random, kind: 'C' | 'F'): string {
  return kind + random.text(base62, 17);
}

/** An AWS id of the usual length that can't be mistaken for a real one: it ends in EXAMPLE. */
export function awsId(random: Random, prefix: 'AKIA' | 'ASIA' | 'AIDA' | 'AROA'): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 9 : 10;
  return `${prefix}${random.text(upperAndDigits, length)}EXAMPLE`;
}

export function requestId(random: Random): string {
  return random.text(upperAndDigits, 16);
}

const knownHashes = new Map<string, string>();

/** Sysmon's `Hashes` value. Equal for equal files: it is made from the image's path. */
export function imageHashes(image: string): string {
  const known = knownHashes.get(image);
  if (known !== undefined) return known;
  const key = image.toLowerCase();
  const digest = (name: string, salt: string) => hash(name, salt + key, 'hex').toUpperCase();
  const text = `MD5=${digest('md5', '')},SHA256=${digest('sha256', '')},IMPHASH=${digest('md5', 'imports ')}`;
  knownHashes.set(image, text);
  return text;
}

/** The file part of a Windows path. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('\\') + 1);
}
