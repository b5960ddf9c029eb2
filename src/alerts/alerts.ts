import type { AlertChange, AlertFilter, AlertRow, AlertSort, AlertView } from '../contracts/alert.ts';
import type { AlertBudget, AlertFacets, RulePrevalence, RuleStatistics } from '../contracts/alert-routes.ts';
import type { Actor } from '../contracts/index.ts';
import type { Journal } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import { type BudgetRequest, listBudgets, setBudget } from './budgets.ts';
import { type BulkProgress, type BulkRequest, changeInChunks } from './bulk.ts';
import { decideChange, kinds } from './change.ts';
import { alertsErrors } from './errors.ts';
import { readFacets } from './facets.ts';
import { listAlerts } from './list.ts';
import { type PrevalenceRequest, readPrevalence } from './prevalence.ts';
import { type PruneRequest, pruneInChunks } from './prune.ts';
import type { StoredAlert } from './rows.ts';
import { type RuleStatisticsRequest, readRuleStatistics } from './rule-statistics.ts';
import { type UndoProgress, type UndoRequest, undoInChunks } from './undo.ts';
import { alertRow, readAlerts, viewOf } from './view.ts';

/** Names of the people who may work on alerts: they hold a valid key of the tenant with `alerts:write`. */
export type People = (tenant: string) => Promise<readonly string[]>;

export interface AlertsOptions {
  readonly state: Pick<State, 'query' | 'transaction'>;
  readonly journal: Pick<Journal, 'change'>;
  readonly people: People;
  /** Of changes of many: 32 lower-case hex digits, each time others. */
  readonly newId: () => string;
}

/** `bulk`: the change of many that a further call belongs to; a new one unless said. */
type BulkOrder = Omit<BulkRequest, 'bulk'> & { readonly bulk?: string | undefined };
type UndoOrder = Omit<UndoRequest, 'bulk'> & { readonly bulk?: string | undefined };

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
  /** Rules by their detections, most first: hits against alerts. Throws `alerts.cursor`. */
  ruleStatistics(
    request: RuleStatisticsRequest,
    options?: Waiting,
  ): Promise<{ readonly rules: readonly RuleStatistics[]; readonly next: string | null }>;
  /** What a rule did in the last 30 days. */
  prevalence(request: PrevalenceRequest, options?: Waiting): Promise<RulePrevalence>;
  /** How many alerts an hour a rule opens before a summary alert takes the rest, where the tenant set it; by rule, all first. */
  budgets(tenant: string, options?: Waiting): Promise<readonly AlertBudget[]>;
  /** In force for all detections recorded from then on. Throws `alerts.too_many_budgets`. */
  setBudget(request: BudgetRequest): Promise<void>;
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
  changeMany(request: BulkOrder): Promise<BulkProgress & { readonly bulk: string }>;
  /**
   * Gives the alerts of a change of many back what they had, but for those that a person changed since. The undoing has an id of its
   * own (`bulk`) and can be undone. Throws `alerts.bulk_unknown`, `alerts.cursor`.
   */
  undoMany(request: UndoOrder): Promise<UndoProgress & { readonly bulk: string }>;
  /** Removes alerts of a tenant that are closed and whose last change lies before a time. Gives how many. */
  prune(request: PruneRequest): Promise<number>;
}

export function createAlerts({ state, journal, people, newId }: AlertsOptions): Alerts {
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
    ruleStatistics: async (request, options = {}) => await readRuleStatistics(state, request, options),
    prevalence: async (request, options = {}) => await readPrevalence(state, request, options),
    budgets: async (tenant, options = {}) => await listBudgets(state, tenant, options),
    setBudget: async (request) => await setBudget(journal, request),
    async change({ tenant, by, id, change, expected }) {
      await checkPerson(tenant, change);
      await find(tenant, id);
      await journal.change({ kind: kinds[change.kind], tenant, by }, (session) =>
        decideChange(session, { tenant, ids: [id], change, expected }),
      );
      return alertRow(await find(tenant, id));
    },
    async changeMany({ bulk = newId(), ...request }) {
      await checkPerson(request.tenant, request.change);
      return { ...(await changeInChunks({ state, journal }, { ...request, bulk })), bulk };
    },
    async undoMany({ bulk = newId(), ...request }) {
      return { ...(await undoInChunks({ state, journal }, { ...request, bulk })), bulk };
    },
    prune: async (request) => await pruneInChunks(journal, request),
  };
}
