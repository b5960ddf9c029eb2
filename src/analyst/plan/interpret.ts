import type { Entity } from './entities.ts';
import { withoutLight } from './light.ts';
import { isCue, isPluralNoun, type Limit, readLimit, readQuantity } from './quantity.ts';
import { withRanked } from './ranked.ts';
import type { EntityNode, Reading, Span } from './spans.ts';
import type { TimeSpan } from './time/phrase.ts';
import { numberWords } from './time/words.ts';
import type { EventClassName } from './words/classes.ts';
import { type Action, type Cue, type Link, type Status, showWords } from './words/cues.ts';
import type { AmountName, FieldNounName } from './words/fields.ts';
import type { SourceWordName } from './words/sources.ts';

/** A name, address or word of the question with what ties it to the sentence. */
export interface Mention {
  readonly entity: Entity;
  /** `host WS-07`, `powershell process`. */
  readonly noun?: FieldNounName;
  /** `on WS-07`, `by alice`. */
  readonly link?: Link;
  readonly negated: boolean;
  /** How it joins the mention before it: `alice or bob`. */
  readonly joined?: 'and' | 'or' | 'between';
  /** True when a verb such as `ran` stands right before it. */
  readonly afterVerb: boolean;
  /** True behind words such as `find` or `containing`. */
  readonly searched: boolean;
  /** True for the first word of the question, which may have a capital letter. */
  readonly opening: boolean;
}

/** A noun that stands for itself: what is asked for, or what groups are made by. */
export interface Wanted {
  readonly name: FieldNounName;
  /** The word that asks for it; `by` and `group` make groups. */
  readonly lead?: Cue | 'by' | 'by-count';
}

/** What a question says, in order of the sentence. */
export interface Ask {
  readonly mentions: readonly Mention[];
  readonly wanted: readonly Wanted[];
  readonly classes: readonly EventClassName[];
  readonly sources: readonly { readonly name: SourceWordName; readonly negated: boolean }[];
  readonly status?: Status;
  readonly actions: readonly Action[];
  /** The words that named `classes` and `actions`, in their order. */
  readonly spoken: { readonly classes: readonly string[]; readonly actions: readonly string[] };
  /** `suspicious`, `weird`: what the asker thinks of it. */
  readonly opinions: readonly string[];
  readonly amounts: readonly AmountName[];
  readonly limits: readonly Limit[];
  readonly cues: ReadonlySet<Cue>;
  readonly times: readonly TimeSpan[];
  readonly bucketSeconds?: number;
  /** `top 10`, `last 5 logons`. */
  readonly quantity?: number;
  /** True when a kind of event or events are named in plural: `latest logons`. */
  readonly plural: boolean;
  /** Whether events in general are named; weak: by a word such as `anything`. */
  readonly events: 'named' | 'weak' | 'none';
}

/** Puts the spans of a question together: which name is a host, which noun is asked for, what is counted. */
export function interpret({ spans }: Reading): Ask {
  const steps = withoutLight(spans);
  const opinions = spans.flatMap(({ kind, text }) => (kind === 'opinion' ? [text] : []));
  const used = new Set<Span>();
  const mentions: Mention[] = [];
  const limits: Limit[] = [];
  let quantity: number | undefined;
  for (const [at, span] of steps.entries()) {
    if (span.kind !== 'entity') continue;
    const limit = readLimit(steps, at, used);
    if (limit !== undefined) {
      limits.push(limit);
      continue;
    }
    const counted = quantity === undefined ? readQuantity(steps, at) : undefined;
    if (counted !== undefined) quantity = counted;
    else if (!used.has(span)) mentions.push(readMention(steps, at, mentions.at(-1), used));
  }
  return withRanked({
    ...readMeanings(steps, used),
    opinions,
    mentions,
    limits,
    ...(quantity === undefined ? {} : { quantity }),
  });
}

function readMeanings(steps: readonly Span[], used: ReadonlySet<Span>) {
  const status = steps.find((span) => span.kind === 'status');
  const bucket = steps.find((span) => span.kind === 'bucket');
  return {
    wanted: readWanted(steps, used),
    classes: steps.flatMap((span) => (span.kind === 'class' ? [span.name] : [])),
    sources: steps.flatMap((span, at) =>
      span.kind === 'source' ? [{ name: span.name, negated: isNegated(steps, at) }] : [],
    ),
    actions: steps.flatMap((span) => (span.kind === 'action' ? [span.action] : [])),
    spoken: {
      classes: steps.flatMap((span) => (span.kind === 'class' ? [span.text] : [])),
      actions: steps.flatMap((span) => (span.kind === 'action' ? [span.text] : [])),
    },
    amounts: steps.flatMap((span, at) =>
      span.kind === 'amount' && !used.has(span) ? [leaves(steps[at + 1]) ? 'bytes_out' : span.name] : [],
    ),
    cues: new Set(steps.flatMap((span) => (span.kind === 'cue' ? [span.cue] : []))),
    times: steps.flatMap((span) => (span.kind === 'time' ? [span.time] : [])),
    events: namesEvents(steps),
    plural: steps.some(isPluralNoun),
    ...(status?.kind === 'status' ? { status: status.status } : {}),
    ...(bucket?.kind === 'bucket' ? { bucketSeconds: bucket.seconds } : {}),
  };
}

