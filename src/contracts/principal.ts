import * as z from 'zod';

/** What a credential may do. Routes and commands name the one they need. */
export const Scope = z.enum([
  'telemetry:write',
  'events:read',
  'ask',
  'ledger:read',
  'keys:admin',
  'metrics:read',
  'alerts:read',
  'alerts:write',
  'rules:write',
  'fleet:write',
  'fleet:read',
  'intel:write',
  'settings:write',
  'files:scan',
  'audit:read',
  'operate',
]);
export type Scope = z.infer<typeof Scope>;

/**
 * Roles are sets of scopes. viewer reads; analyst also works on alerts, writes notes and scans files; admin may do everything in its
 * tenant; shipper sends telemetry and heartbeats and reads nothing. Metrics are the whole process's, of all tenants: no
 * role has them.
 */
export const Role = z.enum(['viewer', 'analyst', 'admin', 'shipper']);
export type Role = z.infer<typeof Role>;

const viewer: readonly Scope[] = ['events:read', 'ask', 'ledger:read', 'alerts:read', 'fleet:read'];
export const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  viewer,
  analyst: [...viewer, 'alerts:write', 'intel:write', 'files:scan'],
  admin: Scope.options.filter((scope) => scope !== 'metrics:read'),
  shipper: ['telemetry:write', 'fleet:write'],
};

/** A tenant's name: lower-case letters, digits and hyphens, 1 to 63 characters. */
export const TenantName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'a tenant is 1-63 lower-case letters, digits and inner hyphens',
});

/** Who is calling: made from the credential, never from a body, a query or a model. */
export const Principal = z.strictObject({
  /** Id of the key or, for a command on this machine, `local`. */
  id: z.string().min(1),
  /** Person or service that the key was issued to. */
  name: z.string().min(1),
  tenant: TenantName,
  scopes: z.array(Scope),
});
export type Principal = z.infer<typeof Principal>;
