import type { Entity, EventAttributes } from '../contracts/index.ts';
import type { SigmaRule } from './ast.ts';
import { fold } from './fold.ts';

type Kind = Entity['kind'];

/** In what order things of an event are looked for, to say what an alert is about. */
const usual: readonly Kind[] = ['host', 'user', 'address', 'resource', 'source'];
/** What comes first by the rule's product; what people do in a cloud is about them. */
const firstByProduct: Readonly<Record<string, Kind>> = {
  windows: 'host',
  linux: 'host',
  macos: 'host',
  osquery: 'host',
  aws: 'user',
  azure: 'user',
  gcp: 'user',
  google_workspace: 'user',
  m365: 'user',
  okta: 'user',
  onelogin: 'user',
  auth0: 'user',
  slack: 'user',
  github: 'user',
  kubernetes: 'user',
  zeek: 'address',
  suricata: 'address',
};
const firstByCategory: Readonly<Record<string, Kind>> = {
  webserver: 'address',
  proxy: 'address',
  dns: 'address',
  firewall: 'address',
};

const maxValue = 512;

/** Columns that name a thing, the first that is not empty. Names are compared without case, so they are kept lower. */
const columns: Readonly<Record<Exclude<Kind, 'source'>, readonly (keyof EventAttributes)[]>> = {
  host: ['device_hostname', 'device_uid', 'device_ip'],
  user: ['actor_user_name', 'actor_user_uid', 'user_name', 'user_uid'],
  address: ['src_ip', 'dst_ip'],
  resource: ['resource_uid', 'resource_name', 'cloud_account'],
};

/**
 * What an alert of the rule on this event is about: by the rule's log source a host, a user or an address first, else
 * the next of host, user, address, resource that the event names, at last the source itself.
 */
export function entityOf(
  rule: Pick<SigmaRule, 'logsource'>,
  event: { readonly source: string; readonly attributes: Partial<EventAttributes> },
): Entity {
  const { product = '', category = '' } = rule.logsource;
  const first = firstByProduct[product] ?? firstByCategory[category] ?? 'host';
  for (const kind of [first, ...usual]) {
    const value = kind === 'source' ? event.source : firstText(event.attributes, columns[kind]);
    if (value !== '') return { kind, value: fold(value).slice(0, maxValue) };
  }
  return { kind: 'source', value: event.source.slice(0, maxValue) };
}

function firstText(attributes: Partial<EventAttributes>, names: readonly (keyof EventAttributes)[]): string {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}
