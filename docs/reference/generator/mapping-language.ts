import { parse } from 'yaml';
import { compileExpression } from '../../../src/normalise/evaluate.ts';
import { type Expression, fieldsOf } from '../../../src/normalise/expression.ts';
import { readExpression } from '../../../src/normalise/expression-file.ts';
import type { Condition } from '../../../src/normalise/mapping.ts';
import type { MappingFile } from '../../../src/normalise/mapping-schema.ts';
import { code, page, table } from './markdown.ts';

/** Every key of a mapping file; a key that is added to the schema and not here does not compile. */
const fileKeys: Readonly<Record<keyof MappingFile, string>> = {
  source: 'Name of the source, which is the name of its folder: lower-case letters, digits, hyphens.',
  version: 'Version of the mapping, from 1; stored in each event. Raise it when events come out otherwise.',
  title: 'What the source is, for people.',
  last_resort: '`true`: recognised only when no other source fits. Default `false`.',
  blanks: 'Texts that mean "absent", besides the empty text: `-`.',
  forms: 'The shapes in which records come, tried in this order; see *Forms*.',
  required:
    'Fields without which a record is no event: it becomes a dead letter, `normalise.missing_field` or `normalise.wrong_type`.',
  time: 'Where the time of the event stands; the first field that is not empty counts; see *Time*.',
  natural_key:
    'Fields that together identify an event at its source. Where one is empty, identity comes from the place of the record.',
  essential: 'Fields that make two records with one id the same event. None: the whole line.',
  classify: 'Which OCSF class an event has; see *Classification*.',
  attributes:
    'Attribute → expression, for every kind of event; see *Expressions* and [attributes.md](attributes.md).',
  groups: 'Named sets of further attributes, for kinds that need them; `extends` names a group above.',
  patterns: 'What the texts of messages say; see *Messages*.',
};

const formKeys: Readonly<Record<keyof MappingFile['forms'][string], string>> = {
  recognise: 'Conditions that a record must all meet.',
  probes:
    'Texts that every record of the form holds, byte for byte: a cheap check while files are read, no proof.',
  decode:
    '`event_xml: [fields]`: one of the fields, or the record itself, is a Windows event as XML. `data: [fields]`: the fields hold more fields, as XML or JSON. `bytes: [fields]`: text, or its bytes as an array of numbers. Text: see *Lines of text*. Such forms are normalised in the process, not in SQL, but for `delimited`.',
  paths: 'Field → where the form keeps it: a path, or several, tried in order. Levels are parted by `/`.',
  lower_keys:
    '`true` where a store on the way lower-cased all keys: paths and fields are read in lower case. Default `false`.',
  data: 'Prefixes under which all other fields lie, tried in order; the root when not said.',
};

const conditions: Readonly<Record<Condition['kind'], readonly [string, string]>> = {
  has: ['{ has: path }', 'The value is there and not empty. A list of paths: all of them.'],
  lacks: ['{ lacks: path }', 'The value is absent or empty.'],
  is: ["{ is: path, values: ['a', 'b'] }", 'The text is one of the values.'],
  differs: ["{ differs: path, from: ['a', 'b'] }", 'The text is none of the values; also when it is absent.'],
  starts: ["{ starts: path, with: '<Event' }", 'The text starts so.'],
  any: ['{ any: [ … ] }', 'One of the conditions is met.'],
};

const decodings: readonly (readonly [written: string, reads: string])[] = [
  [
    "{ syslog: '' }",
    'RFC 5424, RFC 3164, and what is written into files. Fields: `timestamp`, `host`, `program`, `pid`, `msgid`, `message`, `priority`, `facility`, `severity` (numbers), `sd/<id>/<name>`.',
  ],
  [
    "{ audit: '' }",
    'The Linux audit log. The lines of one event (same machine, same `audit(time:serial)`) are joined: one event is stored, and the ledger counts the other lines as `joined`. A field stands under its own name (several values: a JSON array) and under its record’s, `EXECVE/a0`; hexadecimal text is decoded. Of several fields together: `audit/type`, `audit/syscall`, `audit/command`, `audit/object`, `audit/time`, `audit/serial`, `SOCKADDR/laddr`, `SOCKADDR/lport`.',
  ],
  ["{ key_value: '' }", '`name=value` pairs, values bare or in quotes; other words are passed over.'],
  [
    "{ delimited: '', separator: ' ', columns: [a, b] }",
    'Values parted by one character, as many as there are columns.',
  ],
  [
    "{ delimited: '', separator: ' ', header: [a, b, c] }",
    'The same below a first line that names the columns: four or more of these, in any order. The header is no record; the events’ form is its name and the columns.',
  ],
];

