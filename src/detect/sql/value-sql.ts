import { quoteString } from '../../sql/index.ts';
import type { CompareTest, Comparison, ValueTest } from '../ast.ts';
import { compileCidr } from '../cidr.ts';
import { and, anyOf, type Bounds, exactly, never, not, or, unknown, unless } from './bounds.ts';

/** Integers of so many digits fit `Int256`. */
const maxDigits = 70;
/** Doubles nearer to each other than this, of their size, are left to the interpreter: the engine reads the last digit its own way. */
const nearness = '1e-9';

const functions: Readonly<Record<Comparison, string>> = {
  lt: 'less',
  lte: 'lessOrEquals',
  gt: 'greater',
  gte: 'greaterOrEquals',
  eq: 'equals',
};

const wholeNumber = /^-?\d{1,70}$/;
const isInteger = (text: string) =>
  and([`match(${text}, '\\\\A-?[0-9]+\\\\z')`, `lessOrEquals(length(${text}), ${maxDigits})`]);
const isDecimal = (text: string) => `match(${text}, '\\\\A-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?\\\\z')`;

/** The twin of `compileComparison`. */
export function compareSql(test: CompareTest, text: string): Bounds {
  if (test.part !== undefined) return timeSql(test, text);
  const compares = functions[test.comparison];
  const whole = isInteger(text);
  const asDouble = `toFloat64OrZero(${text})`;
  const wanted = `toFloat64(${quoteString(test.value)})`;
  const difference = `abs(minus(${asDouble}, ${wanted}))`;
  const near = `lessOrEquals(${difference}, multiply(${nearness}, greatest(abs(${asDouble}), abs(${wanted}))))`;
  // An exponent may be beyond what a double holds.
  const odd = or([near, `match(${text}, '[eE]')`, `greater(length(${text}), ${maxDigits})`]);
  const double = unless(odd, exactly(`${compares}(${asDouble}, ${wanted})`));
  if (!wholeNumber.test(test.value)) return within(isDecimal(text), double);
  const integer = and([whole, `${compares}(toInt256OrZero(${text}), toInt256(${quoteString(test.value)}))`]);
  const { upper, lower } = within(and([isDecimal(text), not(whole)]), double);
  return { upper: or([integer, upper]), lower: or([integer, lower]) };
}

function within(condition: string, { upper, lower }: Bounds): Bounds {
  return { upper: and([condition, upper]), lower: and([condition, lower]) };
}

const datePattern = "'\\\\A[0-9]{4}-[0-9]{2}-[0-9]{2}'";
const timePattern = "'\\\\A[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}'";
/** Where the digits of a part stand, from 1. */
const digits = { year: [1, 4], month: [6, 2], day: [9, 2], hour: [12, 2], minute: [15, 2] } as const;

function timeSql({ part = 'year', comparison, value }: CompareTest, text: string): Bounds {
  const wanted = `toFloat64(${quoteString(value)})`;
  const isClock = part === 'hour' || part === 'minute';
  const isTime = `match(${text}, ${isClock ? timePattern : datePattern})`;
  if (part !== 'week') {
    const [from, length] = digits[part];
    const found = `toUInt16OrZero(substring(${text}, ${from}, ${length}))`;
    return exactly(and([isTime, `${functions[comparison]}(${found}, ${wanted})`]));
  }
  const day = `substring(${text}, 1, 10)`;
  const date = `toDate32OrDefault(${day})`;
  const week = exactly(`${functions[comparison]}(toISOWeek(${date}), ${wanted})`);
  return within(isTime, unless(`notEquals(toString(${date}), ${day})`, week));
}

const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ipv4 = quoteString(`\\A(?:${byte}[.]){3}${byte}\\z`);
/** What may be an IPv6 address. */
const colons = quoteString('\\A[0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:%.*)?\\z');
type CidrTest = ValueTest & { readonly kind: 'cidr' };
const mapped: CidrTest = { kind: 'cidr', network: '::ffff:0:0', bits: 96, family: 'ipv6' };

/** The twin of `compileCidr`, for all networks of a list at once. */
export function cidrSql(tests: readonly CidrTest[], text: string): Bounds {
  const told = tests.filter((test) => !holdsOld(test));
  const parsed = `ifNull(toString(toIPv6OrNull(${text})), '')`;
  const isWritten = and([`match(${text}, ${colons})`, `equals(lower(${text}), ${parsed})`]);
  const isAddress = or([`match(${text}, ${ipv4})`, isWritten]);
  const networks = told.flatMap(({ network, bits, family }) =>
    family === 'ipv4' ? [`${network}/${bits}`, `::ffff:${network}/${bits + 96}`] : [`${network}/${bits}`],
  );
  const inRange = `isIPAddressInRange(if(${isAddress}, ${text}, '0.0.0.0'), network)`;
  const found = `arrayExists(network -> ${inRange}, [${networks.map(quoteString).join(', ')}])`;
  const doubt = and([`match(${text}, ${colons})`, not(isWritten)]);
  const bounds = networks.length === 0 ? never : unless(doubt, exactly(and([isAddress, found])));
  return told.length < tests.length ? anyOf([unknown, bounds]) : bounds;
}

/** A network of IPv6 that holds IPv4 addresses. */
function holdsOld(test: CidrTest): boolean {
  return test.family === 'ipv6' && (compileCidr(test)('::ffff:0.0.0.0') || compileCidr(mapped)(test.network));
}
