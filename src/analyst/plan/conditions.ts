import type { EventField, HuntCondition, HuntKind } from '../../contracts/index.ts';
import { equalsAny } from './equals-any.ts';
import type { Ask, Mention } from './interpret.ts';
import { hasOther, isLoose, leftOutNotes } from './left-out.ts';
import type { PlanContext } from './port.ts';
import { operationNouns, operationTests, severeNote, severeTests } from './special-tests.ts';
import { type Subject, subjectOf } from './subject.ts';
import type { Scene } from './target.ts';
import { classConditions, type EventClassName, eventClasses } from './words/classes.ts';
import type { Action } from './words/cues.ts';
import { amounts, type FieldNoun, type FieldNounName, fieldNouns } from './words/fields.ts';
import { type SourceWord, type SourceWordName, sourceWords } from './words/sources.ts';

/** What all queries of a plan ask of an event, and how that reads. */
export interface Filter {
  readonly where: readonly HuntCondition[];
  readonly classes: readonly EventClassName[];
  /** `failed logons, user alice`. */
  readonly caption: string;
  readonly notes: readonly string[];
}

/** As many tests as the contract takes, less those that builders add. */
const maxConditions = 14;
const maxValues = 100;

/** Turns what a question names into tests. `asked` are the nouns that groups are made by. */
export function filterOf(
  ask: Ask,
  kind: HuntKind,
  asked: readonly FieldNounName[],
  context: PlanContext,
): Filter {
  const classes = classesOf(ask, asked);
  const seen = ask.cues.has('seen') || (ask.cues.has('when') && ask.classes.length === 0);
  const upwards = ask.wanted.some(({ name }) => name === 'parent') || !hasDownwardWords(ask);
  const scene: Scene = { kind, classes, seen, upwards, context };
  const named = ask.mentions.filter((mention) => !isStray(mention));
  const firm = named.filter((mention) => !isLoose(mention, ask, context));
  const meant = hasOther(ask, firm) ? firm : named;
  const subjects = joinSubjects(meant, scene);
  const severe = severeTests(ask, meant);
  const operation = operationTests(ask, classes);
  const acts = operation.length > 0 ? operation : actionTests(ask, classes);
  const all = [
    ...(kind === 'process_tree' ? [] : classTests(classes)),
    ...statusTests(ask, classes),
    ...acts,
    ...severe,
    ...ask.sources.flatMap(sourceSubjects),
    ...nounTests(asked),
    ...subjects,
    ...limitTests(ask),
    ...presentTests(ask, [...asked, ...(operation.length > 0 ? operationNouns(ask) : [])], classes),
  ];
  const kept = all.slice(0, maxConditions);
  return {
    where: kept.map(({ condition }) => condition),
    classes,
    caption: captionOf(classes, kept),
    notes: [
      ...leftOutNotes(ask, {
        mentions: named.filter((mention) => !meant.includes(mention)),
        classes,
        usesActions: acts.length > 0,
        usesOpinions: severe.length > 0,
      }),
      ...(severe.length > 0 ? [severeNote(ask)] : []),
      ...ask.sources.flatMap(({ name }) => sourceOf(name).note ?? []),
      ...ask.mentions.filter(isStray).map(({ entity }) => `did not use the number ${entity.value}`),
      ...(all.length > kept.length ? [`only the first ${maxConditions} conditions were used`] : []),
    ],
  };
}

/** A number of one or two digits that stands beside nothing would be found in every record. */
const isStray = ({ entity, noun }: Mention) =>
  entity.kind === 'number' && noun === undefined && entity.value.length < 3;

/** `what launched X` asks for what stands above X, everything else for what stands below it too. */
const hasDownwardWords = (ask: Ask) =>
  ask.cues.has('tree') || ask.mentions.some(({ link }) => link === 'did');

function captionOf(classes: readonly EventClassName[], subjects: readonly Subject[]): string {
  const kinds =
    classes.length === 0 ? 'events' : classes.map((name) => eventClasses[name].caption).join(' and ');
  return [kinds, ...subjects.map(({ caption }) => caption).filter((caption) => caption !== '')].join(', ');
}

const logonClasses = new Set<EventClassName>(['logon', 'authentication', 'successful_logon', 'failed_logon']);

