import type { NoticeRoutes } from '../contracts/notice-routes.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Channels, Deliveries, Outcome } from '../respond/index.ts';

export interface NoticeDependencies {
  readonly channels: Channels;
  readonly deliveries: Deliveries;
  readonly testChannel: (
    to: { readonly tenant: string; readonly name: string },
    signal: AbortSignal,
  ) => Promise<Outcome>;
}

/** Who is told what, within the caller's tenant. What people change is in the journal; no line in the log has a secret. */
export function noticeHandlers({
  channels,
  deliveries,
  testChannel,
}: NoticeDependencies): RouteHandlers<NoticeRoutes> {
  return {
    channels: async ({ principal }) => ({ body: { channels: [...(await channels.list(principal.tenant))] } }),
    setChannel: async ({ principal, body }) => ({ body: await channels.set(principal, body) }),
    removeChannel: async ({ principal, params }) => ({ body: await channels.remove(principal, params.name) }),
    async testChannel({ principal, params, signal }) {
      const outcome = await testChannel({ tenant: principal.tenant, name: params.name }, signal);
      const why = outcome.ok ? null : (outcome.why ?? null);
      return { body: { delivered: outcome.ok, code: outcome.code, status: outcome.status, why } };
    },
    async deliveries({ principal, query }) {
      const { deliveries: found, next } = await deliveries.list(principal.tenant, query);
      return { body: { deliveries: [...found], next } };
    },
    delivery: async ({ principal, params }) => ({ body: await deliveries.get(principal.tenant, params.id) }),
    async replayDelivery({ principal, params, log }) {
      const delivery = await deliveries.replayOne(principal.tenant, params.id);
      log.info({ delivery: params.id }, 'a dead delivery begins anew');
      return { body: delivery };
    },
    async replayDeliveries({ principal, body, log }) {
      const answer = await deliveries.replay(principal.tenant, body);
      log.info({ ...body, ...answer }, 'dead deliveries begin anew');
      return { body: answer };
    },
  };
}
