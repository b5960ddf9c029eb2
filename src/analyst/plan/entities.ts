import { isIP, isIPv4 } from 'node:net';
import type { Token } from './tokens.ts';

/**
 * What a token is by its form alone. `name` looks like a host name (`WS-07`, `DC01`) but may be a user or a word;
 * `word` is everything without a form of its own.
 */
export type EntityKind =
  | 'ip'
  | 'cidr'
  | 'hash'
  | 'url'
  | 'domain'
  | 'account'
  | 'mailbox'
  | 'sid'
  | 'guid'
  | 'arn'
  | 'access_key'
  | 'path'
  | 'registry_key'
  | 'file'
  | 'flag'
  | 'api_operation'
  | 'region'
  | 'number'
  | 'text'
  | 'name'
  | 'word';

export interface Entity {
  readonly kind: EntityKind;
  readonly value: string;
  /** Of `10.0.0.1:443`. */
  readonly port?: string;
}

interface Form {
  readonly kind: EntityKind;
  /** Anchored, without nested repetition: linear in the length of the token. */
  readonly pattern: RegExp;
}

const executables =
  'exe|dll|sys|com|scr|cpl|msi|ps1|psm1|psd1|bat|cmd|vbs|vbe|js|jse|wsf|hta|lnk|jar|py|sh|elf|so|bin';
const documents =
  'doc|docx|docm|xls|xlsx|xlsm|xlsb|ppt|pptx|pptm|rtf|pdf|zip|rar|7z|gz|tar|cab|iso|img|vhd|tmp|log|txt|csv|ini|xml|json|yaml|yml|evtx|dmp|dat|db|kdbx|pem|key|pfx|html|htm|php|aspx|asp|jsp';
const awsVerbs =
  'Accept|Add|Assume|Associate|Attach|Authorize|Cancel|Change|Check|Console|Copy|Create|Deactivate|Decrypt|Delete|Deregister|Describe|Detach|Disable|Disassociate|Enable|Encrypt|Exit|Export|Generate|Get|Head|Import|Invite|Invoke|Leave|List|Lookup|Modify|Post|Publish|Put|Reboot|Register|Remove|Replace|Reset|Restore|Resume|Retire|Revoke|Rotate|Run|Schedule|Search|Send|Set|Share|Start|Stop|Switch|Tag|Terminate|Untag|Update|Upload|Validate';

const domain = /^(?=.{4,253}$)[a-z0-9_](?:[a-z0-9_-]*\.)+[a-z][a-z0-9-]*$/i;

const forms: readonly Form[] = [
  { kind: 'url', pattern: /^[a-z][a-z0-9+.-]{1,20}:\/\/\S+$/i },
  { kind: 'arn', pattern: /^arn:[a-z0-9-]+:[^\s]+$/i },
  { kind: 'access_key', pattern: /^(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA)[A-Z0-9]{12,28}$/i },
  { kind: 'hash', pattern: /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i },
  { kind: 'guid', pattern: /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i },
  { kind: 'sid', pattern: /^s-1-\d{1,3}(?:-\d{1,10}){1,15}$/i },
  { kind: 'registry_key', pattern: /^(?:hklm|hkcu|hkcr|hku|hkcc|hkey_[a-z_]{4,20}|\\registry)\\/i },
  { kind: 'path', pattern: /^(?:[a-z]:\\|\\\\[^\\]|%[a-z()0-9]{2,40}%\\|~\/|\/[^/\s])/i },
  { kind: 'mailbox', pattern: /^[^\s@\\/]{1,64}@[^\s@\\/]{1,255}$/ },
  { kind: 'account', pattern: /^[a-z0-9._-]{1,63}\\[^\s\\/]{1,104}$/i },
  { kind: 'region', pattern: /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?[a-z]{4,12}-\d$/ },
  { kind: 'file', pattern: new RegExp(`^[^\\s\\\\/:]{1,200}\\.(?:${executables}|${documents})$`, 'i') },
  { kind: 'domain', pattern: domain },
  { kind: 'path', pattern: /^[^\s\\]{1,255}\\[^\s]{1,1000}$/ },
  { kind: 'number', pattern: /^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i },
  { kind: 'flag', pattern: /^--?[a-z][\w-]{0,63}$/i },
  { kind: 'api_operation', pattern: new RegExp(`^(?:${awsVerbs})(?:[A-Z][A-Za-z0-9]*)$`) },
  { kind: 'name', pattern: /^(?=.{3,63}$)[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*[-_][a-z]*\d[a-z0-9]*$/i },
  { kind: 'name', pattern: /^[a-z]{2,15}\d{1,4}\$?$/i },
];

/** Known not to be hosts although they look like one. */
const notNames =
  /^(?:t\d{4}|ta\d{4}|ms\d{2}|ipv[46]|sha\d{1,3}|md[45]|utf\d{1,2}|base\d{2}|x\d{2}|win\d{1,2}|rundll32|regsvr32|log4j\d?|cve-\d.*)$/i;

/** Programs of DOS and Windows that end in `.com`; every other name with this ending is one in DNS. */
const comPrograms = new Set(
  [
    'command',
    'more',
    'tree',
    'format',
    'mode',
    'chcp',
    'edit',
    'diskcopy',
    'diskcomp',
    'graftabl',
    'win',
  ].map((name) => `${name}.com`),
);

/** What looks like a file but is a name in DNS: `DC01.corp.com`, `evil.com`. */
function isDomain(text: string): boolean {
  return /\.com$/i.test(text) && domain.test(text) && !comPrograms.has(text.toLowerCase());
}

/** Reads a token by its form; never refuses. Values keep the spelling of the question. */
export function readEntity(token: Token): Entity {
  const { text } = token;
  const network = readNetwork(text);
  if (network !== undefined) return network;
  if (text.startsWith('@') || text.length === 0) return { kind: 'word', value: text };
  if (isDomain(text)) return { kind: 'domain', value: text };
  const form = forms.find(({ pattern }) => pattern.test(text));
  if (form === undefined || (form.kind === 'name' && notNames.test(text))) {
    return { kind: token.quoted ? 'text' : 'word', value: text };
  }
  if (token.quoted && (form.kind === 'number' || form.kind === 'flag' || /\s/.test(text))) {
    return { kind: 'text', value: text };
  }
  return { kind: form.kind, value: text };
}

const withPort = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/;

function readNetwork(text: string): Entity | undefined {
  if (isIP(text) > 0) return { kind: 'ip', value: canonicalAddress(text) };
  const parts = withPort.exec(text);
  if (parts !== null && isIPv4(parts[1] ?? '')) {
    return { kind: 'ip', value: parts[1] ?? '', port: parts[2] ?? '' };
  }
  return isNetwork(text) ? { kind: 'cidr', value: text } : undefined;
}

/** True for `10.0.0.0/8` and `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return false;
  const version = isIP(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  return version === 4 ? bits <= 32 : version === 6 && bits <= 128;
}

/**
 * The one spelling of an address, as the store keeps it: RFC 5952, IPv4 inside of IPv6 as IPv4. Text that is no
 * address comes back as it is.
 */
export function canonicalAddress(text: string): string {
  if (isIP(text) !== 6 || text.includes('%')) return text;
  const shortest = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const embedded = /^::(ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (embedded === null) return shortest;
  const [high, low] = [embedded[2], embedded[3]].map((part) => Number.parseInt(part ?? '', 16));
  const v4 = [high, low].flatMap((part = 0) => [part >> 8, part & 255]).join('.');
  return embedded[1] === undefined ? `::${v4}` : v4;
}
