import type { TyrianError } from '../contracts/error.ts';
import { defaultLimits, EmbeddedState, type StateLimits } from './embedded.ts';
import { migrate } from './migrate.ts';
import type { State, StateMigration } from './port.ts';

export interface OpenStateOptions {
  /** The folder of the state; made if absent. One process at a time may have it open, which its caller sees to. */
  readonly folder: string;
  /** Of all rooms, in the order in which rooms need each other's tables. */
  readonly migrations: readonly StateMigration[];
  /** A packed data folder to begin with where there is none: a dump to restore, or the empty one by default. */
  readonly template?: string;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  readonly limits?: Partial<StateLimits>;
  /** Told what no caller hears: that the engine ended between statements (the next one starts it again), that upkeep failed. */
  readonly onFault?: (error: TyrianError) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens the embedded state, makes it at the first start, and brings its tables up to date. Who opens, closes.
 * Throws `state.open`, `state.damaged`, `state.other_engine`, `state.archive`, `state.newer`, `state.migration_changed`,
 * `state.migration_order`, the signal's reason.
 */
export async function openState(options: OpenStateOptions): Promise<State> {
  const { folder, migrations, clock = Date.now, signal } = options;
  signal?.throwIfAborted();
  const state = await EmbeddedState.open({
    start: { folder, template: options.template },
    limits: { ...defaultLimits, ...options.limits },
    onFault: options.onFault ?? (() => undefined),
  });
  try {
    signal?.throwIfAborted();
    await migrate(state, migrations, clock);
    return state;
  } catch (error) {
    await state.close();
    throw error;
  }
}
