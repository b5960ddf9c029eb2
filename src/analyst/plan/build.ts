import type {
  EventField,
  HuntCondition,
  HuntKind,
  HuntMeasure,
  HuntQuery,
  HuntWindow,
} from '../../contracts/index.ts';
import { columnsFor, processColumns } from './columns.ts';
import type { Filter } from './conditions.ts';
import { type Grouping, groupFields, measuresOf, sideNotes } from './grouping.ts';
import type { Ask } from './interpret.ts';
import { isEverything } from './time/window.ts';

/** What the builders work from. */
export interface Draft {
  readonly ask: Ask;
  readonly filter: Filter;
  readonly grouping: Grouping;
  readonly window: HuntWindow;
}

export interface Built {
  readonly queries: readonly HuntQuery[];
  readonly notes: readonly string[];
}

const defaultRows = 200;
const supportRows = 50;
const endRows = 5;
const defaultTop = 10;
const listedGroups = 200;
const maxLimit = 1_000;
const treeDepth = 5;

/** The queries of a plan, at most eight, ids `q1` on. */
export function buildQueries(kind: HuntKind, draft: Draft): Built {
  const { queries, notes } = build(kind, draft);
  return { queries: queries.map((query, index) => ({ ...query, id: `q${index + 1}` })), notes };
}

function build(kind: HuntKind, draft: Draft): Built {
  switch (kind) {
    case 'search':
      return search(draft);
    case 'top':
      return top(draft);
    case 'timeline':
      return timeline(draft);
    case 'first_last':
      return firstLast(draft);
    case 'activity':
      return activity(draft);
    case 'process_tree':
      return processTree(draft);
  }
}

const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
const whereOf = ({ filter }: Draft): HuntCondition[] => [...filter.where];

type RowsOf = Extract<HuntQuery, { kind: 'rows' }>;

function rows(draft: Draft, order: 'oldest' | 'newest', limit: number): RowsOf {
  return {
    kind: 'rows',
    id: 'q',
    purpose: clip(`${draft.filter.caption}; ${order} first`),
    where: whereOf(draft),
    columns: columnsFor(draft.filter.classes),
    order,
    limit,
  };
}

/** `fields`: only events that have one of them are counted, as groups by them do. */
function total(draft: Draft, fields: readonly EventField[] = []): HuntQuery {
  const having = fields.length === 0 ? '' : ` with ${fields.join(' or ')}`;
  return {
    kind: 'first_last',
    id: 'q',
    purpose: clip(`how many, first and last: ${draft.filter.caption}${having}`),
    where: [...whereOf(draft), ...(fields.length === 0 ? [] : [presentAny(fields)])],
  };
}

const presentAny = (fields: readonly EventField[]): HuntCondition => ({
  fields: [...fields],
  op: 'present',
  values: [],
  negated: false,
});

const present = (fields: readonly EventField[]): HuntCondition[] =>
  fields.map((field) => presentAny([field]));

interface Top {
  readonly fields: readonly EventField[];
  readonly measure?: HuntMeasure;
  readonly order?: 'most' | 'least';
  readonly limit: number;
  readonly where?: readonly HuntCondition[];
  /** What is counted, when it isn't what the filter names. */
  readonly caption?: string;
}

/** Groups of events that have the fields; events without them are in no group. */
function topQuery(draft: Draft, { fields, measure, order, limit, where, caption }: Top): HuntQuery {
  const measured = measure?.kind === 'sum' ? [measure.field] : [];
  return {
    kind: 'top',
    id: 'q',
    purpose: clip(`${caption ?? draft.filter.caption} by ${fields.join(', ')}`),
    where: [...whereOf(draft), ...(where ?? []), ...present(measured), ...present(fields)],
    group_by: [...fields],
    measure: measure ?? { kind: 'count' },
    order: order ?? 'most',
    limit,
  };
}

function search(draft: Draft): Built {
  const { ask } = draft;
  const order = ask.cues.has('first') && !ask.cues.has('last') ? 'oldest' : 'newest';
  const found = [rows(draft, order, ask.quantity ?? defaultRows), total(draft)];
  const mentions = ipMentions(draft);
  return { queries: mentions === undefined ? found : [...found, mentions], notes: [] };
}

/** Text columns in which an address may stand that no address column holds. */
const textFields: EventField[] = [
  'process_cmd_line',
  'actor_process_cmd_line',
  'script_content',
  'http_url',
  'query_hostname',
  'reg_value_data',
  'message',
];

function ipMentions(draft: Draft): HuntQuery | undefined {
  const isAddress = ({ fields, op, negated }: HuntCondition) =>
    op === 'equals' && !negated && fields[0] === 'src_ip';
  const [address, ...others] = draft.filter.where.filter(isAddress);
  if (address === undefined || others.length > 0 || draft.filter.classes.length > 0) return undefined;
  const where = draft.filter.where.map((condition) =>
    condition === address ? { ...condition, fields: textFields, op: 'contains' as const } : condition,
  );
  const purpose = clip(`text that mentions ${address.values.join(' or ')}`);
  return { ...rows(draft, 'newest', supportRows), where, purpose };
}

