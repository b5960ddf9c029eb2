import type { importRoutes } from '../contracts/index.ts';
import { actorOf, isLocal } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { JobDesk } from '../jobs/index.ts';
import type { LiveCatalogue } from '../normalise/index.ts';
import { apiErrors } from './errors.ts';
import { jobView } from './jobs.ts';

/** Imports by the server itself: whoever orders one reads every file that the server may read. */
export function importHandlers({
  jobs,
  catalogue,
}: {
  readonly jobs: Pick<JobDesk, 'start'>;
  readonly catalogue: Pick<LiveCatalogue, 'sources'>;
}): RouteHandlers<typeof importRoutes> {
  return {
    async startImport({ principal, body }) {
      if (!isLocal(principal))
        throw apiErrors.make(
          'local_only',
          'Files of this machine are imported by a command on it; from elsewhere send them to /v1/telemetry, as tyrian import --url does',
        );
      const { source } = body;
      if (source !== undefined && !catalogue.sources.includes(source))
        throw apiErrors.make('unknown_source', `There is no source '${source}'`, {
          details: { sources: catalogue.sources },
        });
      const order = { kind: 'imports.run', tenant: principal.tenant, by: actorOf(principal) };
      return { body: jobView(await jobs.start({ ...order, parameters: body })) };
    },
  };
}