/** The classes that are meant: verbs give way to nouns, a logon that failed is a failed logon. */
function classesOf(ask: Ask, asked: readonly FieldNounName[]): readonly EventClassName[] {
  const named = [...new Set(ask.classes.map((name) => byAction(name, ask)))];
  const nouns = ask.wanted.filter(({ name }) => !asked.includes(name) || ask.wanted.length === 1);
  const implied = nouns.flatMap(({ name }) => eventsOf(name));
  const fromNouns = ask.mentions.flatMap(({ noun }) =>
    noun === 'process' || noun === 'parent' ? eventsOf('process') : [],
  );
  const nouned = [...new Set([...implied, ...fromNouns])].slice(0, 1).map((name) => byAction(name, ask));
  const sourced = ask.sources.flatMap(({ name }) => sourceOf(name).events ?? []);
  const [all = []] = [named, nouned, sourced, accountClasses(ask)].filter(({ length }) => length > 0);
  const strong = all.length > 1 ? all.filter((name) => name !== 'process_start' && name !== 'finding') : all;
  return withStatus(strong.length > 0 ? strong : all, ask);
}

/** `files … deleted`: the verb narrows the class that the noun stands for. */
const narrower: Readonly<Partial<Record<EventClassName, Readonly<Partial<Record<Action, EventClassName>>>>>> =
  {
    file: {
      delet: 'file_deleted',
      remov: 'file_deleted',
      creat: 'file_created',
      modif: 'file_created',
      chang: 'file_created',
      updat: 'file_created',
    },
    service: { install: 'service_install', creat: 'service_install', add: 'service_install' },
    scheduled_job: {
      creat: 'scheduled_job_created',
      add: 'scheduled_job_created',
      delet: 'scheduled_job_deleted',
      remov: 'scheduled_job_deleted',
    },
  };

function byAction(name: EventClassName, { actions }: Ask): EventClassName {
  const [narrowed] = actions.flatMap((action) => narrower[name]?.[action] ?? []);
  return narrowed ?? name;
}

/** `which users were created`. */
function accountClasses({ wanted, mentions, actions, cues }: Ask): readonly EventClassName[] {
  const isAsked = !cues.has('who') && wanted.some(({ name }) => name === 'user');
  if (!isAsked && !mentions.some(({ noun }) => noun === 'user')) return [];
  if (actions.includes('creat') || actions.includes('add')) return ['account_created'];
  return actions.includes('delet') || actions.includes('remov') ? ['account_deleted'] : [];
}

function eventsOf(name: FieldNounName): readonly EventClassName[] {
  const noun: FieldNoun = fieldNouns[name];
  return noun.events === undefined ? [] : [noun.events];
}

function withStatus(classes: readonly EventClassName[], ask: Ask): readonly EventClassName[] {
  if (!classes.some((name) => logonClasses.has(name))) return classes;
  const isFailed = ask.status === 'failed' || classes.includes('failed_logon');
  const isGood = ask.status === 'succeeded' || classes.includes('successful_logon');
  const both = isFailed && isGood;
  const logon = both ? 'logon' : isFailed ? 'failed_logon' : isGood ? 'successful_logon' : undefined;
  if (logon === undefined) return classes;
  return [...new Set(classes.map((name) => (logonClasses.has(name) ? logon : name)))];
}

/** Several classes are alternatives; then only their ids are asked for. */
function classTests(classes: readonly EventClassName[]): readonly Subject[] {
  const [only] = classes;
  if (only === undefined) return [];
  if (classes.length === 1) return classConditions(only).map((condition) => ({ condition, caption: '' }));
  const ids = classes.flatMap((name) => eventClasses[name].classes.map(String));
  return [{ condition: equalsAny('class_uid', [...new Set(ids)]), caption: '' }];
}

function statusTests(ask: Ask, classes: readonly EventClassName[]): readonly Subject[] {
  if (ask.status === undefined || classes.some((name) => logonClasses.has(name))) return [];
  const value = ask.status === 'failed' ? '2' : '1';
  return [{ condition: equalsAny('status_id', [value]), caption: ask.status }];
}

