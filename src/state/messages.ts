import type { Failure } from './failure.ts';
import type { StateParameter, StateRow } from './port.ts';

/** What the engine's thread is started with. */
export interface EngineStart {
  readonly folder: string;
  /** A packed data folder to begin with where there is none; the empty one by default. */
  readonly template: string | undefined;
}

/** What the engine's thread is asked to do, one after the other. */
export type EngineTask =
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly StateParameter[] }
  /** Several statements without parameters; `begin`, `commit` and `rollback` bound a transaction. */
  | { readonly kind: 'script'; readonly sql: string }
  | { readonly kind: 'begin' | 'commit' | 'rollback' }
  | { readonly kind: 'dump'; readonly path: string }
  | { readonly kind: 'stop' };

export interface ToEngine {
  readonly id: number;
  readonly task: EngineTask;
}

export type FromEngine =
  /** The program is there, and looks at the data now. */
  | { readonly kind: 'opening' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'unready'; readonly failure: Failure }
  | { readonly kind: 'done'; readonly id: number; readonly rows: readonly StateRow[] }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  /** The engine looks after its files, and tasks wait; it is not their time. */
  | { readonly kind: 'upkeep'; readonly begins: boolean }
  | { readonly kind: 'fault'; readonly failure: Failure };
