import type { LogSource } from './ast.ts';
import { FieldTexts, type NativeFields } from './event-view.ts';
import { type Route, routesOf } from './routes.ts';
import { isSelected, type RoutedEvent, type Selector } from './selector.ts';

/** Looked up once a rule, as this is asked for each hit. */
const routes = new WeakMap<LogSource, readonly Route[]>();

/** Characters of a value that correlations group or measure by. */
const maxValue = 1_024;

/**
 * The texts of fields by the names that rules of a log source have for them, from an event that such a rule hit; a field that the event
 * lacks is left out, a list is one text.
 */
export function readFields(
  logsource: LogSource,
  names: readonly string[],
  event: RoutedEvent,
  fields: NativeFields,
): Readonly<Record<string, string>> {
  const known = routes.get(logsource) ?? routesOf(logsource);
  routes.set(logsource, known);
  const route = known.find(({ where }) => isSelected(where, event));
  const read = (name: string) => {
    for (const own of route?.fields.get(name) ?? [name]) {
      const { texts } = new FieldTexts(fields.get(own));
      if (texts.length > 0) return [[name, texts.join(', ').slice(0, maxValue)] as const];
    }
    return [];
  };
  return Object.fromEntries(names.flatMap(read));
}

/** The sources whose events a log source may mean; undefined when it may be any. */
export function sourcesOf(logsource: LogSource): ReadonlySet<string> | undefined {
  return anyOf(routesOf(logsource).map(({ where }) => sourcesIn(where)));
}

type Sources = ReadonlySet<string> | undefined;

function sourcesIn(selector: Selector): Sources {
  switch (selector.kind) {
    case 'text':
      return selector.column === 'source' ? new Set(selector.values) : undefined;
    case 'number':
      return undefined;
    case 'any':
      return anyOf(selector.of.map(sourcesIn));
    case 'all': {
      const known = selector.of.map(sourcesIn).filter((sources) => sources !== undefined);
      const [first, ...others] = known;
      return first && new Set([...first].filter((source) => others.every((other) => other.has(source))));
    }
  }
}

function anyOf(parts: readonly Sources[]): Sources {
  return parts.every((part) => part !== undefined) ? new Set(parts.flatMap((part) => [...part])) : undefined;
}
