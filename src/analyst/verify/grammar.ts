import { type Kind, type Role, roleOf } from './columns.ts';
import type { Backing } from './support.ts';

/** What a preposition or a label says about the values behind it; `open` when nothing does. */
export type Direction = 'open' | 'neutral' | 'source' | 'target' | 'place' | 'parent';

const words = (text: string) => text.trim().split(/\s+/);

const directions: ReadonlyMap<string, Direction> = new Map([
  ...words('from by out off source origin sender client').map((word) => [word, 'source'] as const),
  ...words('to into onto toward towards against as target destination recipient child').map(
    (word) => [word, 'target'] as const,
  ),
  ...words('on at').map((word) => [word, 'place'] as const),
  ...words('with via using through for in within between among under along across per').map(
    (word) => [word, 'neutral'] as const,
  ),
  ['parent', 'parent'],
]);

export function directionOf(word: string): Direction | undefined {
  return directions.get(word);
}

/** Nouns that say on which side something stood: "X was the source". */
export const sideNouns = new Set(
  words('source origin sender client target destination recipient parent child'),
);

const placeFree = /^(?:reg_|file_|resource_|dst_port$)/;

/** May a value of this column stand behind such a word? A time range's edges follow "from" and "to". */
export function fits(direction: Direction, backing: Backing, role: Role): boolean {
  if (direction === 'open' || direction === 'neutral') return true;
  if (backing.kind === 'time') {
    return (
      direction === 'place' || (direction === 'source' ? backing.edge !== 'max' : backing.edge !== 'min')
    );
  }
  if (direction === 'parent') return /^(?:parent_|actor_process_)/.test(backing.column);
  if (role === 'neutral') return true;
  return role === direction || (direction === 'place' && placeFree.test(backing.column));
}

/** May a value of this column be who acted, or what was acted on? A column without a side may be either. */
export function acts(side: 'source' | 'target'): (backing: Backing) => boolean {
  return ({ column, kind }) => {
    const role = roleOf(column);
    return kind === 'time' || role === 'neutral' || role === side;
  };
}

export const beForms = new Set(words('is are was were be been being get got'));

/** strict: who stands before it acted; either: so only when something stands behind it; inverse: was acted on. */
export type Verb = 'strict' | 'either' | 'inverse';

const strict =
  words(`connect send create delete remove modify write read access query request call invoke spawn launch
  execute download upload copy contact resolve inject use make assume add set transfer rename install register attach
  encrypt decrypt update edit enable disable initiate issue perform trigger establish generate produce submit emit push
  pull mount move insert configure schedule deploy alter apply browse visit reach scan search retrieve fetch acquire
  obtain extract export import compress disconnect detach revoke suspend lock unlock replace restore reset upgrade view
  list choose select elevate pass forward relay deliver publish distribute dump drop map join enter collect gather take
  get give bring`);
const either = words('start stop run exit open load change terminate end close begin go come');
const inverse = words('receive answer respond reply serve listen');

const irregularForms: Readonly<Record<string, string>> = {
  send: 'sent',
  write: 'wrote written',
  make: 'made',
  run: 'ran running',
  begin: 'began begun beginning',
  get: 'got getting',
  take: 'took taken',
  give: 'gave given',
  bring: 'brought',
  choose: 'chose chosen',
  drop: 'dropped dropping',
  scan: 'scanned scanning',
  submit: 'submitted submitting',
  emit: 'emitted emitting',
  map: 'mapped mapping',
  apply: 'applied applies',
  reply: 'replied replies',
  modify: 'modified modifies',
  go: 'went gone',
  come: 'came',
  read: 'read',
  set: 'set',
  stop: 'stopped stopping',
  copy: 'copied copies',
  query: 'queried queries',
  transfer: 'transferred',
};

function formsOf(verb: string): readonly string[] {
  const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb;
  return [verb, `${verb}s`, `${stem}es`, `${stem}ed`, `${stem}ing`, ...words(irregularForms[verb] ?? verb)];
}

const verbs: ReadonlyMap<string, Verb> = new Map([
  ...strict.flatMap(formsOf).map((form) => [form, 'strict'] as const),
  ...either.flatMap(formsOf).map((form) => [form, 'either'] as const),
  ...inverse.flatMap(formsOf).map((form) => [form, 'inverse'] as const),
]);

export function verbOf(word: string): Verb | undefined {
  return verbs.get(word);
}

