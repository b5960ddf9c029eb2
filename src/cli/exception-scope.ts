import { ExceptionCondition, ExceptionScope } from '../contracts/exception-routes.ts';
import { exceptionsCommandErrors } from './exceptions-errors.ts';

const entityKinds = ['host', 'user', 'address', 'resource'] as const;
const tests: Readonly<Record<string, ExceptionCondition['test']['kind']>> = {
  is: 'equals',
  in: 'equals',
  contains: 'contains',
  starts: 'starts_with',
  ends: 'ends_with',
  cidr: 'cidr',
};
const listed: ReadonlySet<string> = new Set(['in', 'cidr']);

/** What `--when` takes, for people. */
export const conditionHelp =
  'host|user|address|resource|source|field:NAME, then is|in|contains|starts|ends|cidr, then the value (in, cidr: a,b,c)';

/** The scope of an exception as the command line says it. Throws `cli.exception`. */
export function scopeOf(rule: string, conditions: readonly string[]): ExceptionScope {
  const scope = { rule: rule === 'any' ? null : rule, conditions: conditions.map(conditionOf) };
  const parsed = ExceptionScope.safeParse(scope);
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error.issues[0]?.message ?? 'it is wrong');
}

/** `field:CommandLine contains backup.ps1` → a condition; all behind the second word is the value. */
export function conditionOf(text: string): ExceptionCondition {
  const [, subject = '', verb = '', value = ''] = /^\s*(\S+)\s+(\S+)\s+(.+)$/s.exec(text) ?? [];
  const kind = tests[verb];
  if (kind === undefined) throw refusal(`'${text}' has no ${Object.keys(tests).join(', ')}`);
  const values = listed.has(verb) ? value.split(',').map((one) => one.trim()) : [value];
  const parsed = ExceptionCondition.safeParse({ ...subjectOf(subject), test: { kind, values } });
  if (parsed.success) return parsed.data;
  throw refusal(`'${text}': ${parsed.error.issues[0]?.message ?? 'it is wrong'}`);
}

function subjectOf(subject: string) {
  if (subject.startsWith('field:')) return { kind: 'field', field: subject.slice('field:'.length) };
  const kind = [...entityKinds, 'source' as const].find((known) => known === subject);
  if (kind === undefined)
    throw refusal(`There is no '${subject}'; there are ${entityKinds.join(', ')}, source and field:NAME`);
  return { kind };
}

const refusal = (what: string) =>
  exceptionsCommandErrors.make('exception', `${what}. A condition is ${conditionHelp}`);

/** A condition as the command line takes it. */
export function conditionText(condition: ExceptionCondition): string {
  const { kind, values } = condition.test;
  const subject = condition.kind === 'field' ? `field:${condition.field}` : condition.kind;
  const isList = kind === 'cidr' || (kind === 'equals' && values.length > 1);
  const verb = isList && kind === 'equals' ? 'in' : Object.keys(tests).find((name) => tests[name] === kind);
  return `${subject} ${verb} ${values.join(isList ? ',' : ' or ')}`;
}
