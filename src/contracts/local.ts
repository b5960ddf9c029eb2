import * as z from 'zod';
import { TenantName } from './principal.ts';
import { KeyName } from './routes.ts';

/**
 * Headers of requests over the socket in the data folder, and of those alone: whom a command of this machine speaks for. Names
 * are percent-encoded.
 */
export const localTenantHeader = 'x-tyrian-tenant';
export const localNameHeader = 'x-tyrian-name';

export const LocalHeaders = z.object({
  [localTenantHeader]: TenantName,
  [localNameHeader]: z.string().max(600).transform(decoded).pipe(KeyName),
});

/** '' for what is no percent-encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
