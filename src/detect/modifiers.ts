import type { Comparison, RegexFlags, TextPlace, TimePart } from './ast.ts';
import type { Encoding } from './encode.ts';

/** What the modifiers of a key ask for (Sigma modifiers appendix 2.1). */
export interface Modifiers {
  /** How values are compared. */
  readonly type: 'text' | 're' | 'cidr' | 'exists' | 'fieldref' | 'compare';
  readonly place: TextPlace;
  readonly encodings: readonly Encoding[];
  readonly windash: boolean;
  readonly cased: boolean;
  readonly expand: boolean;
  readonly all: boolean;
  readonly negated: boolean;
  readonly regex: RegexFlags;
  readonly comparison: Comparison;
  readonly part: TimePart | undefined;
}

export interface ModifierFault {
  readonly code: 'unknown_modifier' | 'modifier_combination';
  readonly message: string;
}

const plain: Modifiers = {
  type: 'text',
  place: 'whole',
  encodings: [],
  windash: false,
  cased: false,
  expand: false,
  all: false,
  negated: false,
  regex: { insensitive: false, multiline: false, dotAll: false },
  comparison: 'eq',
  part: undefined,
};

type Effect = (made: Modifiers) => Modifiers | string;

const place = (at: TextPlace): Effect => {
  return (made) => (made.place === 'whole' ? { ...made, place: at } : 'a value has one place within a text');
};
const type = (wanted: Modifiers['type'], more: Partial<Modifiers> = {}): Effect => {
  return (made) =>
    made.type === 'text' || made.type === wanted
      ? { ...made, ...more, type: wanted }
      : `a value is compared in one way, by \`${made.type}\` or \`${wanted}\``;
};
const encoding = (wanted: Encoding): Effect => {
  return (made) =>
    made.place === 'whole'
      ? { ...made, encodings: [...made.encodings, wanted] }
      : 'encodings stand before contains, startswith and endswith';
};
const comparison = (wanted: Comparison): Effect => {
  return (made) =>
    made.comparison === 'eq'
      ? type('compare', { comparison: wanted })(made)
      : 'a number is compared in one way';
};
const timePart = (part: TimePart): Effect => {
  return (made) =>
    made.part === undefined ? type('compare', { part })(made) : 'a time has one part compared';
};
const regexFlag = (name: keyof RegexFlags): Effect => {
  return (made) =>
    made.type === 're'
      ? { ...made, regex: { ...made.regex, [name]: true } }
      : 'i, m and s stand behind `re` only';
};

const effects: Readonly<Record<string, Effect>> = {
  contains: place('anywhere'),
  startswith: place('start'),
  endswith: place('end'),
  all: (made) => ({ ...made, all: true }),
  cased: (made) => ({ ...made, cased: true }),
  windash: (made) => ({ ...made, windash: true }),
  expand: (made) => ({ ...made, expand: true }),
  neq: (made) => ({ ...made, negated: true }),
  base64: encoding('base64'),
  base64offset: encoding('base64offset'),
  utf16: encoding('utf16'),
  utf16le: encoding('utf16le'),
  utf16be: encoding('utf16be'),
  wide: encoding('wide'),
  re: type('re'),
  i: regexFlag('insensitive'),
  m: regexFlag('multiline'),
  s: regexFlag('dotAll'),
  cidr: type('cidr'),
  exists: type('exists'),
  fieldref: type('fieldref'),
  lt: comparison('lt'),
  lte: comparison('lte'),
  gt: comparison('gt'),
  gte: comparison('gte'),
  minute: timePart('minute'),
  hour: timePart('hour'),
  day: timePart('day'),
  week: timePart('week'),
  month: timePart('month'),
  year: timePart('year'),
};

/** Reads the modifiers of a key, in their order. */
export function readModifiers(names: readonly string[]): Modifiers | ModifierFault {
  let made = plain;
  for (const [index, name] of names.entries()) {
    const effect = Object.hasOwn(effects, name) ? effects[name] : undefined;
    if (effect === undefined) {
      const known = Object.keys(effects).join(', ');
      return {
        code: 'unknown_modifier',
        message: `the modifier '${name}' is not known; Sigma 2.1 has ${known}`,
      };
    }
    const next = names.indexOf(name) === index ? effect(made) : `'${name}' stands twice`;
    if (typeof next === 'string') return { code: 'modifier_combination', message: next };
    made = next;
  }
  const conflict = conflictIn(made);
  return conflict === undefined ? made : { code: 'modifier_combination', message: conflict };
}

/** Which other modifiers a way of comparing goes with. */
function conflictIn(made: Modifiers): string | undefined {
  const { type: way } = made;
  const isText = way === 'text';
  if (made.place !== 'whole' && !isText && way !== 'fieldref') {
    return `contains, startswith and endswith have no meaning with \`${way}\``;
  }
  if ((made.encodings.length > 0 || made.windash) && !isText) {
    return `encodings and windash have no meaning with \`${way}\``;
  }
  if (made.expand && !isText && way !== 'cidr') return `expand has no meaning with \`${way}\``;
  if (made.cased && !isText && way !== 're' && way !== 'fieldref')
    return `cased has no meaning with \`${way}\``;
  if (made.cased && made.regex.insensitive) return 'cased and `re|i` say the opposite of each other';
  if (made.all && (way === 'exists' || way === 'compare')) return `all has no meaning with \`${way}\``;
  if (made.negated && (made.all || way === 'exists')) {
    return 'neq holds when none of the values fits; it goes with neither all nor exists';
  }
  return undefined;
}
