import { Agent, fetch } from 'undici';
import { localNameHeader, localTenantHeader } from '../contracts/index.ts';
import type { Fetch } from './request.ts';

export interface LocalConnection {
  /** A fetch whose requests all go over the socket. */
  readonly fetch: Fetch;
  close(): Promise<void>;
}

/**
 * Reaches the Tyrian that listens on a Unix domain socket of this machine, on behalf of a tenant and under a name. No key is
 * needed: who may open the socket's folder may do everything.
 */
export function connectLocally(options: {
  readonly socket: string;
  readonly tenant: string;
  readonly name: string;
}): LocalConnection {
  const agent = new Agent({ connect: { socketPath: options.socket }, bodyTimeout: 0, headersTimeout: 0 });
  const own = { [localTenantHeader]: options.tenant, [localNameHeader]: encodeURIComponent(options.name) };
  return {
    // undici's own types and the platform's describe the same objects.
    fetch: async (url, init) => {
      const headers = { ...(init.headers as Record<string, string>), ...own };
      const request = { ...init, headers, dispatcher: agent } as Parameters<typeof fetch>[1];
      return (await fetch(url, request)) as unknown as Response;
    },
    close: () => agent.close(),
  };
}
