import { errors } from './errors.ts';
import { microsOf, quoteId, quoteInteger, quoteMicros, quoteString } from './literal.ts';
import type { Value } from './query.ts';
import type { Meaning } from './shape.ts';

/** A value as a literal of the column's meaning. Throws `sql.value` when it can't be one. */
export function printValue(meaning: Meaning, value: Value): string {
  switch (meaning) {
    case 'integer':
      if (typeof value !== 'string') return quoteInteger(value);
      break;
    case 'text':
    case 'text-list':
      if (typeof value === 'string') return quoteString(value);
      break;
    case 'instant':
      if (typeof value === 'string') return quoteMicros(microsOf(value));
      break;
    case 'id':
      if (typeof value === 'string') return quoteId(value);
      break;
    case 'other-list':
      break;
  }
  throw errors.make(
    'value',
    `${typeof value === 'string' ? JSON.stringify(value) : value} can't stand for ${meaning}`,
  );
}
