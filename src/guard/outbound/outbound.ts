import { connect, isIP, type Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { parseAllow } from './allow.ts';
import { callError } from './failure.ts';
import { Deadline, type OutboundLimits, standardLimits } from './limits.ts';
import { type OutboundAnswer, type OutboundRequest, sendHttp } from './request.ts';
import {
  type CheckedAddress,
  checkedAddresses,
  checkedLookup,
  type Resolve,
  systemResolve,
} from './resolve.ts';

export interface OutboundOptions {
  /** The setting `outbound.allow`: private addresses and ranges that may be called, comma-separated. */
  readonly allow: string;
  /** The system's own resolver unless given. */
  readonly resolve?: Resolve;
  /** Limits of every call that doesn't set its own. */
  readonly limits?: Partial<OutboundLimits>;
}

/** The way out: whatever Tyrian calls of its own accord goes through here. */
export interface Outbound {
  /**
   * One HTTP call. A redirect is not followed but given back as the answer that it is. Throws `guard.outbound_*`, or the reason
   * of the caller's signal.
   */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
  /**
   * A connected socket for another protocol, to an address that was checked; whoever asked for it destroys it, and its
   * signal does. For TLS over it the server's name is `host`. Throws `guard.outbound_*`.
   */
  connect(to: {
    readonly host: string;
    readonly port: number;
    readonly signal?: AbortSignal;
  }): Promise<Socket>;
  close(): Promise<void>;
}

/** Connections to one origin at the same time. */
const maxConnections = 8;

/** Makes the way out. Throws `guard.outbound_allow` when the setting is wrong. */
export function createOutbound(options: OutboundOptions): Outbound {
  const allow = parseAllow(options.allow);
  const { resolve = systemResolve } = options;
  const limits = { ...standardLimits, ...options.limits };
  const check = (host: string) => checkedAddresses(host, { resolve, allow });
  const agent = new Agent({
    connect: checkedConnector(check, limits.connectMs),
    connections: maxConnections,
    allowH2: false,
  });
  return {
    request: (request) => sendHttp(request, { agent, limits: { ...limits, ...request.limits } }),
    connect: (to) => openSocket(to, check, limits.connectMs),
    close: () => agent.destroy(),
  };
}

/** A socket asks its `lookup` about names only, so an address in the URL is checked before. */
function checkedConnector(
  check: (host: string) => Promise<readonly CheckedAddress[]>,
  timeout: number,
): buildConnector.connector {
  const connector = buildConnector({
    allowH2: false,
    timeout,
    autoSelectFamily: true,
    lookup: checkedLookup(check),
  });
  return (target, callback) => {
    if (isIP(target.hostname) === 0) connector(target, callback);
    else
      check(target.hostname).then(
        () => connector(target, callback),
        (cause: Error) => callback(cause, null),
      );
  };
}

async function openSocket(
  { host, port, signal }: Parameters<Outbound['connect']>[0],
  check: (host: string) => Promise<readonly CheckedAddress[]>,
  connectMs: number,
): Promise<Socket> {
  using deadline = new Deadline(`${host}:${port}`, signal);
  deadline.within(connectMs, 'The connection');
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) await check(bare);
  const socket = connect({ host: bare, port, lookup: checkedLookup(check), autoSelectFamily: true });
  const destroy = () => socket.destroy();
  signal?.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => signal?.removeEventListener('abort', destroy));
  try {
    await connected(socket, deadline.signal);
    return socket;
  } catch (cause) {
    socket.destroy();
    throw callError(cause, `${host}:${port}`, deadline.signal);
  }
}

function connected(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
