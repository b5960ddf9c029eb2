import { type AttributeType, attributes, type EventField } from '../../../contracts/index.ts';
import type { Condition } from '../../../sql/index.ts';
import { canonicalAddress } from '../entities.ts';

/** What a field of an event holds; `id` is a UUID's text, `instant` ISO 8601 in UTC. */
export type FieldType = AttributeType | 'instant' | 'id';

const envelope: Readonly<Record<string, FieldType>> = {
  time: 'instant',
  received_at: 'instant',
  source: 'code',
  stream: 'text',
  event_id: 'id',
  raw: 'text',
};
const attributeTypes: Readonly<Record<string, { readonly type: AttributeType } | undefined>> = attributes;

export const typeOf = (field: EventField): FieldType =>
  attributeTypes[field]?.type ?? envelope[field] ?? 'text';

const equalText = (column: string, value: string): Condition => ({
  kind: 'eq',
  column,
  value,
  ignoreCase: true,
});
const starts = (column: string, text: string): Condition => ({ kind: 'starts', column, text });
const ends = (column: string, text: string): Condition => ({ kind: 'ends', column, text });
export const anyOf = (conditions: readonly Condition[]): Condition => {
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined ? only : { kind: 'or', conditions };
};

/** How `equals` reads a text field: names have more than one spelling. */
const matchers: Readonly<Partial<Record<EventField, (column: string, value: string) => Condition>>> = {
  device_hostname: (column, value) => sameHost(column, value, true),
  src_hostname: (column, value) => sameHost(column, value, true),
  dst_hostname: (column, value) => anyOf([sameHost(column, value, false), ...subdomains(column, value)]),
  actor_user_name: (column, value) => sameUser(column, 'actor_user_domain', value),
  user_name: (column, value) => sameUser(column, 'user_domain', value),
  process_name: sameProgram,
  actor_process_name: sameProgram,
  parent_process_name: sameProgram,
  query_hostname: sameName,
  tls_sni: sameName,
  http_url: sameUrl,
};

/** The field holds that value, in any spelling that means the same; case is ignored. */
export function equalsText(field: EventField, value: string): Condition {
  if (typeOf(field) === 'ip') return { kind: 'eq', column: field, value: canonicalAddress(value) };
  return (matchers[field] ?? equalText)(field, value);
}

/** `WS-07` is `WS-07.corp.example` too, and the other way round where a field is known to hold host names only. */
function sameHost(column: string, value: string, shortens: boolean): Condition {
  const dot = value.indexOf('.');
  const short = dot > 0 && shortens ? [equalText(column, value.slice(0, dot))] : [];
  return anyOf([equalText(column, value), starts(column, `${value}.`), ...short]);
}

const subdomains = (column: string, value: string) =>
  value.includes('.') ? [ends(column, `.${value}`)] : [];

/** A name in DNS and what lies below it; a trailing dot says nothing. */
function sameName(column: string, value: string): Condition {
  return anyOf([equalText(column, value), equalText(column, `${value}.`), ...subdomains(column, value)]);
}

/** A whole URL, or the host in one. */
function sameUrl(column: string, value: string): Condition {
  if (value.includes('/')) return equalText(column, value);
  return anyOf([
    equalText(column, value),
    { kind: 'like', column, text: `*//${escapeLike(value)}*` },
    ends(column, `.${value}`),
    { kind: 'contains', column, text: `.${value}/` },
  ]);
}

const escapeLike = (text: string) => text.replace(/[\\*?]/g, (character) => `\\${character}`);

/** `powershell` is `powershell.exe`. */
function sameProgram(column: string, value: string): Condition {
  const other = /\.exe$/i.test(value) ? value.slice(0, -4) : `${value}.exe`;
  return anyOf([equalText(column, value), equalText(column, other)]);
}

/**
 * `alice`, `CORP\alice` and `alice@corp.example`: the name field may hold the domain, or a field beside it may. A
 * named domain must be the one that is stored, in short or full form, or none is stored.
 */
function sameUser(column: string, domainColumn: string, value: string): Condition {
  const { name, domain } = splitUser(value);
  const bare = equalText(column, name);
  if (domain === undefined) return anyOf([bare, starts(column, `${name}@`), ends(column, `\\${name}`)]);
  const [short = domain] = domain.split('.');
  const domains: Condition[] = [
    equalText(domainColumn, domain),
    equalText(domainColumn, short),
    starts(domainColumn, `${domain}.`),
    { kind: 'is-empty', column: domainColumn },
  ];
  return anyOf([
    equalText(column, value),
    equalText(column, `${name}@${domain}`),
    equalText(column, `${domain}\\${name}`),
    { kind: 'and', conditions: [bare, anyOf(domains)] },
  ]);
}

function splitUser(value: string): { readonly name: string; readonly domain?: string } {
  const slash = value.indexOf('\\');
  if (slash > 0) return { name: value.slice(slash + 1), domain: value.slice(0, slash) };
  const at = value.indexOf('@');
  return at > 0 ? { name: value.slice(0, at), domain: value.slice(at + 1) } : { name: value };
}
