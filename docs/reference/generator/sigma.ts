import {
  compileRule,
  type Diagnostic,
  diagnosticCodes,
  knownLogSources,
  parseRules,
} from '../../../src/detect/index.ts';
import { loadCatalogue, nativeFields } from '../../../src/normalise/index.ts';
import { code, page, table } from './markdown.ts';

/** A field of a rule, an event, and whether the one is in the other: computed when the page is made. */
interface Example {
  readonly written: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly meaning: string;
}

const values: readonly Example[] = [
  {
    written: 'User: alice',
    event: { User: 'ALICE' },
    meaning:
      'Texts are compared without case, one character for one: İ is i, Σ is σ wherever it stands, ß stays ß.',
  },
  {
    written: "Image: 'C:\\Windows\\\\*\\cmd.exe'",
    event: { Image: 'C:\\Windows\\System32\\cmd.exe' },
    meaning: '`*` is any text, `?` one character. A backslash is a backslash,',
  },
  {
    written: "Image: 'C:\\Windows\\*\\cmd.exe'",
    event: { Image: 'C:\\Windows\\System32\\cmd.exe' },
    meaning: 'but before `*`, `?` or another backslash: there it takes the meaning of the next sign away.',
  },
  {
    written: 'Port: [22, 3389]',
    event: { Port: 3389 },
    meaning: 'A list: any of it. Numbers and booleans are compared as text.',
  },
  {
    written: 'user.roles: admin',
    event: { user: [{ roles: ['reader', 'admin'] }] },
    meaning: 'Dots lead into objects, and through arrays: any element may fit.',
  },
  {
    written: 'target: \'{"id":"7","kind":"app"}\'',
    event: { target: { id: '7', kind: 'app' } },
    meaning: 'An object is compared as compact JSON.',
  },
  { written: 'User: null', event: {}, meaning: '`null` fits a field that is absent or null,' },
  { written: 'User: null', event: { User: [] }, meaning: 'and not an empty array' },
  { written: 'User: ""', event: { User: '' }, meaning: 'or an empty text, which is `""`.' },
];

const modifiers: readonly Example[] = [
  {
    written: 'Cmd|contains: whoami',
    event: { Cmd: 'cmd /c WhoAmI' },
    meaning: 'The text is somewhere in it.',
  },
  { written: 'Cmd|startswith: net', event: { Cmd: 'net user' }, meaning: 'It begins so.' },
  { written: 'Cmd|endswith: .exe', event: { Cmd: 'a.exe' }, meaning: 'It ends so.' },
  {
    written: 'Cmd|contains|all: [add, user]',
    event: { Cmd: 'net user x /add' },
    meaning: 'All values instead of any.',
  },
  { written: 'Name|cased: Admin', event: { Name: 'admin' }, meaning: 'Case counts.' },
  {
    written: 'Cmd|windash|contains: " -enc "',
    event: { Cmd: 'powershell /enc AAA' },
    meaning: 'Five signs stand for each other: hyphen, slash, en dash, em dash, horizontal bar.',
  },
  {
    written: 'Cmd|base64: whoami',
    event: { Cmd: 'd2hvYW1p' },
    meaning: 'The value, encoded; only at a whole beginning.',
  },
  {
    written: 'Cmd|base64offset|contains: whoami',
    event: { Cmd: 'eHdob2FtaQ==' },
    meaning: 'The value as it looks inside longer base64, at any of three offsets.',
  },
  {
    written: 'Cmd|wide|base64offset|contains: whoami',
    event: { Cmd: 'dwBoAG8AYQBtAGkA' },
    meaning: '`wide`, `utf16le`, `utf16be` and `utf16` (with a byte order mark) stand before it.',
  },
  {
    written: 'Src|cidr: 10.0.0.0/8',
    event: { Src: '10.20.30.40' },
    meaning: 'The address is in the network, IPv4 or IPv6.',
  },
  { written: 'Src|exists: true', event: { Src: null }, meaning: 'The field is there, whatever its value.' },
  {
    written: 'User|fieldref: Target',
    event: { User: 'a', Target: 'A' },
    meaning: 'The value of another field; with contains, startswith, endswith, cased.',
  },
  {
    written: 'Size|gt: 100',
    event: { Size: 101 },
    meaning: '`lt`, `lte`, `gt`, `gte`: as numbers; a text that is none never fits.',
  },
  {
    written: 'Time|hour: 3',
    event: { Time: '2026-03-12T03:15:00Z' },
    meaning:
      '`minute`, `hour`, `day`, `week` (ISO 8601), `month`, `year` of a time as it is written; no zone is converted.',
  },
  { written: 'User|neq: root', event: { User: 'bob' }, meaning: 'None of the values fits;' },
  { written: 'User|neq: root', event: {}, meaning: 'an absent field passes.' },
  {
    written: "Cmd|re: '^a.c$'",
    event: { Cmd: 'abc' },
    meaning: 'A regular expression: see below. `re|i`, `re|m`, `re|s` set its flags.',
  },
];

const expressions: readonly Example[] = [
  {
    written: "V|re: 'b+'",
    event: { V: 'abbc' },
    meaning: 'It may match anywhere in the value; `^` and `$` bind it.',
  },
  { written: "V|re: 'ABC'", event: { V: 'abc' }, meaning: 'Case counts, unless `re|i` or `(?i)`.' },
  {
    written: "V|re: 'a.c'",
    event: { V: 'a\nc' },
    meaning: '`.` is all but a line feed, unless `re|s` or `(?s)`.',
  },
  {
    written: "V|re: 'a$'",
    event: { V: 'a\n' },
    meaning: '`$` is the very end, not before a last line feed, unless `re|m` or `(?m)`.',
  },
  {
    written: "V|re: '^\\d$'",
    event: { V: '٣' },
    meaning: '`\\d`, `\\w`, `\\s`, `\\b` and their opposites are ASCII.',
  },
  { written: "V|re: '^[[:alpha:]]+$'", event: { V: 'abc' }, meaning: 'POSIX classes stand in brackets.' },
];

