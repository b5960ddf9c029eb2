/**
 * Guard: who is calling, for which tenant, and what they may do; the one maker of the scope that a read needs.
 * Knows keys, not routes: what a scope opens is said where the route or command is declared.
 */
export { type Authenticate, createAuthenticate } from './authenticate.ts';
export { createFailureLimit } from './failure-limit.ts';
export { openKeyFile } from './key-file.ts';
export type { KeyRecord, KeyStore } from './key-store.ts';
export { createKeys, type Keys } from './keys.ts';
export { localPrincipal, requireScope } from './principal.ts';
export { readScopeOf } from './read-scope.ts';
