/**
 * Guard: who is calling, for which tenant, and what they may do; the one maker of the scope that a read needs;
 * and the way out for calls that Tyrian makes of its own accord.
 * Knows keys, not routes: what a scope opens is said where the route or command is declared.
 */
export { type Authenticate, createAuthenticate } from './authenticate.ts';
export { createFailureLimit } from './failure-limit.ts';
export { openKeyStore } from './journal-keys.ts';
export type { KeyRecord, KeyStore } from './key-store.ts';
export { guardProjection } from './key-tables.ts';
export { createKeys, type Keys } from './keys.ts';
export { createOutbound, type Outbound } from './outbound/outbound.ts';
export { actorOf, isLocal, localPrincipal, requireScope } from './principal.ts';
export { readScopeOf } from './read-scope.ts';
export { createSecrets, type Secrets } from './secrets.ts';
export { takeOverKeyFile } from './take-over.ts';
export { isValid } from './valid.ts';
