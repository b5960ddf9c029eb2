import { isIPv6 } from 'node:net';

export interface FailureLimitOptions {
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Failures that a peer may make at once. */
  readonly burst?: number;
  /** Milliseconds until one of them is forgiven. */
  readonly forgiveEvery?: number;
}

/** At most this many peers are remembered; the one that was quiet longest is forgotten first. */
const maxPeers = 10_000;

/** Counts failures per peer: a bucket that empties by failing and fills by waiting. */
export interface FailureLimit {
  /** Books a failure; the milliseconds to wait when the peer has used up its share, else 0. */
  fail(peer: string): number;
}

/** Makes a limit with a table of bounded size. */
export function createFailureLimit(options: FailureLimitOptions): FailureLimit {
  const { now, burst = 20, forgiveEvery = 3_000 } = options;
  const peers = new Map<string, { readonly failures: number; readonly at: number }>();
  return {
    fail(peer) {
      const group = peerGroup(peer);
      const at = now();
      const known = peers.get(group);
      const left = known === undefined ? 0 : Math.max(0, known.failures - (at - known.at) / forgiveEvery);
      const failures = Math.min(left + 1, burst + 1);
      peers.delete(group);
      peers.set(group, { failures, at });
      for (const oldest of peers.keys()) {
        if (peers.size <= maxPeers) break;
        peers.delete(oldest);
      }
      return failures > burst ? Math.ceil((failures - burst) * forgiveEvery) : 0;
    },
  };
}

/** Someone who has one IPv6 address has 2^64 of them (RFC 6177): the network counts as the peer. */
function peerGroup(peer: string): string {
  if (!isIPv6(peer) || peer.includes('.')) return peer;
  const [head = '', tail] = peer.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - front.length - back.length).fill('0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}
