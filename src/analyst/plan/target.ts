import type { EventField, HuntCondition, HuntKind } from '../../contracts/index.ts';
import type { Entity, EntityKind } from './entities.ts';
import type { Mention } from './interpret.ts';
import type { PlanContext } from './port.ts';
import { type EventClass, type EventClassName, eventClasses } from './words/classes.ts';
import { type FieldNoun, type FieldNounName, fieldNouns } from './words/fields.ts';
import { programs } from './words/programs.ts';

/** What decides where a name is looked for beside its own form. */
export interface Scene {
  readonly kind: HuntKind;
  readonly classes: readonly EventClassName[];
  /** True for `has X been seen`: nothing says whether X is a user, a host or a word. */
  readonly seen: boolean;
  /** True when a process tree is asked for what stands above a process only. */
  readonly upwards: boolean;
  readonly context: PlanContext;
}

/** Where a value is looked for, and how. */
export type Target = Pick<HuntCondition, 'fields' | 'op'> & {
  readonly caption: string;
  /** The value is a program's name, looked for as a part of text. */
  readonly isProgram?: boolean;
};

const equals = (caption: string, ...fields: EventField[]): Target => ({ fields, op: 'equals', caption });
const contains = (caption: string, ...fields: EventField[]): Target => ({ fields, op: 'contains', caption });

/** Text of many words: a value is a part of it. */
const longTexts = new Set<EventField>([
  'process_cmd_line',
  'actor_process_cmd_line',
  'parent_process_cmd_line',
  'process_path',
  'file_path',
  'file_name',
  'reg_key_path',
  'reg_value_name',
  'http_url',
  'http_user_agent',
  'tls_subject',
  'script_content',
  'job_name',
  'resource_uid',
  'email_subject',
  'finding_title',
  'message',
  'metadata_log_name',
  'actor_session_uid',
  'raw',
]);

const users = fieldNouns.user.fields;

/** Names whose form alone says where they stand. */
const fixed: Readonly<Partial<Record<EntityKind, Target>>> = {
  url: contains('URL', 'http_url', 'raw'),
  arn: contains('ARN', 'actor_user_uid', 'resource_uid', 'raw'),
  access_key: contains('access key', 'actor_user_uid', 'actor_session_uid', 'raw'),
  sid: contains('SID', 'actor_user_uid', 'user_uid', 'raw'),
  guid: contains('GUID', 'process_uid', 'parent_process_uid', 'raw'),
  registry_key: contains('registry key', 'reg_key_path', 'raw'),
  path: contains('path', 'process_path', 'file_path', 'process_cmd_line', 'raw'),
  account: equals('user', ...users),
  mailbox: equals('user or mailbox', ...users, 'email_from', 'email_to'),
  region: equals('region', 'cloud_region'),
  api_operation: equals('API operation', 'api_operation', 'metadata_event_code'),
  flag: contains('option', 'process_cmd_line', 'actor_process_cmd_line', 'script_content'),
};

/** Where a mention's value is looked for: by its noun, its form, its place in the sentence and the kind of event. */
export function targetOf(mention: Mention, scene: Scene): Target {
  const { entity, noun } = mention;
  const { kind } = entity;
  if (kind === 'ip') return addressTarget(mention, scene, 'equals');
  if (kind === 'cidr') return addressTarget(mention, scene, 'cidr');
  if (kind === 'hash') return hashTarget(entity.value);
  if (kind === 'number') return numberTarget(mention, scene);
  if (noun !== undefined) return nounTarget(noun, scene, entity);
  if (kind === 'file') return fileTarget(mention, scene);
  if (kind === 'domain') return domainTarget(mention, scene);
  if (kind === 'text') return wordTarget(scene);
  return fixed[kind] ?? nameTarget(mention, scene);
}

const pathFields = ['process_path', 'actor_process_path', 'process_cmd_line'] as const;

/** Names in DNS that are asked for by a part: `server name google`. */
const partNouns = new Set<FieldNounName>(['server_name', 'dns_name']);

function nounTarget(name: FieldNounName, scene: Scene, { kind, value }: Entity): Target {
  const noun: FieldNoun = fieldNouns[name];
  const caption = singular(noun.caption);
  if (partNouns.has(name) && !value.includes('.')) return contains(caption, ...noun.fields);
  if (name === 'process') return kind === 'path' ? contains('image', ...pathFields) : processTarget(scene);
  if (name === 'parent') return equals(caption, 'parent_process_name');
  const isLong = noun.fields.some((field) => longTexts.has(field));
  return isLong ? contains(caption, ...noun.fields) : equals(caption, ...noun.fields);
}

