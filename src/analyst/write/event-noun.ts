/**
 * What an event is called, by OCSF class and activity (1.8.0; 201001-201004 are its Windows extension). The first
 * entry of a class is for activities that aren't named.
 */
const nouns: Readonly<Record<string, string>> = {
  '1001': 'file event',
  '1001.1': 'file creation',
  '1001.2': 'file read',
  '1001.3': 'file update',
  '1001.4': 'file deletion',
  '1001.5': 'file rename',
  '1002': 'driver load',
  '1005': 'module load',
  '1006': 'scheduled job event',
  '1006.1': 'scheduled job creation',
  '1006.3': 'scheduled job deletion',
  '1007': 'process event',
  '1007.1': 'process start',
  '1007.2': 'process end',
  '1007.3': 'process access',
  '1007.4': 'process injection',
  '1008': 'event log change',
  '1009': 'script run',
  '2004': 'detection finding',
  '3001': 'account change',
  '3001.1': 'account creation',
  '3001.6': 'account deletion',
  '3002': 'authentication',
  '3002.1': 'logon',
  '3002.2': 'logoff',
  '3003': 'session authorization',
  '3005': 'user access change',
  '3006': 'group change',
  '4001': 'network connection',
  '4002': 'HTTP request',
  '4003': 'DNS query',
  '4004': 'address lease',
  '4005': 'remote desktop session',
  '4006': 'file share access',
  '4007': 'remote shell session',
  '4009': 'email',
  '6003': 'API call',
  '201001': 'registry key change',
  '201002': 'registry value change',
  '201003': 'resource event',
  '201004': 'service event',
  '201004.1': 'service creation',
};

/** `logon` for ('3002', '1'); `event` when the class has no name here. Class and activity as cells hold them. */
export function eventNoun(classUid: string | undefined, activity: string | undefined): string {
  return nouns[`${classUid}.${activity}`] ?? nouns[classUid ?? ''] ?? 'event';
}

/** Every name, for the test that each is made of plain words. */
export const eventNouns: readonly string[] = Object.values(nouns);