/** `how much data left 10.0.0.1` asks for what went out. */
const leaves = (span: Span | undefined) =>
  span?.kind === 'link' && /^(?:left|leaving|leaves)$/i.test(span.text);

function namesEvents(steps: readonly Span[]): Ask['events'] {
  const nouns = steps.filter((span) => span.kind === 'events');
  if (nouns.length === 0) return 'none';
  return nouns.some(({ text }) => /^(?:event|log|record|telemetry)/i.test(text)) ? 'named' : 'weak';
}

function readMention(
  steps: readonly Span[],
  at: number,
  previous: Mention | undefined,
  used: Set<Span>,
): Mention {
  const span = steps[at] as EntityNode;
  const joined = joinedTo(steps, at);
  const inherits = joined !== undefined && previous !== undefined;
  const noun = nounBefore(steps, at) ?? nounAfter(steps, at);
  if (noun !== undefined) used.add(noun.span);
  const link = linkBefore(steps, at) ?? (inherits ? previous.link : undefined);
  const name = noun?.name ?? (inherits ? previous.noun : undefined);
  return {
    entity: span.entity,
    negated: isNegated(steps, at) || (inherits && previous.negated),
    afterVerb: steps[at - 1]?.kind === 'class',
    searched: (inherits && previous.searched) || isSearched(steps, at),
    opening: span.at === 0,
    ...(name === undefined ? {} : { noun: name }),
    ...(link === undefined ? {} : { link }),
    ...(joined === undefined || previous === undefined ? {} : { joined }),
  };
}

/** True behind `find`, `containing` or `with`, over other words; `show` asks for no word. */
function isSearched(steps: readonly Span[], at: number): boolean {
  for (let back = at - 1; back >= 0; back--) {
    const span = steps[back];
    if (span?.kind === 'cue') return span.cue === 'search' && !showWords.has(span.text.toLowerCase());
    if (span?.kind !== 'entity' && span?.kind !== 'negation') return false;
  }
  return false;
}

/** `alice or bob`, `alice, bob`, `between A and B`. */
function joinedTo(steps: readonly Span[], at: number): 'and' | 'or' | 'between' | undefined {
  const before = steps[at - 1];
  if (before?.kind === 'entity') return before.breakAfter ? 'or' : undefined;
  if (before?.kind !== 'link' || (before.link !== 'and' && before.link !== 'or')) return undefined;
  const first = steps[at - 2];
  if (first?.kind !== 'entity') return undefined;
  const opener = steps[at - 3];
  return opener?.kind === 'link' && opener.link === 'between' ? 'between' : before.link;
}

interface FoundNoun {
  readonly name: FieldNounName;
  readonly span: Span;
}

/** The noun right before a name: `host WS-07`, `port 443`; not one that is asked for (`which hosts …`). */
function nounBefore(steps: readonly Span[], at: number): FoundNoun | undefined {
  const before = steps[at - 1];
  const entity = steps[at];
  if (before?.kind === 'events' && entity?.kind === 'entity' && entity.entity.kind === 'number') {
    return /^events?$/i.test(before.text) ? { name: 'event_code', span: before } : undefined;
  }
  if (before?.kind !== 'field' || before.breakAfter || entity?.kind !== 'entity') return undefined;
  const isAsked = leadOf(steps, at - 1) !== undefined && leadOf(steps, at - 1) !== 'search';
  if (isAsked && (/s$/i.test(before.text) || isCue(steps[at - 2], 'which'))) return undefined;
  return suits(before.name, entity.entity) ? { name: before.name, span: before } : undefined;
}

/** The noun right after a word: `powershell process`, `bastion host`. */
function nounAfter(steps: readonly Span[], at: number): FoundNoun | undefined {
  const after = steps[at + 1];
  const entity = steps[at];
  if (after?.kind !== 'field' || entity?.kind !== 'entity' || entity.breakAfter) return undefined;
  if (!/^(?:word|name|file|text)$/.test(entity.entity.kind) || steps[at - 1]?.kind === 'link')
    return undefined;
  if (!/^(?:host|user|process|service|dns_name|resource|bucket|parent|job)$/.test(after.name))
    return undefined;
  const next = steps[at + 2];
  return next?.kind === 'entity' && suits(after.name, next.entity)
    ? undefined
    : { name: after.name, span: after };
}

