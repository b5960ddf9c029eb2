import type { sourcesRoutes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { LiveCatalogue } from '../normalise/index.ts';

/** How the user's folder of sources stands; it is one for all tenants. */
export function sourcesHandlers({
  catalogue,
}: {
  readonly catalogue: Pick<LiveCatalogue, 'status'>;
}): RouteHandlers<typeof sourcesRoutes> {
  return {
    async sourcesStatus() {
      const { checkedAt, folders, sources, faults } = catalogue.status();
      return {
        body: {
          checked_at: checkedAt.toISOString(),
          watched: folders.length > 0,
          sources: sources.map(({ source, version, folder }) => ({
            name: source,
            mapping_version: version,
            from: folder === undefined ? 'own' : 'folder',
          })),
          faults: faults.map(({ source, folder, code, message, in_force }) => ({
            ...{ source, code, in_force },
            message: withoutFolder(message, folder),
          })),
        },
      };
    },
  };
}

/** Where the server keeps its files is none of a caller's business. */
function withoutFolder(message: string, folder: string): string {
  return message.replaceAll(`${folder}/`, '').replaceAll(folder, 'sources.folder');
}