const nouns: ReadonlyMap<string, Kind | 'duration'> = new Map(
  (
    [
      [
        'event',
        `event events time times record records row rows entry entries log logs logon logons login logins connection
        connections request requests query queries lookup lookups call calls execution executions start starts change
        changes access accesses alert alerts finding findings session sessions operation operations message messages
        packet packets line lines occurrence occurrences failure failures success successes activities action actions
        result results`,
      ],
      [
        'host',
        'host hosts hostname hostnames machine machines computer computers device devices endpoint endpoints server servers workstation workstations',
      ],
      ['user', 'user users account accounts identity identities'],
      ['address', 'address addresses ip ips'],
      ['process', 'process processes program programs executable executables binary binaries'],
      ['file', 'file files path paths folder folders object objects'],
      ['port', 'port ports'],
      ['bytes', 'byte bytes'],
      ['code', 'code codes type types class classes'],
      [
        'duration',
        'second seconds minute minutes hour hours day days week weeks month months year years millisecond milliseconds percent percentage',
      ],
      ['other', 'value values group groups bucket buckets interval intervals name names domain domains'],
    ] as const
  ).flatMap(([kind, list]) => words(list).map((word) => [word, kind] as const)),
);

export function nounOf(word: string): Kind | 'duration' | undefined {
  return nouns.get(word);
}

const labels: Readonly<Partial<Record<Kind, ReadonlySet<string>>>> = {
  port: new Set(['port', 'ports']),
  event: new Set(['count']),
  user: new Set(['user', 'account']),
  host: new Set(['host', 'hostname', 'computer', 'machine', 'device']),
  address: new Set(['address', 'ip']),
};
/** Words of a label that say nothing by themselves: what stands before them must not name another column. */
const vague = new Set(words('id code number uid identifier'));
const labelNouns = new Set(
  words('event type status class process user session logon port activity severity response'),
);

/**
 * May a number of this column stand between these words? A count takes the noun of what it counts behind it; ids,
 * ports and codes take their label before it. A bare number is refused: nothing says what it is a number of.
 */
export function numberFits(backing: Backing, before: readonly string[], after: readonly string[]): boolean {
  const said = before.filter((word) => !beForms.has(word));
  const label = said.at(-1) ?? '';
  const { kind, column } = backing;
  const noun = after.map(nounOf).find((each) => each !== undefined);
  const next = nounOf(after[0] ?? '');
  const labelled = kind === 'pid' ? pidFits(column, said) : isLabelled(backing, label, said.at(-2) ?? '');
  if (labelled) return next === undefined || next === kind;
  if (kind === 'pid' || kind === 'port' || kind === 'code') return false;
  if (noun === kind) return true;
  const parts = new Set(column.split('_'));
  return kind === 'other' && after.some((word) => parts.has(word));
}

function isLabelled({ kind, column }: Backing, label: string, previous: string): boolean {
  if (/^(?:hosts|users|addresses|rows|distinct_)/.test(column)) return false;
  const parts = new Set([...column.split('_'), ...(kind === 'code' ? vague : [])]);
  if (vague.has(label) && labelNouns.has(previous) && !parts.has(previous)) return false;
  return labels[kind]?.has(label) === true || ((kind === 'code' || kind === 'other') && parts.has(label));
}

function pidFits(column: string, said: readonly string[]): boolean {
  const label = said.at(-1);
  const isPid = label === 'pid' || (label === 'id' && said.at(-2) === 'process');
  if (said.includes('parent')) return isPid && column.startsWith('parent_');
  return isPid && (!said.includes('acting') || column.startsWith('actor_'));
}

/** `parent_process_pid`, `parent_process_name` → parent_process: which process a column tells of; else undefined. */
export function processOf(column: string): string | undefined {
  return /^((?:parent_|actor_)?process)_/.exec(column)?.[1];
}

const participles = new Set(
  words('seen found sent written read run begun made held kept shown given taken left set put told'),
);

/**
 * May the word stand behind "X is"? What was done to X, and where: what X is (a server, new, vulnerable) stands in
 * no cell.
 */
export function mayFollowBe(word: string): boolean {
  const done = verbs.has(word) || word.endsWith('ed') || participles.has(word);
  return (
    done || directions.has(word) || beForms.has(word) || word === 'the' || word === 'also' || word === 'in'
  );
}