/** `severities` → severity, `addresses` → address. */
const singular = (caption: string) =>
  caption.replace(/(?:(ss|us|sh)es|(ie)s|s)$/, (_, hiss: string | undefined, y: string | undefined) =>
    hiss === undefined ? (y === undefined ? '' : 'y') : hiss,
  );

/** A start names the process and its parent; the acting process of a start is the parent too. */
function processTarget({ kind, classes, upwards }: Scene): Target {
  if (kind === 'process_tree' && !upwards) return equals('process', 'process_name', 'parent_process_name');
  const [first] = classes;
  const isStart = kind === 'process_tree' || first === 'process_start' || first === 'process_end';
  return isStart
    ? equals('process', 'process_name')
    : equals('process', 'process_name', 'actor_process_name');
}

function addressTarget({ noun, link }: Mention, { kind, seen }: Scene, op: 'equals' | 'cidr'): Target {
  const caption = op === 'cidr' ? 'network' : 'address';
  if (noun === 'source_ip') return { fields: ['src_ip'], op, caption: `source ${caption}` };
  if (noun === 'destination_ip') return { fields: ['dst_ip'], op, caption: `destination ${caption}` };
  const acts = link === 'did' && !seen && (kind === 'top' || kind === 'timeline');
  if (noun === undefined && (link === 'from' || acts))
    return { fields: ['src_ip'], op, caption: `source ${caption}` };
  if (noun === undefined && link === 'to')
    return { fields: ['dst_ip'], op, caption: `destination ${caption}` };
  const fields: EventField[] = ['src_ip', 'dst_ip', 'device_ip'];
  return { fields: op === 'equals' ? [...fields, 'answers'] : fields, op, caption };
}

function hashTarget(value: string): Target {
  if (value.length === 64) return contains('SHA-256', 'process_sha256', 'file_sha256', 'raw');
  if (value.length === 32) return contains('MD5', 'process_md5', 'file_md5', 'raw');
  return contains('SHA-1', 'raw');
}

const twelveDigits = 12;
/** `events of type 4624` means an event id. */
const highestLogonType = 13;

function numberTarget({ entity, noun, link }: Mention, scene: Scene): Target {
  if (
    entity.value.length === twelveDigits &&
    (noun === undefined || noun === 'user' || noun === 'cloud_account')
  ) {
    return contains('cloud account', 'cloud_account', 'raw');
  }
  if (scene.kind === 'process_tree' && (noun === undefined || noun === 'pid')) {
    return equals('process id', 'process_pid', ...(scene.upwards ? [] : (['parent_process_pid'] as const)));
  }
  const isOther = noun === 'logon_type' && Number(entity.value) > highestLogonType;
  if (noun === 'port') return portTarget(link);
  if (noun !== undefined) return nounTarget(isOther ? 'event_code' : noun, scene, entity);
  const isCode = /^\d{3,5}$/.test(entity.value) && link !== 'to';
  return isCode ? equals('event id', 'metadata_event_code') : contains('text', 'raw');
}

/** `to port 443` is the side that answers, `from port 443` the one that asks. */
function portTarget(link: Mention['link']): Target {
  if (link === 'to') return equals('destination port', 'dst_port');
  return link === 'from' ? equals('source port', 'src_port') : equals('port', ...fieldNouns.port.fields);
}

const programTexts = ['process_name', 'process_path', 'process_cmd_line'] as const;
/** Shorter names of programs stand inside of too many words. */
const shortestProgram = 5;

const isProcessClass = (name: EventClassName | undefined) =>
  name !== undefined && (eventClasses[name].classes as readonly number[]).includes(1007);

function fileTarget({ link, afterVerb, entity }: Mention, scene: Scene): Target {
  const { kind, classes } = scene;
  const [first] = classes;
  if (kind === 'process_tree') return processTarget(scene);
  if (first === 'process_start' && (link === 'by' || (link === 'did' && kind === 'top'))) {
    return equals('parent process', 'parent_process_name', 'actor_process_name');
  }
  const name = entity.value.replace(/\.exe$/i, '');
  if (first === 'process_start' && afterVerb && name.length >= shortestProgram) {
    return { ...contains('program', ...programTexts), isProgram: true };
  }
  if (isProcessClass(first)) return processTarget(scene);
  if (first === undefined) {
    return kind === 'search' ? contains('text', 'raw') : contains('process or file', ...fileTexts);
  }
  const isFile = /^(?:file|module|driver|email)/.test(first);
  return isFile && link !== 'by'
    ? contains('file', 'file_name', 'file_path', 'actor_process_name')
    : equals('process', 'actor_process_name', 'process_name');
}

const fileTexts = [
  'process_name',
  'process_path',
  'process_cmd_line',
  'actor_process_name',
  'file_name',
  'file_path',
] as const;

