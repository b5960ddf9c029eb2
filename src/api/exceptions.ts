import type { Exceptions } from '../alerts/index.ts';
import type { exceptionRoutes } from '../contracts/exception-routes.ts';
import type { RouteHandlers } from '../http/index.ts';

export interface ExceptionDependencies {
  readonly exceptions: Exceptions;
}

/** Exceptions of the caller's tenant; who adds or ends one is the caller. */
export function exceptionHandlers({
  exceptions,
}: ExceptionDependencies): RouteHandlers<typeof exceptionRoutes> {
  return {
    async exceptions({ principal, query, signal }) {
      const page = await exceptions.list({ tenant: principal.tenant, ...query }, { signal });
      return { body: { exceptions: [...page.exceptions], next: page.next } };
    },
    exception: async ({ principal, params, signal }) => ({
      body: await exceptions.get({ tenant: principal.tenant, id: params.id }, { signal }),
    }),
    async addException({ principal, body, log }) {
      const { tenant, id, name } = principal;
      const added = await exceptions.add({ tenant, by: { id, name }, exception: body });
      log.info({ exception: added.id, expires_at: added.expires_at }, 'an exception was added');
      return { body: added };
    },
    async endException({ principal, params, log }) {
      const { tenant, id, name } = principal;
      const ended = await exceptions.end({ tenant, by: { id, name }, id: params.id });
      log.info({ exception: ended.id }, 'an exception was ended');
      return { body: ended };
    },
    previewException: async ({ principal, body, signal }) => ({
      body: await exceptions.preview({ tenant: principal.tenant, scope: body }, { signal }),
    }),
  };
}
