import { errors } from './errors.ts';
import { type ConditionPrinter, printColumn, printCondition } from './print-condition.ts';
import type { BucketKey, Key, Measure } from './query.ts';
import { type ColumnShape, columnOf, expectMeaning, type Shape } from './shape.ts';

/** The most distinct values that one `values` measure lists. */
const maxListedValues = 10_000;
/** The longest bucket: a hundred years. */
const maxBucketSeconds = 100 * 366 * 86_400;

export interface PrintedOutput {
  readonly as: string;
  readonly text: string;
  readonly column: ColumnShape;
}

/** A key as SQL expression with what it yields. */
export function printKey(shape: Shape, key: Key): PrintedOutput {
  const column = printColumn(shape, key.column);
  if (key.kind === 'column') return { as: key.as, text: column, column: columnOf(shape, key.column) };
  return {
    as: key.as,
    text: printBucket(key, column),
    column: expectMeaning(shape, key.column, 'bucket', ['instant']),
  };
}

/** By whole numbers: `toStartOfInterval` yields a 32-bit DateTime, which ends in 2106. */
function printBucket(key: BucketKey, column: string): string {
  if (!Number.isSafeInteger(key.seconds) || key.seconds < 1 || key.seconds > maxBucketSeconds) {
    throw errors.make('bound', `a bucket has 1 to ${maxBucketSeconds} whole seconds, not ${key.seconds}`);
  }
  const micros = `toUnixTimestamp64Micro(${column})`;
  return `fromUnixTimestamp64Micro(${micros} - positiveModulo(${micros}, ${key.seconds * 1_000_000}), 'UTC')`;
}

const ordered = ['text', 'integer', 'instant', 'id'] as const;
const integer: ColumnShape = { meaning: 'integer', nullable: false };

/**
 * An aggregate as SQL expression with what it yields. `absent` says that there may be no row at all (no keys): then
 * an extreme is null, where the engine would give the type's zero.
 */
export function printMeasure(
  shape: Shape,
  measure: Measure,
  absent: boolean,
  printer: ConditionPrinter,
  depth: number,
) {
  const orNull = absent ? 'OrNull' : '';
  const output = (text: string, column: ColumnShape): PrintedOutput => ({ as: measure.as, text, column });
  const extreme = (name: string) => ({ ...expectMeaning(shape, name, measure.kind, ordered) });
  const nullableIfAbsent = (column: ColumnShape) => ({ ...column, nullable: column.nullable || absent });
  switch (measure.kind) {
    case 'count':
      return output('count()', integer);
    case 'count-if':
      return output(`countIf(${printCondition(shape, measure.where, printer, depth)})`, integer);
    case 'uniq-exact':
      return output(`uniqExact(${printColumn(shape, measure.column)})`, integer);
    case 'min':
    case 'max': {
      const column = nullableIfAbsent(extreme(measure.column));
      return output(`${measure.kind}${orNull}(${printColumn(shape, measure.column)})`, column);
    }
    case 'sum': {
      const column = expectMeaning(shape, measure.column, 'sum', ['integer']);
      return output(`sum(toInt128(${printColumn(shape, measure.column)}))`, column);
    }
    case 'quantile-exact': {
      const column = nullableIfAbsent(
        expectMeaning(shape, measure.column, 'quantile-exact', ['integer', 'instant']),
      );
      const level = printLevel(measure.level);
      return output(`quantileExact${orNull}(${level})(${printColumn(shape, measure.column)})`, column);
    }
    case 'values':
      return output(printValues(shape, measure.column, measure.limit), {
        meaning: 'other-list',
        nullable: false,
      });
    case 'at-min':
    case 'at-max': {
      extreme(measure.by);
      const column = nullableIfAbsent(extreme(measure.column));
      return output(printAtExtreme(shape, measure, orNull), column);
    }
  }
}

function printLevel(level: number): string {
  if (level >= 0 && level <= 1) return level.toFixed(4);
  throw errors.make('bound', `the level of a quantile lies from 0 to 1, not at ${level}`);
}

/** Sorted before it is cut: which values come first must not depend on how the engine split the work. */
function printValues(shape: Shape, name: string, limit: number): string {
  expectMeaning(shape, name, 'values', ['text', 'integer', 'instant']);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxListedValues) {
    throw errors.make('bound', `values lists 1 to ${maxListedValues} values, not ${limit}`);
  }
  return `arraySlice(arraySort(groupUniqArray(${printColumn(shape, name)})), 1, ${limit})`;
}

/** Ties go by the row key, rows in which `by` is absent don't count (a null inside a tuple would win as smallest). */
function printAtExtreme(
  shape: Shape,
  measure: Measure & { kind: 'at-min' | 'at-max' },
  orNull: string,
): string {
  const name = measure.kind === 'at-min' ? 'argMin' : 'argMax';
  const ties = shape.rowKey.length > 0 ? shape.rowKey : [measure.column];
  const by = [measure.by, ...ties].map((column) => printColumn(shape, column));
  const value = printColumn(shape, measure.column);
  if (!columnOf(shape, measure.by).nullable) return `${name}${orNull}(${value}, tuple(${by.join(', ')}))`;
  return `${name}${orNull}If(${value}, tuple(${by.join(', ')}), isNotNull(${printColumn(shape, measure.by)}))`;
}
