import type { LedgerView, Routes } from '../contracts/index.ts';
import type { RouteHandler } from '../http/index.ts';
import type { LedgerReport } from '../ledger/index.ts';
import type { ApiDependencies } from './dependencies.ts';
import { apiErrors } from './errors.ts';

const day = 24 * 60 * 60 * 1_000;

/** The caller's ledger; the window is the last 24 hours by the clock unless it is given. */
export function ledgerHandler({
  ledger,
  clock,
}: Pick<ApiDependencies, 'ledger' | 'clock'>): RouteHandler<Routes['ledger']> {
  return async ({ query, principal, signal }) => {
    const to = query.to === undefined ? clock() : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - day) : new Date(query.from);
    if (from > to) throw apiErrors.make('window_invalid', 'The window ends before it begins');
    return { body: ledgerView(await ledger.report({ tenant: principal.tenant, from, to, signal })) };
  };
}

function ledgerView({ from, to, rows, total }: LedgerReport): LedgerView {
  return { from, to, rows: rows.map((row) => ({ ...row })), total: { ...total } };
}
