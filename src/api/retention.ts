import type { retentionRoutes } from '../contracts/index.ts';
import { actorOf } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { JobDesk } from '../jobs/index.ts';
import type { Hold, Holds, RetentionDays } from '../retention/index.ts';
import { apiErrors } from './errors.ts';
import { jobView } from './jobs.ts';

export interface RetentionDependencies {
  readonly holds: Pick<Holds, 'place' | 'release' | 'list' | 'refuseHeld'>;
  readonly retention: { readonly days: RetentionDays; readonly logHours: number };
  readonly jobs: Pick<JobDesk, 'start'>;
}

/** What goes when, in the caller's tenant. */
export function retentionHandlers({
  holds,
  retention,
  jobs,
}: RetentionDependencies): RouteHandlers<typeof retentionRoutes> {
  const { days, logHours } = retention;
  const { deadLetters, ...others } = days;
  return {
    async retention({ principal }) {
      const held = (await holds.list(principal.tenant)).map(holdView);
      return { body: { days: { ...others, dead_letters: deadLetters }, log_hours: logHours, holds: held } };
    },
    async placeHold({ principal, body }) {
      const { tenant } = principal;
      return { body: holdView(await holds.place({ tenant, by: actorOf(principal), ...body })) };
    },
    async releaseHold({ principal, params }) {
      const { tenant } = principal;
      await holds.release({ tenant, by: actorOf(principal), name: params.name });
      return { body: { released: params.name } };
    },
    async erase({ principal, body }) {
      const { tenant } = principal;
      if (body.kind === 'tenant' && body.confirm !== tenant)
        throw apiErrors.make('not_confirmed', "Type the tenant's name to erase all of it");
      await holds.refuseHeld(tenant);
      const parameters = body.kind === 'tenant' ? { kind: body.kind } : body;
      const job = await jobs.start({ kind: 'retention.erase', tenant, by: actorOf(principal), parameters });
      return { body: jobView(job) };
    },
  };
}

const holdView = ({ name, reason, placed_at, placed_by }: Hold) => ({ name, reason, placed_at, placed_by });
