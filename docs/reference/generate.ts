/**
 * Writes the reference pages from schemas, catalogues and mappings: `node docs/reference/generate.ts`. A test holds the
 * pages equal to what this makes, so that they are never edited by hand.
 */
import { writeFileSync } from 'node:fs';
import { attributesPage } from './generator/attributes.ts';
import { errorsPage } from './generator/errors.ts';
import { mappingLanguagePage } from './generator/mapping-language.ts';
import { routesPage } from './generator/routes.ts';
import { rulesPage } from './generator/rules.ts';
import { settingsPage } from './generator/settings.ts';
import { sigmaPage } from './generator/sigma.ts';
import { sourcesPage } from './generator/sources.ts';

/** File name → its text. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['settings.md', settingsPage()],
    ['routes.md', routesPage()],
    ['errors.md', errorsPage()],
    ['sources.md', sourcesPage()],
    ['rules.md', rulesPage()],
    ['sigma.md', sigmaPage()],
    ['attributes.md', attributesPage()],
    ['mapping-language.md', mappingLanguagePage()],
  ]);
}

if (import.meta.main) {
  for (const [name, text] of referencePages()) writeFileSync(new URL(name, import.meta.url), text);
}
