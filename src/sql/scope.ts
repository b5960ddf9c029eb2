import { errors } from './errors.ts';

declare const scopeBrand: unique symbol;

/** Whose rows, as of when. Granted by `guard/` from a credential; the printer writes it into every table reference. */
export interface ReadScope {
  readonly [scopeBrand]: true;
  readonly tenant: string;
  /** Milliseconds since the epoch: rows of later batches aren't seen. */
  readonly snapshot: number;
}

/** Scopes that were granted: an object that merely looks like one is refused. */
const granted = new WeakSet<object>();

/**
 * Makes a scope. Only `guard/` may import this (the architecture test holds it): whoever can call it can read any
 * tenant. Throws `sql.scope` for an empty tenant or a snapshot that isn't a whole number of milliseconds.
 */
export function grantReadScope(tenant: string, snapshot: number): ReadScope {
  if (tenant === '' || !Number.isSafeInteger(snapshot)) {
    throw errors.make('scope', 'a scope needs a tenant and a snapshot in whole milliseconds');
  }
  const scope = Object.freeze({ tenant, snapshot }) as ReadScope;
  granted.add(scope);
  return scope;
}

/** Throws `sql.scope` unless the scope came from `grantReadScope`. */
export function assertGranted(scope: ReadScope): void {
  if (!granted.has(scope)) throw errors.make('scope', 'the scope was not granted by the guard');
}
