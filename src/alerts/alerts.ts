import type { AlertChange, AlertFilter, AlertRow, AlertSort, AlertView } from '../contracts/alert.ts';
import type { AlertFacets } from '../contracts/alert-routes.ts';
import type { Actor } from '../contracts/index.ts';
import type { Journal } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import { type BulkProgress, type BulkRequest, changeInChunks } from './bulk.ts';
import { decideChange, kinds } from './change.ts';
import { alertsErrors } from './errors.ts';
import { readFacets } from './facets.ts';
import { listAlerts } from './list.ts';
import { type PruneRequest, pruneInChunks } from './prune.ts';
import type { StoredAlert } from './rows.ts';
import { alertRow, readAlerts, viewOf } from './view.ts';

/** Names of the people who may work on alerts: they hold a valid key of the tenant with `alerts:write`. */
export type People = (tenant: string) => Promise<readonly string[]>;

export interface AlertsOptions {
  readonly state: Pick<State, 'query' | 'transaction'>;
  readonly journal: Pick<Journal, 'change'>;
  readonly people: People;
}

interface Waiting {
  readonly signal?: AbortSignal;
}

/** The queue of alerts: read from the tables, changed through the journal. Everything is within one tenant. */
export interface Alerts {
  /** One page by key, at most `limit`. Throws `alerts.cursor`, `alerts.too_many_rules`. */
  list(
    request: {
      readonly tenant: string;
      readonly filter: AlertFilter;
      readonly sort: AlertSort;
      readonly limit: number;
      readonly cursor?: string | undefined;
    },
    options?: Waiting,
  ): Promise<{ readonly alerts: readonly AlertRow[]; readonly next: string | null }>;
  /** Throws `alerts.unknown`. */
  get(name: { readonly tenant: string; readonly id: string }, options?: Waiting): Promise<AlertView>;
  facets(tenant: string, options?: Waiting): Promise<AlertFacets>;
  people: People;
  /**
   * Gives the alert as it is then; it is on disk. `expected` is the revision that the person saw.
   * Throws `alerts.unknown`, `alerts.changed`, `alerts.person_unknown`.
   */
  change(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly id: string;
    readonly change: AlertChange;
    readonly expected?: number | undefined;
  }): Promise<AlertRow>;
  /**
   * The same change to many alerts, in journal entries of at most `maxChangeIds`; between them others have their turn.
   * Stops with the signal: what was changed by then stays. By filter it changes those that match when their page is read, at
   * most `limit` of them, and gives where to go on; one that takes a detection meanwhile may be left out.
   */
  changeMany(request: BulkRequest): Promise<BulkProgress>;
  /** Removes alerts of a tenant that are closed and whose last change lies before a time. Gives how many. */
  prune(request: PruneRequest): Promise<number>;
}

export function createAlerts({ state, journal, people }: AlertsOptions): Alerts {
  async function find(tenant: string, id: string): Promise<StoredAlert> {
    const [alert] = await readAlerts(state, tenant, [id]);
    if (alert === undefined) throw alertsErrors.make('unknown', `There is no alert ${id}`);
    return alert;
  }
  async function checkPerson(tenant: string, change: AlertChange): Promise<void> {
    if (change.kind !== 'assigned' || change.assignee === null) return;
    if ((await people(tenant)).includes(change.assignee)) return;
    throw alertsErrors.make('person_unknown', `${change.assignee} holds no key that may work on alerts here`);
  }
  return {
    people,
    async list(request, options) {
      const { alerts, next } = await listAlerts(state, request, options);
      return { alerts: alerts.map(alertRow), next };
    },
    get: async ({ tenant, id }, options = {}) => await viewOf(state, await find(tenant, id), options),
    facets: async (tenant, options = {}) => await readFacets(state, tenant, options),
    async change({ tenant, by, id, change, expected }) {
      await checkPerson(tenant, change);
      await find(tenant, id);
      await journal.change({ kind: kinds[change.kind], tenant, by }, (session) =>
        decideChange(session, { tenant, ids: [id], change, expected }),
      );
      return alertRow(await find(tenant, id));
    },
    async changeMany(request) {
      await checkPerson(request.tenant, request.change);
      return await changeInChunks({ state, journal }, request);
    },
    prune: async (request) => await pruneInChunks(journal, request),
  };
}
