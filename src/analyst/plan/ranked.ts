import type { Ask } from './interpret.ts';
import type { EventClassName } from './words/classes.ts';
import type { FieldNounName } from './words/fields.ts';

/** What `top` means of events that are named without a noun to group by: `top 10 dns queries` are names. */
const ranked: Readonly<Partial<Record<EventClassName, FieldNounName>>> = {
  failed_logon: 'user',
  successful_logon: 'user',
  logon: 'user',
  authentication: 'user',
  process_start: 'process',
  process_end: 'process',
  lsass_access: 'process',
  process_access: 'process',
  process_injection: 'process',
  module_load: 'file',
  driver_load: 'file',
  network: 'ip',
  http: 'url',
  dns: 'dns_name',
  rdp: 'source_ip',
  smb: 'source_ip',
  ssh: 'source_ip',
  email: 'email_from',
  file_created: 'file',
  file_deleted: 'file',
  file: 'file',
  registry: 'registry_key',
  registry_key: 'registry_key',
  service_install: 'service',
  service: 'service',
  scheduled_job: 'job',
  scheduled_job_created: 'job',
  finding: 'finding',
  api: 'api_operation',
};

/** Adds the noun that `top` or `rarest` asks for when only a kind of event is named. */
export function withRanked(ask: Ask): Ask {
  const lead = ask.cues.has('most') ? 'most' : ask.cues.has('least') ? 'least' : undefined;
  const [first] = ask.classes;
  const name = first === undefined ? undefined : ranked[first];
  const isNamed = ask.wanted.length > 0 || ask.amounts.length > 0 || ask.bucketSeconds !== undefined;
  return lead === undefined || name === undefined || isNamed ? ask : { ...ask, wanted: [{ name, lead }] };
}