function top(draft: Draft): Built {
  const { ask, grouping } = draft;
  const { measures, notes } = measuresOf(draft);
  const order = ask.cues.has('least') ? 'least' : 'most';
  const isRanked = ask.cues.has('most') || ask.cues.has('least') || ask.amounts.length > 0;
  const listed = ask.cues.has('count') ? maxLimit : listedGroups;
  const limit = ask.quantity ?? (isRanked ? defaultTop : listed);
  const fieldSets = groupFields(draft);
  const tops = fieldSets.flatMap((fields) =>
    measures.map((measure) => topQuery(draft, { fields, measure, order, limit })),
  );
  const needsRows = !isRanked && grouping.groups.length > 0 && draft.filter.where.length > 0;
  const support = needsRows ? [rows(draft, 'newest', supportRows)] : [];
  const summed = measures.flatMap((measure) => (measure.kind === 'sum' ? [measure.field] : []));
  const counted = summed.length > 0 ? summed : fieldSets.flatMap((fields) => fields.slice(0, 1));
  return {
    queries: [...tops.slice(0, 5), total(draft, [...new Set(counted)]), ...support],
    notes: [...notes, ...sideNotes(draft)],
  };
}

const bucketSteps = [60, 300, 900, 3_600, 14_400, 86_400, 604_800, 2_592_000];
const wantedBuckets = 48;

function timeline(draft: Draft): Built {
  const { ask, window, grouping } = draft;
  const seconds = isEverything(window)
    ? maxLimit * 86_400
    : (Date.parse(window.to) - Date.parse(window.from)) / 1_000;
  const { bucket, notes } = bucketOf(ask.bucketSeconds, seconds);
  const measured = measuresOf(draft);
  const buckets: HuntQuery[] = measured.measures.map((measure) => ({
    kind: 'timeline',
    id: 'q',
    purpose: clip(`${draft.filter.caption} over time, ${stepText(bucket)}`),
    where: whereOf(draft),
    bucket_seconds: bucket,
    measure,
    limit: Math.min(maxLimit, Math.ceil(seconds / bucket) + 1),
  }));
  const split =
    grouping.groups.length > 0
      ? groupFields(draft).map((fields) => topQuery(draft, { fields, limit: defaultTop }))
      : [];
  const splitNote = split.length > 0 ? ['time and groups are counted apart, not crossed'] : [];
  return {
    queries: [...buckets, total(draft), ...split.slice(0, 2)],
    notes: [...notes, ...measured.notes, ...splitNote, timelessSteps],
  };
}

const timelessSteps = 'events without a time of their own stand in no step of time, but in the number of all';

const stepNames: readonly (readonly [seconds: number, name: string])[] = [
  [2_592_000, 'month'],
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];

/** 86400 → `per day`, 14400 → `per 4 hours`. */
function stepText(seconds: number): string {
  const [length, name] = stepNames.find(([step]) => seconds % step === 0) ?? [1, 'second'];
  return seconds === length ? `per ${name}` : `per ${seconds / length} ${name}s`;
}

function bucketOf(
  stated: number | undefined,
  seconds: number,
): { readonly bucket: number; readonly notes: readonly string[] } {
  const wanted = stated ?? bucketSteps.find((step) => seconds / step <= wantedBuckets) ?? 2_592_000;
  const bucket = bucketSteps.find((step) => step >= wanted && seconds / step < maxLimit) ?? 2_592_000;
  const coarser =
    bucket === wanted
      ? []
      : [`the window is too long to count ${stepText(wanted)}: counted ${stepText(bucket)}`];
  const fixed =
    bucket > 86_400 && stated !== undefined
      ? ['weeks and months are stretches of 7 and 30 days since 1970']
      : [];
  return { bucket, notes: [...coarser, ...fixed] };
}

function firstLast(draft: Draft): Built {
  const { ask, filter } = draft;
  if (filter.where.length === 0) return { queries: [total(draft), ...inventory(draft)], notes: [] };
  const isCount =
    ask.cues.has('count') && !ask.cues.has('first') && !ask.cues.has('last') && !ask.cues.has('when');
  if (isCount) return { queries: [total(draft), rows(draft, 'newest', supportRows)], notes: [] };
  return {
    queries: [total(draft), rows(draft, 'oldest', endRows), rows(draft, 'newest', endRows)],
    notes: [],
  };
}

/** What is there at all: by source, by kind of event, by host. */
function inventory(draft: Draft): readonly HuntQuery[] {
  return [
    topQuery(draft, { fields: ['source'], limit: listedGroups }),
    topQuery(draft, { fields: ['class_uid'], limit: listedGroups }),
    topQuery(draft, { fields: ['device_hostname'], limit: defaultTop }),
  ];
}

const kindGroups = 50;

function activity(draft: Draft): Built {
  const { filter, ask } = draft;
  const kinds = topQuery(draft, { fields: ['class_uid', 'source'], limit: kindGroups });
  const codes = topQuery(draft, { fields: ['metadata_event_code'], limit: defaultTop });
  const programs = topQuery(draft, {
    fields: ['process_name'],
    limit: defaultTop,
    caption: 'processes started',
    where: [
      { fields: ['class_uid'], op: 'equals', values: ['1007'], negated: false },
      { fields: ['activity_id'], op: 'equals', values: ['1'], negated: false },
    ],
  });
  const hosts = topQuery(draft, { fields: ['device_hostname'], limit: defaultTop });
  const wide = filter.where.length === 0 ? [hosts] : [];
  return {
    queries: [
      rows(draft, 'oldest', ask.quantity ?? defaultRows),
      total(draft),
      kinds,
      codes,
      programs,
      ...wide,
    ],
    notes: [],
  };
}

function processTree(draft: Draft): Built {
  const { filter, ask } = draft;
  const kinds = ['class_uid', 'activity_id'] as const;
  const query: HuntQuery = {
    kind: 'process_tree',
    id: 'q',
    purpose: clip(`process tree: ${filter.caption}`),
    where: whereOf(draft),
    depth: treeDepth,
    limit: ask.quantity ?? defaultRows,
  };
  const seeds: HuntQuery = { ...rows(draft, 'oldest', supportRows), columns: [...processColumns, ...kinds] };
  return { queries: [query, seeds], notes: [] };
}
