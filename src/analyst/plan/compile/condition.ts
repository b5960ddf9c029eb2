import type { EventField, HuntCondition, HuntWindow } from '../../../contracts/index.ts';
import type { Condition } from '../../../sql/index.ts';
import { isNetwork } from '../entities.ts';
import { isEverything } from '../time/window.ts';
import { anyOf, equalsText, typeOf } from './match.ts';

/** Holds for no event: a value that the field can't have. */
const never: Condition = { kind: 'or', conditions: [] };

/**
 * One test of a plan as a condition that can always be printed. A value that a field can't hold (text for a number,
 * no network for `cidr`) holds for no event.
 */
export function compileCondition({ fields, op, values, negated }: HuntCondition): Condition {
  const tests = fields.flatMap((field) => compileField(field, op, values));
  const any = tests.length === 0 ? never : anyOf(tests);
  return negated ? { kind: 'not', condition: any } : any;
}

type Operation = HuntCondition['op'];

function compileField(field: EventField, op: Operation, values: readonly string[]): readonly Condition[] {
  if (op === 'present') return [isPresent(field)];
  if (op === 'equals' && typeOf(field) === 'int') {
    const numbers = values.flatMap((value) => wholeNumber(value) ?? []);
    return numbers.length === 0 ? [] : [{ kind: 'in', column: field, values: numbers }];
  }
  return values.flatMap((value) => compileValue(field, op, value.toWellFormed()) ?? []);
}

function compileValue(field: EventField, op: Operation, value: string): Condition | undefined {
  switch (op) {
    case 'present':
      return isPresent(field);
    case 'equals':
      return equalsValue(field, value);
    case 'contains':
    case 'starts':
    case 'ends':
      return textValue(field, op, value);
    case 'cidr':
      return typeOf(field) === 'ip' && (isNetwork(value) || isNetwork(`${value}/32`))
        ? { kind: 'cidr', column: field, network: value }
        : undefined;
    case 'at_least':
      return bound(field, 'gte', value);
    case 'at_most':
      return bound(field, 'lte', value);
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function equalsValue(field: EventField, value: string): Condition | undefined {
  switch (typeOf(field)) {
    case 'text':
    case 'code':
    case 'ip':
      return equalsText(field, value);
    case 'list':
      return { kind: 'has', column: field, value, ignoreCase: true };
    case 'int': {
      const number = wholeNumber(value);
      return number === undefined ? undefined : { kind: 'eq', column: field, value: number };
    }
    case 'id':
      return uuid.test(value) ? { kind: 'eq', column: field, value } : undefined;
    case 'instant': {
      const instant = instantText(value);
      return instant === undefined ? undefined : { kind: 'eq', column: field, value: instant };
    }
  }
}

function textValue(
  field: EventField,
  kind: 'contains' | 'starts' | 'ends',
  text: string,
): Condition | undefined {
  switch (typeOf(field)) {
    case 'text':
    case 'code':
    case 'ip':
    case 'list':
      return text === '' ? undefined : { kind, column: field, text };
    case 'int':
    case 'id':
    case 'instant':
      return undefined;
  }
}

function bound(field: EventField, kind: 'gte' | 'lte', text: string): Condition | undefined {
  switch (typeOf(field)) {
    case 'int': {
      const value = wholeNumber(text);
      return value === undefined ? undefined : { kind, column: field, value };
    }
    case 'instant': {
      const value = instantText(text);
      return value === undefined ? undefined : { kind, column: field, value };
    }
    case 'text':
    case 'code':
    case 'ip':
    case 'list':
    case 'id':
      return undefined;
  }
}

function isPresent(field: EventField): Condition {
  return { kind: 'not', condition: { kind: 'is-empty', column: field } };
}

const maxUint64 = 2n ** 64n - 1n;

/** Decimal, or hexadecimal as Windows writes process ids. */
function wholeNumber(text: string): bigint | undefined {
  if (!/^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) return undefined;
  const value = BigInt(text);
  return value <= maxUint64 ? value : undefined;
}

const zoned = /^\d{4}-\d{2}-\d{2}T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})$/;
const earliest = Date.UTC(1970, 0, 1);
const latest = Date.UTC(2262, 0, 1);

function instantText(text: string): string | undefined {
  const instant = zoned.test(text) ? Date.parse(text) : Number.NaN;
  return instant >= earliest && instant < latest ? new Date(instant).toISOString() : undefined;
}

/**
 * Events of the window, `from` inclusive and `to` exclusive. An event without a time of its own is in the window in
 * which it was received; `timed` leaves such events out. Nothing is asked when the window is everything.
 */
export function compileWindow(window: HuntWindow, timed: boolean): readonly Condition[] {
  const timeless: Condition = { kind: 'is-null', column: 'time' };
  const hasTime: Condition = { kind: 'not', condition: timeless };
  if (isEverything(window)) return timed ? [hasTime] : [];
  const own = within('time', window);
  if (timed) return [own];
  const received: Condition = { kind: 'and', conditions: [timeless, within('received_at', window)] };
  return [{ kind: 'or', conditions: [own, received] }];
}

function within(column: string, window: HuntWindow): Condition {
  const [from, to] = [plainUtc(window.from), plainUtc(window.to)];
  return {
    kind: 'and',
    conditions: [
      { kind: 'gte', column, value: from },
      { kind: 'lt', column, value: to },
    ],
  };
}

/** With milliseconds and `Z`, inside of what the store can hold. */
function plainUtc(text: string): string {
  const instant = Math.min(Math.max(Date.parse(text), earliest), latest - 1);
  return new Date(instant).toISOString();
}
