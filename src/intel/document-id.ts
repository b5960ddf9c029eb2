import { createHash } from 'node:crypto';

const maxSlug = 80;
const hashLength = 8;

/**
 * The id of a document, made from its name: `cisa-kev` as it is; a name with other characters as far as it reads,
 * and eight digits of its SHA-256, so that two names have two ids. Never begins like an id of the program's own notes.
 */
export function documentIdOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, maxSlug);
  if (slug === name) return slug;
  return `${slug === '' ? 'document' : slug}-${createHash('sha256').update(name).digest('hex').slice(0, hashLength)}`;
}