/** Written as one would; each is refused, and the page shows how. */
const refused = ['a(?=b)', '(?<!a)b', '(a)\\1', 'a++', '(?>a)b', '\\p{L}', '(a{1000}){1000}'];

export function sigmaPage(): string {
  return page(
    'Sigma',
    'Rules are written in [Sigma](https://sigmahq.io) 2.1: one event at a time, by the names of fields that the source uses. This page says what is understood, and how it is read where the specification leaves ' +
      'it open. The examples are run when the page is made. How to write a rule and its tests: [write a rule](../guide/write-a-rule.md); our own rules: [rules.md](rules.md).',
    '## Values',
    exampleTable(values),
    'A list of texts without a field (keywords) looks into every value of the event: one that contains the text fits. A list of maps is any of them, a map all of its fields.',
    '## Modifiers',
    exampleTable(modifiers),
    '`expand` puts the values of placeholders (`%name%`) from the pack’s `placeholders.yml` in; a rule that needs one without values is left out (`detect.placeholder`).',
    '## Regular expressions',
    'An engine of our own, whose time grows with the text alone, whatever the expression: rules come from strangers, and so do the texts. An expression of more than 2,000 steps, which is about as many characters and repetitions, is refused.',
    exampleTable(expressions),
    'What cannot be matched in linear time, or is outside of Sigma, is refused, and the rule is left out:',
    table(
      ['expression', 'says'],
      refused.map((expression) => [code(expression), messageFor(expression)]),
    ),
    '## Conditions',
    '`and`, `or`, `not`, brackets, `1 of`, `2 of`, `all of` with names (`selection_*`) or `them`. Several conditions are any of them. `or` binds least, then `and`, then `not`.',
    '## Log sources',
    'A log source is a selector over columns of the event: source, name of the log, event code, class. A rule about `windows` / `process_creation`, for one, reads Sysmon 1 and Security 4688, the latter under the names of the former (`Image`, `ParentImage`, …). What to know:',
    [
      '- A rule whose log source nothing here gives is loaded, and can never match.',
      '- A bare product or service must be known as such. A product with a category is the category there; a log source of a category alone is every product that has it.',
      '- Defender’s log goes to the category `antivirus` too.',
      '- Microsoft 365 is one log: its services (`exchange`, `threat_management`, …) all mean the unified audit log.',
    ].join('\n'),
    'What is known here. A rule names one of a row, and may leave the product out where it names a category:',
    logSourceTable(),
    '## What a rule says of itself',
    'Without `level` it is `medium`, without `id` its id is made from its logic and changes with it: both are warnings.',
    '## Filters',
    'A document with `filter` is written into the rules that it names by `id` or `name` (`rules: any` means all), of any pack, whose log source is its own or within it: their condition becomes `(condition) and filter condition`. So `condition: not selection` leaves out what the selection describes. The logic of those rules is another one from then on, and so are the ids of their detections.',
    '## Several documents in a file',
    'Each document (`---`) is read on its own. Collections of the old kind are written out: `action: global` goes into all documents behind it until `action: reset`, `action: repeat` is the document before with changes.',
    '## Diagnostics',
    'Each has file, line and column, and `tyrian rules check` prints what to do. A rule with an error is left out; the others of its file are kept.',
    table(
      ['code', 'severity', 'meaning', 'what to do'],
      Object.entries(diagnosticCodes).map(([name, { severity, meaning, mend }]) => [
        ...[code(name), severity, meaning],
        mend,
      ]),
    ),
  );
}

/** By product, each name once. */
function logSourceTable(): string {
  const byProduct = Map.groupBy(knownLogSources, ({ product }) => product ?? '');
  const named = (of: 'category' | 'service', sources: typeof knownLogSources) =>
    [...new Set(sources.map((one) => one[of]))].filter((name) => name !== undefined).sort();
  const cell = (names: readonly string[]) => names.map(code).join(', ');
  return table(
    ['product', 'categories', 'services'],
    [...byProduct]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([product, sources]) => [
        product === '' ? 'any' : code(product),
        cell(named('category', sources)),
        cell(named('service', sources)),
      ]),
  );
}

function exampleTable(examples: readonly Example[]): string {
  return table(
    ['in a rule', 'in an event', 'fits', 'meaning'],
    examples.map(({ written, event, meaning }) => [
      code(written),
      code(JSON.stringify(event)),
      fits(written, event) ? 'yes' : 'no',
      meaning,
    ]),
  );
}

const catalogue = loadCatalogue();

const ruleOf = (search: string) =>
  parseRules(
    `title: t\nid: t\nlevel: low\nlogsource: {product: windows}\ndetection:\n  s:\n    ${search}\n  condition: s\n`,
    'example.yml',
  );

function fits(search: string, event: Example['event']): boolean {
  const { rules, diagnostics } = ruleOf(search);
  const [rule] = rules;
  const native = nativeFields(catalogue, { source: 'json', form: 'object', raw: JSON.stringify(event) });
  if (rule === undefined || native === undefined)
    throw new Error(`the example is wrong: ${search}: ${textOf(diagnostics)}`);
  return compileRule(rule).match(native) !== undefined;
}

function messageFor(expression: string): string {
  const { rules, diagnostics } = ruleOf(`V|re: '${expression}'`);
  if (rules.length > 0) throw new Error(`the expression is not refused: ${expression}`);
  return textOf(diagnostics);
}

const textOf = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map((one) => `${one.message} (\`${one.code}\`)`).join('; ');
