import { type AttributeName, attributes } from '../contracts/index.ts';
import { quoteIdentifier, quoteString } from '../sql/index.ts';
import { AttributeChoices } from './choice-sql.ts';
import { type CompiledForm, type CompiledMapping, categoryOf } from './compiled.ts';
import { printAll, printExpression, type SqlContext } from './expression-sql.ts';
import { printContentHash, printDigest, printEventId, printIdentity } from './identity-sql.ts';
import { printExtraction, printFields } from './leaves-sql.ts';
import { type Kind, separatorOf } from './mapping.ts';
import { printAbsent, printSink } from './sink-sql.ts';
import { stageColumns } from './stage-columns.ts';
import { printTime } from './time-sql.ts';

/** Columns of the batch file that a stage row takes over. */
const envelope = ['row', 'partition', 'offset', 'sub', 'tenant', 'stream', 'received_at'];
const identity = ['seed', 'ordinal', 'line'];
const timed = ['line', 'time_value', 'time_quality', 'time_sure', 'fits'];
const hashed = ['digest', 'content_hash'];
const kindColumns = ['k_class', 'k_category', 'k_activity', 'k_status', 'k_severity'];

/**
 * Prints the SELECT of one form over `input`, a relation with the columns of a batch file. In levels, so that each
 * value is written and computed once: the one extraction, the fields, what they say (kind, time), what follows from
 * that (constants of the kind, hashes), the attributes' texts, the typed columns. Each level hands on only what the
 * next ones need: the engine plans anew for every batch, and pays for each column and function. `ok` is 1 only where
 * the result is surely what the function gives.
 */
export function printSelect(compiled: CompiledMapping, form: CompiledForm, input: string): string {
  const given = envelope.map(quoteIdentifier);
  const fields = compiled.fields.map((_, index) => `f${index}`);
  const columnOf = (field: string) => `f${compiled.numberOf(field)}`;
  const context: SqlContext = { columnOf, blanks: [...compiled.blanks] };
  const choices = new AttributeChoices(compiled.mapping.groups, context);
  const levels = [
    [...given, ...identity, printExtraction(form)],
    [...given, ...identity, ...printFields(compiled, form)],
    [...given, ...identity, 'fits', ...fields, ...printFindings(compiled, context)],
    [...given, ...timed, ...fields, ...printConsequences(compiled, context, choices)],
    [...given, ...timed, ...hashed, ...kindColumns, ...choices.texts()],
    printColumns(compiled, form, choices),
  ];
  return levels.reduce(
    (from, columns, level) => `SELECT ${columns.join(', ')} FROM ${level === 0 ? from : `(${from})`}`,
    input,
  );
}

/** What the fields say: `kind` (its number from 1), the time, the natural key. */
function printFindings({ mapping }: CompiledMapping, context: SqlContext): string[] {
  const keys = [...mapping.kindOfKey.keys()].map(quoteString);
  const numbers = [...mapping.kindOfKey.values()].map((index) => index + 1);
  const by = printExpression(mapping.classifyBy, context);
  const looked = `transform(${by}, [${keys.join(', ')}], [${numbers.join(', ')}]::Array(UInt16), toUInt16(1))`;
  return [
    `${keys.length === 0 ? 'toUInt16(1)' : looked} AS kind`,
    ...printTime(mapping.time, context.columnOf),
    ...printIdentity(mapping.naturalKey.map(context.columnOf)),
  ];
}

/** What follows from kind, time and key. */
function printConsequences(
  { mapping }: CompiledMapping,
  context: SqlContext,
  choices: AttributeChoices,
): string[] {
  const ofKind = (pick: (kind: Kind) => number | undefined, type: string) => {
    const values = mapping.kinds.map((kind) => pick(kind) ?? 'NULL');
    return `arrayElement([${values.join(', ')}]::Array(${type}), kind)`;
  };
  return [
    `${ofKind((kind) => kind.classUid, 'UInt64')} AS k_class`,
    `${ofKind((kind) => categoryOf(kind.classUid), 'UInt64')} AS k_category`,
    `${ofKind((kind) => kind.activityId, 'Nullable(UInt64)')} AS k_activity`,
    `${ofKind((kind) => kind.statusId, 'Nullable(UInt64)')} AS k_status`,
    `${ofKind((kind) => kind.severityId, 'Nullable(UInt64)')} AS k_severity`,
    ...choices.masks(ofKind((kind) => kind.group + 1, 'UInt8')),
    `${printDigest(mapping.source, mapping.naturalKey.map(context.columnOf))} AS digest`,
    `${printContentHash(mapping.essential.map(context.columnOf))} AS content_hash`,
  ];
}

/** The typed columns, in the order of the stage. */
function printColumns(compiled: CompiledMapping, form: CompiledForm, choices: AttributeChoices): string[] {
  const { mapping } = compiled;
  const attribute = (name: AttributeName) => {
    const text = choices.attribute(name);
    if (text === undefined) return printAbsent(attributes[name]);
    return printSink(attributes[name], text, separatorOf(mapping, name), [...compiled.blanks]);
  };
  const activity = `ifNull(ifNull(k_activity, ${attribute('activity_id')}), 0)`;
  const computed: Readonly<Record<string, string>> = {
    event_id: printEventId('digest', 'time_value'),
    time: 'multiIf(time_sure, time_value, NULL)',
    time_quality: 'time_quality',
    source: quoteString(mapping.source),
    form: quoteString(form.form.name),
    mapping_version: `toUInt16(${mapping.version})`,
    content_hash: 'content_hash',
    raw: 'line',
    ok: printAll(['fits', 'time_sure']),
    class_uid: 'toNullable(k_class)',
    category_uid: 'toNullable(k_category)',
    activity_id: `toNullable(${activity})`,
    type_uid: `toNullable(k_class * 100 + ${activity})`,
    status_id: `ifNull(k_status, ${attribute('status_id')})`,
    severity_id: `ifNull(k_severity, ${attribute('severity_id')})`,
  };
  return stageColumns.map(({ name }) => {
    const quoted = quoteIdentifier(name);
    if (envelope.includes(name)) return quoted;
    return `${computed[name] ?? attribute(name as AttributeName)} AS ${quoted}`;
  });
}
