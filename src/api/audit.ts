import type { AuditView, auditRoutes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Audit, AuditLine } from '../journal/index.ts';

/** The audit trail of the caller's tenant. */
export function auditHandlers({
  audit,
}: {
  readonly audit: Pick<Audit, 'list'>;
}): RouteHandlers<typeof auditRoutes> {
  return {
    async audit({ principal, query, signal }) {
      const { lines, more } = await audit.list(principal.tenant, query, signal);
      return { body: { lines: lines.map(auditView), next: more ? (lines.at(-1)?.key ?? null) : null } };
    },
  };
}

const auditView = ({ tenant: _, ...line }: AuditLine): AuditView => line;
