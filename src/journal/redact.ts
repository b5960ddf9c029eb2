import type { TopicEntry, Topics } from '../log/index.ts';
import { topicNames } from './tables.ts';

/** Says what stands in the place of a text; the text itself where it may stay. */
export type Redact = (text: string) => string;

const entriesAtOnce = 500;
const maxPageBytes = 4 * 1024 * 1024;

/** What of an entry stays in any case: it says whose the entry is, who did it and when, and what it is about. */
const kept: Readonly<Record<string, readonly string[]>> = {
  [topicNames.changes]: ['tenant', 'kind', 'by', 'at', 'after'],
  [topicNames.detections]: ['tenant', 'id', 'detected_at'],
  [topicNames.audit]: ['tenant', 'by', 'at', 'action', 'outcome', 'trace_id'],
};
/**
 * Members that tell nothing about a person: what is referred to (ids, times, hashes), and words of a closed list. A word of such a
 * list that is also somebody's name (`admin`) must stay: the tables could not be made of the entry any more.
 */
const references: ReadonlySet<string> = new Set([
  ...[
    'event_id',
    'id',
    'ids',
    'rule_id',
    'logic',
    'pack',
    'license',
    'tags',
    'raw_sha256',
    'subject_sha256',
    'hash',
    'sealed',
    'created_by',
    'tenant',
  ],
  ...['received_at', 'time', 'created_at', 'expires_at', 'revoked_at', 'updated_at', 'log_free_at'],
  ...['kind', 'kinds', 'role', 'scopes', 'status', 'verdict', 'level', 'severity', 'min_severity'],
]);
/** The same within the window of a correlation. */
const windowReferences: ReadonlySet<string> = new Set([
  ...references,
  ...['episode', 'from', 'to', 'state', 'events', 'supersedes', 'superseded_by'],
]);
/** Changes whose `name` is that of a thing, by which it is found. */
const namingThings = /^(?:holds|notify|rules)\./;

/**
 * Puts other texts into the entries of a tenant, in all topics of the journal; gives how many entries changed in each. Entries keep
 * their places and ids; afterwards the tables have to be rebuilt.
 */
export async function redactTopics(
  topics: Topics,
  {
    tenant,
    redact,
    signal,
  }: { readonly tenant: string; readonly redact: Redact; readonly signal: AbortSignal },
): Promise<Readonly<Record<string, number>>> {
  const changed: Record<string, number> = {};
  for (const topic of Object.values(topicNames)) {
    changed[topic] = 0;
    let { first: from } = await topics.ends(topic);
    for (;;) {
      signal.throwIfAborted();
      const { entries, next } = await topics.read({
        topic,
        from,
        limit: entriesAtOnce,
        maxBytes: maxPageBytes,
      });
      if (entries.length === 0) break;
      const redacted = entries.flatMap((entry) => redactedEntry(topic, entry, tenant, redact));
      if (redacted.length > 0) await topics.replace(topic, redacted);
      changed[topic] += redacted.length;
      from = next;
    }
  }
  return changed;
}

function redactedEntry(topic: string, { offset, value }: TopicEntry, tenant: string, redact: Redact) {
  const entry = parsed(value);
  if (entry === undefined || entry.tenant !== tenant) return [];
  const isOfThing = typeof entry.kind === 'string' && namingThings.test(entry.kind);
  const stays = isOfThing ? new Set([...references, 'name']) : references;
  const texts = Object.entries(entry).map(([name, member]) =>
    kept[topic]?.includes(name) === true
      ? [name, member]
      : [name, redactedMember(name, member, redact, stays)],
  );
  const fresh = Buffer.from(JSON.stringify(Object.fromEntries(texts)));
  return fresh.equals(value) ? [] : [{ offset, value: fresh }];
}

/** An entry that can't be read is skipped by the journal too. */
function parsed(value: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(Buffer.from(value).toString());
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function redactedMember(name: string, member: unknown, redact: Redact, stays: ReadonlySet<string>): unknown {
  if (stays.has(name)) return member;
  if (typeof member === 'string') return redact(member);
  if (Array.isArray(member)) return member.map((element) => redactedMember('', element, redact, stays));
  if (typeof member !== 'object' || member === null) return member;
  const within = name === 'window' ? windowReferences : stays;
  return Object.fromEntries(
    Object.entries(member).map(([key, inner]) => [key, redactedMember(key, inner, redact, within)]),
  );
}
