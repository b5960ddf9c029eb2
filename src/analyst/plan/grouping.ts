import type { EventField, HuntKind, HuntMeasure } from '../../contracts/index.ts';
import type { Filter } from './conditions.ts';
import { isCountedAsEvents } from './intent.ts';
import type { Ask, Wanted } from './interpret.ts';
import { type EventClass, eventClasses } from './words/classes.ts';
import { amounts, type FieldNoun, type FieldNounName, fieldNouns } from './words/fields.ts';

/** What `top`, `which` and `per` ask for: groups by nouns, and what is counted in each. */
export interface Grouping {
  readonly groups: readonly FieldNounName[];
  /** Count different values of this noun instead of events. */
  readonly distinct?: FieldNounName;
}

/** Finds what groups are made by, from the nouns that are asked for. */
export function groupingOf(ask: Ask, kind: HuntKind): Grouping {
  const groups = ask.wanted.filter(({ lead }) => lead === 'group' || lead === 'by');
  const asked = ask.wanted.filter(
    ({ name, lead }) => isAsked(lead) && !(lead === 'count' && isCountedAsEvents(ask, name)),
  );
  const counted = ask.wanted.find(({ lead }) => lead === 'by-count');
  if (groups.length > 0) {
    const distinct = counted ?? asked.find(({ lead }) => lead === 'count' || lead === 'distinct');
    return distinctOf(groups, distinct);
  }
  if (kind === 'timeline') return distinctOf([], counted);
  const which = asked.find(({ lead }) => lead === 'which');
  const most = asked.find(({ name, lead }) => (lead === 'most' || lead === 'least') && name !== which?.name);
  if (which !== undefined) return distinctOf([which], counted ?? most);
  if (asked.length > 0) return distinctOf(sameLead(asked), counted);
  return distinctOf(ask.wanted.filter(({ lead }) => lead !== 'by-count').slice(0, 1), counted);
}

const isAsked = (lead: Wanted['lead']) => lead !== undefined && lead !== 'by-count' && lead !== 'search';

const sameLead = (wanted: readonly Wanted[]) =>
  wanted.filter(({ lead }) => lead === wanted[0]?.lead).slice(0, 4);

function distinctOf(groups: readonly Wanted[], counted: Wanted | undefined): Grouping {
  const names = [...new Set(groups.map(({ name }) => name))];
  const isOther = counted !== undefined && !names.includes(counted.name);
  return { groups: names, ...(isOther ? { distinct: counted.name } : {}) };
}

interface Grouped {
  readonly ask: Ask;
  readonly filter: Filter;
  readonly grouping: Grouping;
}

/** Several nouns make one grouping by all; one noun with several fields makes a query for each field. */
export function groupFields(draft: Grouped): readonly (readonly EventField[])[] {
  const { groups } = draft.grouping;
  if (groups.length === 0) return [draft.ask.amounts.length > 0 ? ['src_ip', 'dst_ip'] : ['device_hostname']];
  const fields = groups.map((name) => fieldsOf(name, draft));
  if (fields.length > 1) return [fields.map((choices) => choices[0] ?? 'device_hostname')];
  return (fields[0] ?? []).map((field) => [field]);
}

/** `which addresses got bytes from 10.0.0.1`: one side is named, the other is asked for. */
function fixedSide({ where }: Filter): EventField | undefined {
  const sides = where
    .filter(({ negated, fields }) => !negated && fields.length === 1)
    .map(({ fields }) => fields[0]);
  if (sides.includes('src_ip') === sides.includes('dst_ip')) return undefined;
  return sides.includes('src_ip') ? 'dst_ip' : 'src_ip';
}

/** `who created alice` asks for who acts: OCSF account change and group management. */
const isDoneToUsers = ({ classes }: EventClass) => classes[0] === 3001 || classes[0] === 3006;

/** What `by type` means of events of a class. */
const kindFields: Readonly<Record<number, EventField>> = {
  2004: 'finding_title',
  3002: 'logon_type_id',
  4003: 'query_type',
  6003: 'api_operation',
};

/** OCSF category 4, without emails: a network sensor may report them, and knows addresses only. */
const isNetwork = ({ classes }: EventClass) => classes.some((id) => id >= 4001 && id < 4009);

const isSensed = (event: EventClass | undefined, ask: Ask) =>
  (event !== undefined && isNetwork(event)) || ask.sources.some(({ name }) => name === 'zeek');

/** How `who` and `host` were read of network events. */
export function sideNotes({ ask, filter, grouping }: Grouped): readonly string[] {
  const [first] = filter.classes;
  const event: EventClass | undefined = first === undefined ? undefined : eventClasses[first];
  const isWho = ask.cues.has('who') && event !== undefined && isNetwork(event);
  return [
    ...(grouping.groups.includes('user') && isWho ? ["read 'who' as the address on the other side"] : []),
    ...(grouping.groups.includes('host') && isSensed(event, ask)
      ? ['network sensors name no host: groups by source address stand beside those by host']
      : []),
  ];
}

/** The fields a noun groups by; the class decides who is meant by a user and by a process. */
function fieldsOf(name: FieldNounName, { ask, filter }: Grouped): readonly EventField[] {
  const [first] = filter.classes;
  const event: EventClass | undefined = first === undefined ? undefined : eventClasses[first];
  const noun: FieldNoun = fieldNouns[name];
  if (name === 'ip' && fixedSide(filter) !== undefined) return [fixedSide(filter) ?? 'dst_ip'];
  if (name === 'event_kind') return [kindFields[event?.classes[0] ?? 0] ?? 'class_uid'];
  if (name === 'host' && isSensed(event, ask)) return ['device_hostname', 'src_ip'];
  if (event === undefined) return noun.group;
  if (name === 'user' && ask.cues.has('who') && isNetwork(event)) return [fixedSide(filter) ?? 'src_ip'];
  if (name === 'user') return [ask.cues.has('who') && isDoneToUsers(event) ? 'actor_user_name' : event.user];
  if (name === 'ip') return event.classes[0] === 4001 ? noun.group : ['src_ip'];
  if (name === 'process')
    return first === 'process_start' || first === 'process_end' ? ['process_name'] : ['actor_process_name'];
  if (name === 'hash') return event.classes[0] === 1007 ? ['process_sha256'] : ['file_sha256'];
  return noun.group.slice(0, 1);
}

export function measuresOf(draft: Grouped): {
  readonly measures: readonly HuntMeasure[];
  readonly notes: readonly string[];
} {
  const { ask, grouping } = draft;
  const [amount] = ask.amounts;
  if (amount !== undefined) {
    const { fields, caption } = amounts[amount];
    const notes = [`read 'bytes' as ${caption}`];
    return { measures: fields.map((field) => ({ kind: 'sum' as const, field })), notes };
  }
  if (grouping.distinct === undefined) return { measures: [{ kind: 'count' }], notes: [] };
  const field = fieldsOf(grouping.distinct, draft)[0] ?? 'device_hostname';
  const notes = [`counted different values of ${field}, not events`];
  return { measures: [{ kind: 'distinct', field }], notes };
}
