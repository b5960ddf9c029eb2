import type { Principal, Scope } from '../contracts/index.ts';
import { grantReadScope, type ReadScope } from '../sql/index.ts';
import { requireScope } from './principal.ts';

/**
 * What the store demands for a read: the principal's tenant and a snapshot (milliseconds; rows ingested up to it are
 * read). The one place where such a scope is made, so that no tenant is ever read that a credential doesn't stand
 * for. Throws `guard.scope_missing` unless the principal has `need`.
 */
export function readScopeOf(
  principal: Principal,
  need: Extract<Scope, 'events:read' | 'ask' | 'ledger:read'>,
  snapshot: number,
): ReadScope {
  requireScope(principal, need);
  return grantReadScope(principal.tenant, snapshot);
}
