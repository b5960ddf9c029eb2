import type { EventPlace } from '../../normalise/index.ts';
import type { Selector, TextColumn } from '../selector.ts';

/** What a selector says of the events that it selects. */
export function placeOf(selector: Selector): EventPlace {
  return {
    sources: pinned(selector, 'source'),
    logs: pinned(selector, 'metadata_log_name'),
    codes: pinned(selector, 'metadata_event_code'),
  };
}

/** The values that a column has in whatever is selected; undefined: any. */
function pinned(selector: Selector, column: TextColumn): readonly string[] | undefined {
  switch (selector.kind) {
    case 'all': {
      // Each part narrows: the values that all of them leave.
      const parts = selector.of
        .map((inner) => pinned(inner, column))
        .filter((values) => values !== undefined);
      const [first, ...others] = parts;
      return first?.filter((value) => others.every((values) => values.includes(value)));
    }
    case 'any': {
      const parts = selector.of.map((inner) => pinned(inner, column));
      const known = parts.filter((values) => values !== undefined);
      return known.length < parts.length ? undefined : [...new Set(known.flat())];
    }
    case 'text':
      return selector.column === column ? selector.values : undefined;
    case 'number':
      return undefined;
  }
}
