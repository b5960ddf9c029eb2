import type { CloudTrailRecord } from './cloudtrail/record.ts';
import type { Host } from './company/hosts.ts';
import { Track } from './track.ts';
import type { WindowsRecord } from './windows/record.ts';
import { type ZeekPath, type ZeekRecord, zeekPaths } from './zeek/record.ts';

/** Collectors of Windows events: one for each kind of machine, as a forwarding tier would have them. */
const collectors = ['workstations', 'servers', 'domain-controllers'] as const;
type Collector = (typeof collectors)[number];

/** A track for every stream of the scenario. */
export interface Logs {
  readonly windowsTracks: ReadonlyMap<string, Track<WindowsRecord>>;
  readonly zeekTracks: ReadonlyMap<ZeekPath, Track<ZeekRecord>>;
  readonly cloudTracks: ReadonlyMap<string, Track<CloudTrailRecord>>;
  windows(host: Host): Track<WindowsRecord>;
  zeek(path: ZeekPath): Track<ZeekRecord>;
  cloudTrail(account: string): Track<CloudTrailRecord>;
}

export function createLogs(accounts: readonly string[]): Logs {
  const windowsTracks = tracks<Collector, WindowsRecord>(collectors);
  const zeekTracks = tracks<ZeekPath, ZeekRecord>(zeekPaths);
  const cloudTracks = tracks<string, CloudTrailRecord>(accounts);
  return {
    windowsTracks,
    zeekTracks,
    cloudTracks,
    windows: (host) => of(windowsTracks, collectorOf(host)),
    zeek: (path) => of(zeekTracks, path),
    cloudTrail: (account) => of(cloudTracks, account),
  };
}

function collectorOf(host: Host): Collector {
  if (host.role === 'workstation') return 'workstations';
  return host.role === 'domain-controller' ? 'domain-controllers' : 'servers';
}

function tracks<K, T>(keys: readonly K[]): ReadonlyMap<K, Track<T>> {
  return new Map(keys.map((key) => [key, new Track<T>()]));
}

function of<K, T>(known: ReadonlyMap<K, Track<T>>, key: K): Track<T> {
  return known.get(key) as Track<T>;
}
