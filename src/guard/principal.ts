import { type Actor, type Principal, Scope } from '../contracts/index.ts';
import { guardErrors } from './errors.ts';

const localId = 'local';

/**
 * Whoever runs a command on this machine and can open the data folder: may do everything, within one tenant. `name` is
 * the user's on this machine, so that changes show who made them.
 */
export function localPrincipal(tenant: string, name: string = localId): Principal {
  return Object.freeze({ id: localId, name, tenant, scopes: [...Scope.options] });
}

/** Who a caller is in journal and audit trail. */
export function actorOf({ id, name }: Principal): Actor {
  return { id, name };
}

/** True for a command on this machine; a key's id can't be this word. */
export function isLocal(principal: Principal): boolean {
  return principal.id === localId;
}

/** Throws `guard.scope_missing` (403) unless the principal has the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.includes(scope)) return;
  throw guardErrors.make('scope_missing', `This needs the scope '${scope}', which your key does not have`, {
    details: { scope },
  });
}
