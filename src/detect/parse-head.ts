import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { RuleLevel } from '../contracts/index.ts';
import type { LogSource, SigmaRule } from './ast.ts';
import type { Entry, RuleSource, YamlNode } from './rule-source.ts';

type Head = Omit<SigmaRule, 'kind' | 'at' | 'file' | 'detection'>;
type Entries = ReadonlyMap<string, Entry>;

/** Reads what a rule says of itself. `id` is '' when there is none. */
export function parseHead(source: RuleSource, root: YAMLMap, entries: Entries): Head | undefined {
  const prose = parseProse(source, root, entries);
  const logsource = parseLogSource(source, root, entries.get('logsource'));
  return logsource === undefined ? undefined : { ...prose, logsource };
}

/** What every kind of rule says of itself. */
export function parseProse(source: RuleSource, root: YAMLMap, entries: Entries): Omit<Head, 'logsource'> {
  const text = (name: string) => textOf(source, entries.get(name));
  const list = (name: string) => textsOf(source, entries.get(name));
  const title = text('title');
  if (title === '') source.report('missing', entries.get('title')?.keyNode ?? root, 'a rule needs a title');
  const id = text('id');
  if (id === '')
    source.report('no_id', root, 'the rule has no id; give it a UUID, so that its alerts keep their history');
  const level = levelOf(source, root, entries.get('level'));
  return {
    id,
    name: text('name'),
    title,
    level,
    status: text('status'),
    description: text('description'),
    author: list('author').join(', '),
    license: text('license'),
    date: text('date'),
    tags: list('tags'),
    falsepositives: list('falsepositives'),
    references: list('references'),
  };
}

const defaultLevel: RuleLevel = 'medium';

function levelOf(source: RuleSource, root: YAMLMap, entry: Entry | undefined): RuleLevel {
  const written = textOf(source, entry);
  if (written === '') {
    source.report('no_level', root, `the rule has no level; '${defaultLevel}' is taken`);
    return defaultLevel;
  }
  const level = RuleLevel.safeParse(written.toLowerCase());
  if (level.success) return level.data;
  source.report(
    'level',
    entry?.value,
    `the level '${written}' must be one of ${RuleLevel.options.join(', ')}`,
  );
  return defaultLevel;
}

/** Undefined, with a diagnostic, when it says nothing. */
export function parseLogSource(
  source: RuleSource,
  root: YAMLMap,
  entry: Entry | undefined,
): LogSource | undefined {
  if (!isMap(entry?.value)) {
    const message = 'a rule needs a logsource: a map with product, category or service';
    source.report(
      entry === undefined ? 'missing' : 'wrong_type',
      entry?.value ?? entry?.keyNode ?? root,
      message,
    );
    return undefined;
  }
  const entries = new Map(source.entries(entry.value).map((item) => [item.key, item]));
  const part = (name: string) => textOf(source, entries.get(name)).toLowerCase() || undefined;
  const found = { product: part('product'), category: part('category'), service: part('service') };
  if (Object.values(found).some((value) => value !== undefined)) {
    return { kind: 'logsource', at: source.at(entry.value), ...found };
  }
  source.report('missing', entry.value, 'a logsource needs a product, a category or a service');
  return undefined;
}

/** The text of a scalar; '' when absent. Dates and numbers stay as written. */
export function textOf(source: RuleSource, entry: Entry | undefined): string {
  if (entry === undefined || entry.value === null || entry.value === undefined) return '';
  const text = scalarText(entry.value);
  if (text === undefined) source.report('wrong_type', entry.value, `'${entry.key}' must be a text`);
  return text ?? '';
}

/** The texts of a list, or of a scalar as a list of one. */
export function textsOf(source: RuleSource, entry: Entry | undefined): readonly string[] {
  if (!isSeq(entry?.value)) {
    const text = textOf(source, entry);
    return text === '' ? [] : [text];
  }
  return source.elements(entry.value).flatMap((item) => {
    const text = scalarText(item);
    if (text === undefined) source.report('wrong_type', item, `'${entry.key}' must be a list of texts`);
    return text === undefined || text === '' ? [] : [text];
  });
}

function scalarText(node: YamlNode): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === 'string') return node.value;
  return node.value === null ? '' : (node.source ?? String(node.value));
}
