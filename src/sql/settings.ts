import { errors } from './errors.ts';
import { quoteInteger, quoteString } from './literal.ts';

/** Settings of one query by their ClickHouse names. They stand in the query's text and end with it: what is set on
 *  a connection would stay for the next query, whoever asks it. */
export type QuerySettings = Readonly<Record<string, string | number>>;

/** `SETTINGS a = 1, b = 'x'`, or nothing when there are none. Throws `sql.value` for a name that isn't one. */
export function printSettings(settings: QuerySettings): string {
  const printed = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name))
      throw errors.make('value', `${JSON.stringify(name)} is no name of a setting`);
    return `${name} = ${typeof value === 'string' ? quoteString(value) : quoteInteger(value)}`;
  });
  return printed.length > 0 ? `SETTINGS ${printed.join(', ')}` : '';
}
