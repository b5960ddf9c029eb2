/**
 * Workflow state: alerts, keys, tenants, settings and jobs as Postgres tables, embedded (PGlite in a worker thread). Runs
 * statements and migrations that others declare; knows no table of its own but the list of migrations.
 * An engine of layer 2: other rooms take `State` by `import type`; `system/` opens it.
 */
export { setStateAside } from './data-folder.ts';
export { type OpenStateOptions, openState } from './open.ts';
export type { State, StateMigration, StateOptions, StateParameter, StateRow, StateSession } from './port.ts';
