import { readFileSync } from 'node:fs';

/** The program's version; package.json lies two levels above both src/api and dist/api. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
