import type { peopleRoutes } from '../contracts/index.ts';
import type { Keys } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';

/** Who can be assigned to in the caller's tenant. */
export function peopleHandlers({
  keys,
}: {
  readonly keys: Pick<Keys, 'people'>;
}): RouteHandlers<typeof peopleRoutes> {
  return {
    people: async ({ principal }) => ({ body: { people: [...(await keys.people(principal))] } }),
  };
}
