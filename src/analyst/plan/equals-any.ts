import type { EventField, HuntCondition } from '../../contracts/index.ts';

/** The field holds one of the values. */
export const equalsAny = (field: EventField, values: string[]): HuntCondition => ({
  fields: [field],
  op: 'equals',
  values,
  negated: false,
});
