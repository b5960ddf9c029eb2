import * as z from 'zod';
import { cleanText, oneLine } from './clean-text.ts';
import { parseJson } from './json.ts';
import { readMarkdown } from './markdown.ts';
import type { Section } from './section.ts';

const optionalText = z.string().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);

/** What is used of a STIX 2.1 object; ATT&CK adds the `x_mitre_` properties. */
export const StixObject = z.object({
  type: z.string(),
  name: optionalText,
  description: optionalText,
  revoked: z.boolean().optional().catch(undefined),
  x_mitre_deprecated: z.boolean().optional().catch(undefined),
  aliases: texts,
  x_mitre_aliases: texts,
  x_mitre_platforms: texts,
  x_mitre_is_subtechnique: z.boolean().optional().catch(undefined),
  kill_chain_phases: z
    .array(z.object({ phase_name: z.string() }))
    .optional()
    .catch(undefined),
  external_references: z
    .array(z.object({ source_name: z.string(), external_id: optionalText }))
    .optional()
    .catch(undefined),
  pattern: optionalText,
});
export type StixObject = z.infer<typeof StixObject>;

/** Objects that say something by themselves; relationships, markings and the like don't. */
const keptTypes = new Set(
  `attack-pattern campaign course-of-action indicator infrastructure intrusion-set malware report threat-actor tool
  vulnerability x-mitre-tactic x-mitre-data-component x-mitre-data-source x-mitre-detection-strategy`.split(
    /\s+/,
  ),
);

export const isKept = ({ type, name, revoked, x_mitre_deprecated }: StixObject) =>
  keptTypes.has(type) && name !== undefined && revoked !== true && x_mitre_deprecated !== true;

/** Of a bundle, a list of objects, or one object a line. Throws `intel.not_understood` for what is not whole JSON. */
export function stixObjects(text: string): readonly unknown[] {
  const [first = '', ...more] = text.split('\n', maxLookedAt).filter((line) => line.trim() !== '');
  if (more.length > 0 && isWhole(first))
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(parseJson);
  const value = parseJson(text);
  if (Array.isArray(value)) return value;
  return hasObjects(value) ? value.objects : [value];
}

/** Lines by which one object a line is told from one object over many. */
const maxLookedAt = 100;
const isWhole = (line: string) => line.trimStart().startsWith('{') && line.trimEnd().endsWith('}');

const hasObjects = (value: unknown): value is { readonly objects: readonly unknown[] } =>
  typeof value === 'object' && value !== null && 'objects' in value && Array.isArray(value.objects);

/** Sections of the objects that are kept, in their order. A sub-technique is told with its technique's name. */
export function* stixSections(objects: readonly StixObject[]): Generator<Section> {
  const kept = objects.filter(isKept);
  const names = new Map(kept.map((each) => [idOf(each) ?? '', each.name ?? '']));
  for (const object of kept) yield* sectionsOf(object, names);
}

function sectionsOf(object: StixObject, names: ReadonlyMap<string, string>): readonly Section[] {
  const id = idOf(object);
  const parent = object.x_mitre_is_subtechnique === true ? names.get(id?.split('.', 1)[0] ?? '') : undefined;
  const name = parent === undefined ? object.name : `${parent}: ${object.name}`;
  const title = oneLine(`${id ?? ''} ${name}`);
  const body = [factsOf(object), readable(object.description ?? ''), object.pattern ?? ''].join('\n\n');
  const { sections } = readMarkdown(cleanText(body), title);
  const whole = sections.length > 0 ? sections : [{ heading: [], text: title }];
  return whole.map(({ heading, text }) => ({ title, heading, text, subjects: id === undefined ? [] : [id] }));
}

/** ATT&CK's or CVE's id of an object: `T1003.001`, `S0002`, `CVE-2021-44228`. */
function idOf({ external_references: references = [] }: StixObject): string | undefined {
  const own = references.find(({ source_name }) => /^(?:mitre-|cve$)/.test(source_name));
  return own?.external_id?.toUpperCase();
}

function factsOf(object: StixObject): string {
  const aliases = [...(object.aliases ?? []), ...(object.x_mitre_aliases ?? [])];
  const others = [...new Set(aliases)].filter((each) => each !== object.name);
  const tactics = (object.kill_chain_phases ?? []).map(({ phase_name }) => phase_name);
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Also known as', others],
    ['Tactics', tactics],
    ['Platforms', object.x_mitre_platforms ?? []],
  ];
  return [
    `Kind: ${object.type.replace(/^x-mitre-/, '').replaceAll('-', ' ')}.`,
    ...facts
      .filter(([, values]) => values.length > 0)
      .map(([what, values]) => `${what}: ${values.join(', ')}.`),
  ].join(' ');
}

/** ATT&CK's Markdown as text: a link to one of its pages becomes its words and the id, citations and marks of code go. */
const readable = (text: string) =>
  text
    .replace(
      /\[([^[\]\n]{1,200})\]\(https:\/\/attack\.mitre\.org\/[a-z]+\/([A-Z]+\d{4}(?:\/\d{3})?)\/?\)/g,
      (_, words, id) => `${words} (${String(id).replace('/', '.')})`,
    )
    .replace(/<\/?code>/g, '')
    .replace(/\(Citation: [^()\n]{1,200}\)/g, '');
