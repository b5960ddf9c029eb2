import { type AttributeName, attributeNames } from '../../../src/contracts/index.ts';
import { loadCatalogue, type SourceCatalogue } from '../../../src/normalise/index.ts';
import type { Mapping } from '../../../src/normalise/mapping.ts';
import { code, page, table } from './markdown.ts';

/** Attributes that every mapping fills, by the kind of event. */
const always: readonly AttributeName[] = [
  'class_uid',
  'category_uid',
  'activity_id',
  'type_uid',
  'status_id',
  'severity_id',
];

export function sourcesPage(): string {
  const catalogue = loadCatalogue();
  const mappings = catalogue.sources.flatMap((name) => {
    const compiled = catalogue.compiled(name);
    return compiled === undefined ? [] : [compiled.mapping];
  });
  return page(
    'Sources',
    'One folder of `content/sources` each; a record belongs to the first source and form whose conditions it meets, the last resort coming last. ' +
      '`tyrian import` and `POST /v1/telemetry/auto` recognise the source of each record.',
    table(
      ['source', 'title', 'version', 'forms', 'kinds of event', 'attributes it can fill'],
      mappings.map((mapping) => [
        code(mapping.source),
        mapping.title,
        String(mapping.version),
        String(mapping.forms.length),
        String(mapping.kinds.length - 1),
        `${filledBy(mapping).size} of ${attributeNames.length}`,
      ]),
    ),
    ...mappings.flatMap((mapping) => [`## ${mapping.source}`, describe(mapping, catalogue)]),
  );
}

function filledBy({ groups }: Mapping): ReadonlySet<AttributeName> {
  return new Set([...always, ...groups.flatMap(({ attributes }) => [...attributes.keys()])]);
}

const names = (fields: readonly string[], otherwise: string) =>
  fields.length === 0 ? otherwise : fields.map(code).join(', ');

function describe(mapping: Mapping, catalogue: SourceCatalogue): string {
  const forms = mapping.forms.map(({ name, decode }) => {
    const isHeaded = decode?.kind === 'delimited';
    const isFast = isHeaded || catalogue.form(mapping.source, name)?.sql !== undefined;
    return isFast ? code(name) : `${code(name)} (decoded first: slower)`;
  });
  const zones = mapping.time.map(
    ({ field, zoneKnown, offsetMinutes }) =>
      `${code(field)} (without a zone: ${zoneOf(offsetMinutes)}, ${zoneKnown ? 'known' : 'assumed'})`,
  );
  return [
    `${mapping.title}.${mapping.lastResort ? ' The last resort: what no other source recognises.' : ''}\n`,
    `- forms: ${forms.join(', ')}`,
    `- required: ${names(mapping.required, 'nothing')}`,
    `- time: ${zones.join(', then ') || 'none'}`,
    `- natural key: ${names(mapping.naturalKey, 'none: identity comes from the place')}`,
    `- essential: ${names(mapping.essential, 'the whole line')}`,
  ].join('\n');
}

function zoneOf(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}