interface Example {
  readonly meaning: string;
  readonly written: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Every kind of expression with an example, whose result is computed when the page is made. */
const expressions: Readonly<Record<Expression['kind'], Example>> = {
  field: {
    meaning: "A field's text: a string as it is, a number with all its digits, an object or array as JSON.",
    written: 'user',
    fields: { user: 'alice' },
  },
  const: { meaning: 'The text itself.', written: '{ const: firewall }', fields: {} },
  first: {
    meaning: 'The first that is not blank.',
    written: '[nick, user]',
    fields: { nick: '', user: 'alice' },
  },
  basename: {
    meaning: 'What follows the last slash or backslash.',
    written: '{ basename: image }',
    fields: { image: 'C:\\Windows\\cmd.exe' },
  },
  lower: { meaning: 'A-Z in lower case.', written: '{ lower: name }', fields: { name: 'WS-07' } },
  domain: {
    meaning: 'Of `DOMAIN\\user`: the domain, empty without one.',
    written: '{ domain: who }',
    fields: { who: 'CORP\\alice' },
  },
  account: {
    meaning: 'Of `DOMAIN\\user`: the user; all of it without a domain.',
    written: '{ account: who }',
    fields: { who: 'CORP\\alice' },
  },
  pair: {
    meaning: 'Of `NAME=value,NAME=value`: the value of one name.',
    written: '{ pair: hashes, name: MD5 }',
    fields: { hashes: 'SHA1=ab,MD5=cd' },
  },
  table: {
    meaning: 'Looks the text up; `else` when it is not in the table.',
    written: '{ table: verdict, of: { allow: 1, deny: 2 }, else: { const: 99 } }',
    fields: { verdict: 'deny' },
  },
  prefix: {
    meaning: 'Like `table`, by the first entry that the text starts with.',
    written: '{ prefix: arn, of: { "arn:aws:iam": iam } }',
    fields: { arn: 'arn:aws:iam::1:user/a' },
  },
  join: {
    meaning: 'The texts one behind the other, `with` between them.',
    written: '{ join: [log, code], with: / }',
    fields: { log: 'security', code: '4624' },
  },
  after: {
    meaning: 'What follows the last separator (one ASCII character); all without one.',
    written: "{ after: path, separator: '.' }",
    fields: { path: 'a.b.c' },
  },
  before: {
    meaning: 'What precedes the last separator; empty without one.',
    written: "{ before: path, separator: '.' }",
    fields: { path: 'a.b.c' },
  },
  beyond: {
    meaning: 'What follows the first separator; all without one.',
    written: "{ beyond: path, separator: '.' }",
    fields: { path: 'a.b.c' },
  },
  until: {
    meaning: 'What precedes the first separator; all without one.',
    written: "{ until: path, separator: '.' }",
    fields: { path: 'a.b.c' },
  },
  when: {
    meaning: '`then` if the text is one of `is`, else `else` (or nothing).',
    written: "{ when: code, is: ['12'], then: kind, else: { const: '-' } }",
    fields: { code: '12', kind: 'Key' },
  },
  member: {
    meaning: 'A value within JSON text; numbers in the path count elements from 0.',
    written: '{ member: detail, path: [items, 1] }',
    fields: { detail: '{"items":["a","b"]}' },
  },
  find: {
    meaning:
      'Of the first element of a JSON array whose member `by` is one of `is`: the value at `path`, as `member` has it.',
    written: '{ find: parameters, by: name, is: doc_id, path: [value] }',
    fields: { parameters: '[{"name":"owner","value":"bo"},{"name":"doc_id","value":"d7"}]' },
  },
  ip: {
    meaning: 'Canonical text of an address, empty when it is none.',
    written: '{ ip: source }',
    fields: { source: '::ffff:192.0.2.7' },
  },
  scalar: {
    meaning: 'Empty when the text is a JSON object or array.',
    written: '{ scalar: value }',
    fields: { value: '{"a":1}' },
  },
};

export function mappingLanguagePage(): string {
  return page(
    'The mapping language',
    'A source is a folder with a `mapping.yaml`: data, no code. It has one meaning and two compilers: a function of the process, and ClickHouse SQL. ' +
      'A worked example is in [the guide](../guide/add-a-source.md). What breaks the language is refused when the program starts, as `normalise.mapping_invalid` with file, line and column.',
    '## Keys of the file',
    rowsOf('key', fileKeys),
    '## Forms',
    'The key of a form is its name. A path names the levels of a JSON record, parted by `/`; a key that holds a `/` cannot be named.',
    rowsOf('key of a form', formKeys),
    '### Conditions',
    table(
      ['written', 'met when'],
      Object.values(conditions).map(([written, met]) => [code(written), met]),
    ),
    '## Lines of text',
    'A form whose `decode` is one of these reads lines that are no JSON (an empty text stands for the record itself), or a line that one of several fields of a JSON record holds (a list of fields). ' +
      'Conditions of a form of bare lines are about the fields of the line.',
    table(
      ['written', 'reads'],
      decodings.map(([written, reads]) => [code(written), reads]),
    ),
    '## Messages',
    '`patterns: { text, program, of }`: `text` is the field with the message, `program` an expression for who wrote it, `of` the patterns, or the name of a file that holds them, from the ' +
      "mapping's folder. A pattern is `name: { programs, like }`; without `programs` it is tried for all. `like` lists templates: " +
      '`Failed password for {user*} from {ip} port {port} ssh2`, where `{name}` is a word and `{name*}`, at most once, any text. The first that is the whole message gives the field `pattern` ' +
      'the name of the pattern, and `match/user` and so on what stands in the holes. What is behind the free hole is matched from the end, so that no name in it can pose as an address. Such sources are normalised in the process.',
    '## Time',
    'A rule is `{ field, formats, zone }`. Formats: `iso` (`2026-03-12T10:00:00.123456Z`, a space instead of the `T`, with or without zone), `epoch_seconds` ' +
      '(9 or 10 digits, a fraction or none), `epoch_millis` (13 digits), and, read in the process only, `epoch_micros` (16 digits), `audit_id` (`1773306001.101:4711`), ' +
      '`calendar` (`Tue Sep 11 16:14:21 2018 UTC`) and `syslog` (`Oct 11 22:14:15`, a year behind the day or none: then it is the one that puts the time nearest before its receipt, and `time_quality` is `year_assumed`). `zone` says what a time without one means: `{ known: "+00:00" }` where the ' +
      'source documents it, `{ assumed: "+01:00" }` where not; assumed times are stored with `time_quality` `zone_assumed`. Text of another form gives no time ' +
      '(`missing`), and one before 1971 or from 2261 on is `out_of_range`: such a record is still an event.',
    '## Classification',
    '`classify.by` is an expression; its text is looked up among `classify.kinds`, and what is not there is of `classify.default`. A kind is ' +
      '`{ class, activity, status, severity, group }`: the OCSF `class_uid`, and where they are constant `activity_id`, `status_id` and `severity_id`, ' +
      'and the group of further attributes. `category_uid` and `type_uid` are computed.',
    '## Expressions',
    'An expression yields text; the type of its attribute makes an integer (decimal, or `0x…`), an address or a list of it. What does not fit is left out, the record stays an event. ' +
      'For a list attribute, `{ list: expression, separator: "," }` takes a JSON array or text with separators.',
    table(['kind', 'written', 'with', 'yields', 'meaning'], Object.entries(expressions).map(expressionRow)),
  );
}

const rowsOf = (head: string, keys: Readonly<Record<string, string>>) =>
  table(
    [head, 'meaning'],
    Object.entries(keys).map(([key, meaning]) => [code(key), meaning]),
  );

function expressionRow([kind, { written, fields, meaning }]: readonly [string, Example]): readonly string[] {
  const given = Object.entries(fields).map(([name, value]) => code(`${name}: ${value}`));
  const result = evaluated(kind, written, fields);
  return [code(kind), code(written), given.join(', '), result === '' ? 'nothing' : code(result), meaning];
}

/** Runs an example through the parser and the compiled function. */
function evaluated(kind: string, written: string, fields: Example['fields']): string {
  const issues: Parameters<typeof readExpression>[2] = [];
  const expression = readExpression(parse(written), [], issues);
  if (issues.length > 0 || expression.kind !== kind)
    throw new Error(`the example of '${kind}' is wrong: ${written}`);
  const names = [...new Set([...Object.keys(fields), ...fieldsOf(expression)])];
  const evaluate = compileExpression(expression, {
    numberOf: (name) => names.indexOf(name),
    blanks: new Set(['']),
  });
  return evaluate(names.map((name) => fields[name] ?? ''));
}