/** `who deleted the bucket`: with a class the verb adds nothing that can be asked for, but to API calls. */
function actionTests(ask: Ask, classes: readonly EventClassName[]): readonly Subject[] {
  if (classes.some((name) => name !== 'api') || ask.actions.length === 0) return [];
  const fields: EventField[] = ['api_operation', 'message'];
  const condition = { fields, op: 'contains' as const, values: [...ask.actions], negated: false };
  return [{ condition, caption: `operation ${ask.actions.join(' or ')}…` }];
}

const sourceOf = (name: SourceWordName): SourceWord => sourceWords[name];

function sourceSubjects({ name, negated }: Ask['sources'][number]): readonly Subject[] {
  const { where, also, phrases } = sourceOf(name);
  const condition = copyOf({ ...where, negated: where.negated !== negated });
  const more = also === undefined ? [] : [{ condition: copyOf(also), caption: '' }];
  return [{ condition, caption: `${negated ? 'not ' : ''}${phrases[0]}` }, ...more];
}

const copyOf = (condition: HuntCondition): HuntCondition => ({
  ...condition,
  fields: [...condition.fields],
  values: [...condition.values],
});

/** What events meet that have what is asked for: buckets are S3's. */
function nounTests(asked: readonly FieldNounName[]): readonly Subject[] {
  return asked.flatMap((name) => {
    const { where }: FieldNoun = fieldNouns[name];
    return where === undefined ? [] : [{ condition: copyOf(where), caption: '' }];
  });
}

const traffic: readonly EventField[] = amounts.bytes.fields;

function limitTests(ask: Ask): readonly Subject[] {
  return ask.limits.flatMap(({ comparison, value, noun, isBytes }) => {
    const fields = isBytes || noun === undefined ? traffic : fieldNouns[noun].group;
    const condition = { fields: [...fields], op: comparison, values: [value.toString()], negated: false };
    return [{ condition, caption: `${noun ?? 'bytes'} ${comparison.replace('_', ' ')} ${value}` }];
  });
}

/** Nouns too general to ask that they be there. */
const general = new Set<FieldNounName>([
  'host',
  'user',
  'ip',
  'event_code',
  'process',
  'file',
  'source',
  'event_class',
  'log_name',
  'stream',
  'severity',
  'protocol',
]);

/** A service is in each service installation. */
const isSameKind = (left: EventClassName, right: EventClassName) =>
  eventClasses[left].classes.join() === eventClasses[right].classes.join();

/** A noun that is neither asked for nor beside a name: `who touched a registry key` wants events that have one. */
function presentTests(
  ask: Ask,
  asked: readonly FieldNounName[],
  classes: readonly EventClassName[],
): readonly Subject[] {
  const left = ask.wanted.filter(({ name }) => !asked.includes(name) && !general.has(name));
  return [...new Set(left.map(({ name }) => name))]
    .filter((name) => !eventsOf(name).some((event) => classes.some((other) => isSameKind(event, other))))
    .map((name) => ({
      condition: { fields: [...fieldNouns[name].fields], op: 'present', values: [], negated: false },
      caption: `with ${fieldNouns[name].caption}`,
    }));
}

/** Names joined by `or`, `and` or a comma are alternatives; words of a text that are joined by `and` all count. */
function joinSubjects(mentions: readonly Mention[], scene: Scene): readonly Subject[] {
  const subjects: Subject[] = [];
  for (const mention of mentions) {
    const subject = subjectOf(mention, scene);
    const previous = subjects.at(-1);
    const joins =
      mention.joined === 'or' || (mention.joined === 'and' && subject.condition.op !== 'contains');
    if (joins && previous !== undefined && isAlike(previous.condition, subject.condition)) {
      subjects[subjects.length - 1] = merge(previous, subject, mention.entity.value);
    } else subjects.push(subject);
    if (mention.entity.port !== undefined) {
      const port = { ...equalsAny('dst_port', [mention.entity.port]), negated: mention.negated };
      subjects.push({ condition: port, caption: `port ${mention.entity.port}` });
    }
  }
  return subjects;
}

const isAlike = (a: HuntCondition, b: HuntCondition) =>
  a.op === b.op && a.negated === b.negated && a.fields.join() === b.fields.join();

function merge(first: Subject, second: Subject, value: string): Subject {
  const values = [...new Set([...first.condition.values, ...second.condition.values])].slice(0, maxValues);
  return { condition: { ...first.condition, values }, caption: `${first.caption} or ${value}` };
}