const hosts = ['device_hostname', 'src_hostname', 'dst_hostname'] as const;
const names = ['query_hostname', 'dst_hostname', 'tls_sni', 'http_url'] as const;

function domainTarget(mention: Mention, scene: Scene): Target {
  const { entity, link } = mention;
  const isLogon = scene.classes.some(isLogonClass);
  if (isKnown(scene.context.knownHosts, entity.value) || link === 'on' || isLogon)
    return hostTarget(mention, scene);
  if (scene.classes[0] === 'dns') return equals('name', 'query_hostname');
  if (link === 'to') return equals('name', ...names);
  if (link === 'from') return equals('host', 'src_hostname', 'device_hostname');
  return scene.kind === 'search' && scene.classes.length === 0
    ? contains('name', 'query_hostname', 'dst_hostname', 'tls_sni', 'http_url', 'raw')
    : equals('name', ...names, 'src_hostname', 'device_hostname');
}

const isLogonClass = (name: EventClassName) => eventClasses[name].classes[0] === 3002;

/** True for a host or user that is known. */
export const isKnownName = ({ knownHosts, knownUsers }: PlanContext, name: string) =>
  isKnown(knownHosts, name) || isKnown(knownUsers, name);

/** Names are known in short and full form. */
function isKnown(known: readonly string[] | undefined, name: string): boolean {
  const wanted = name.toLowerCase();
  return (known ?? []).some((one) => {
    const other = one.toLowerCase();
    return other === wanted || other.startsWith(`${wanted}.`) || other.split('\\').at(-1) === wanted;
  });
}

function hostTarget({ link }: Mention, { classes }: Scene): Target {
  const isLogon = classes.some(isLogonClass);
  if (link === 'from')
    return equals('source host', 'src_hostname', ...(isLogon ? [] : (['device_hostname'] as const)));
  if (link === 'to') return equals('host', 'device_hostname', 'dst_hostname');
  if (link === 'on' || link === 'in') return equals('host', 'device_hostname');
  return equals('host', ...hosts);
}

const userTarget = () => equals('user', ...fieldNouns.user.fields);
const identityTarget = () => equals('user or host', ...fieldNouns.user.fields, ...hosts);

/** A bare word or a name such as `WS-07`: a host, a user, a program or text, by its place in the sentence. */
function nameTarget(mention: Mention, scene: Scene): Target {
  const { entity, link, afterVerb } = mention;
  const word = entity.value.toLowerCase();
  const isHost = isKnown(scene.context.knownHosts, word);
  const isUser = isKnown(scene.context.knownUsers, word);
  if (isHost && isUser) return identityTarget();
  if (isHost) return hostTarget(mention, scene);
  if (isUser) return userTarget();
  if (scene.kind === 'process_tree' && link !== 'on') {
    return entity.kind === 'name' ? identityTarget() : processTarget(scene);
  }
  if (programs.has(word)) return scene.seen ? wordTarget(scene) : fileTarget(mention, scene);
  switch (link) {
    case 'did':
      return scene.seen ? wordTarget(scene) : entity.kind === 'name' ? identityTarget() : userTarget();
    case 'by':
      return userTarget();
    case 'on':
      return equals('host', 'device_hostname');
    case 'from':
    case 'to':
      return entity.kind === 'name' ? hostTarget(mention, scene) : endTarget(link);
    case 'for':
    case 'of':
      return scene.classes.length > 0 && wordsOf(scene) !== undefined ? wordTarget(scene) : identityTarget();
    default:
      break;
  }
  if (afterVerb && scene.classes[0] === 'process_start') return wordTarget(scene);
  if (scene.kind === 'activity') return identityTarget();
  if (entity.kind === 'name' && (scene.classes.length > 0 || scene.kind !== 'search'))
    return identityTarget();
  return wordTarget(scene);
}

const endTarget = (link: 'from' | 'to'): Target =>
  link === 'from'
    ? equals('user or host', 'src_hostname', 'device_hostname', ...fieldNouns.user.fields)
    : equals('host or name', 'device_hostname', 'dst_hostname', 'query_hostname', 'tls_sni');

function wordsOf({ classes }: Scene): readonly EventField[] | undefined {
  const [first] = classes;
  const event: EventClass | undefined = first === undefined ? undefined : eventClasses[first];
  return event?.words;
}

function wordTarget(scene: Scene): Target {
  const fields = wordsOf(scene);
  if (fields !== undefined) return contains('text', ...fields);
  const isIdentity = scene.classes.length > 0 && scene.classes[0] !== 'api';
  return isIdentity ? identityTarget() : contains('text', 'raw');
}