const addressNouns = new Set<FieldNounName>(['ip', 'source_ip', 'destination_ip']);
const numericNouns = new Set<FieldNounName>([
  'port',
  'destination_port',
  'source_port',
  'pid',
  'parent_pid',
  'logon_type',
  'http_status',
]);

/** Whether a name may be the value of that noun: a port is a number, an address an address. */
function suits(noun: FieldNounName, entity: Entity): boolean {
  if (addressNouns.has(noun)) return entity.kind === 'ip' || entity.kind === 'cidr';
  if (numericNouns.has(noun)) return entity.kind === 'number';
  if (noun === 'event_kind') return false;
  if (noun === 'hash') return entity.kind === 'hash';
  if (noun === 'event_code')
    return entity.kind !== 'ip' && entity.kind !== 'domain' && entity.kind !== 'path';
  return true;
}

function linkBefore(steps: readonly Span[], at: number): Link | undefined {
  for (let back = at - 1; back >= 0 && at - back <= 3; back--) {
    const span = steps[back];
    if (span?.kind === 'link' && span.link !== 'and' && span.link !== 'or') return span.link;
    if (span?.kind !== 'field' && span?.kind !== 'negation') return undefined;
  }
  return undefined;
}

function isNegated(steps: readonly Span[], at: number): boolean {
  for (let back = at - 1; back >= 0 && at - back <= 3; back--) {
    const span = steps[back];
    if (span?.kind === 'negation') return true;
    if (span?.kind !== 'link' && span?.kind !== 'field') return false;
  }
  return false;
}

function readWanted(steps: readonly Span[], used: ReadonlySet<Span>): readonly Wanted[] {
  const wanted: Wanted[] = [];
  for (const [at, span] of steps.entries()) {
    if (span.kind === 'cue' && span.cue === 'who') wanted.push({ name: 'user', lead: 'which' });
    if (span.kind === 'cue' && span.cue === 'where') wanted.push({ name: whereNoun(steps), lead: 'which' });
    if (span.kind !== 'field' || used.has(span)) continue;
    const lead = leadOf(steps, at) ?? (isJoinedNoun(steps, at) ? wanted.at(-1)?.lead : undefined);
    wanted.push({ name: span.name, ...(lead === undefined ? {} : { lead }) });
  }
  return wanted;
}

/** `where … from` asks for an address, `where` alone for a host. */
const whereNoun = (steps: readonly Span[]): FieldNounName =>
  steps.some(
    (span, at) =>
      (span.kind === 'link' && span.link === 'from' && steps[at + 1]?.kind !== 'entity') ||
      (span.kind === 'cue' && span.cue === 'where' && /from/i.test(span.text)),
  )
    ? 'source_ip'
    : 'host';

const isJoinedNoun = (steps: readonly Span[], at: number) => {
  const before = steps[at - 1];
  const isAnd = before?.kind === 'link' && (before.link === 'and' || before.link === 'or');
  const first = isAnd ? steps[at - 2] : before;
  return first?.kind === 'field' && (isAnd || first.breakAfter);
};

const leads = new Set<Cue>([
  'most',
  'least',
  'count',
  'group',
  'which',
  'list',
  'distinct',
  'search',
  'first',
  'last',
]);

/** What asks for the noun at `at`: the nearest cue before it, over numbers and adjectives. */
function leadOf(steps: readonly Span[], at: number): Wanted['lead'] {
  for (let back = at - 1; back >= 0 && at - back <= 4; back--) {
    const span = steps[back];
    if (span === undefined) return undefined;
    if (span.kind === 'link') return span.link === 'by' ? 'by' : undefined;
    if (span.kind === 'cue' && leads.has(span.cue)) {
      const opener = steps[back - 1];
      const isBy = opener?.kind === 'link' && opener.link === 'by';
      if (span.cue === 'distinct' && !isBy) continue;
      return isBy && (span.cue === 'count' || span.cue === 'distinct') ? 'by-count' : span.cue;
    }
    const isPassed =
      span.kind === 'status' || span.kind === 'action' || (span.kind === 'entity' && isAmount(span.entity));
    if (!isPassed) return undefined;
  }
  return undefined;
}

const isAmount = (entity: Entity) =>
  entity.kind === 'number' || numberWords.get(entity.value.toLowerCase()) !== undefined;
