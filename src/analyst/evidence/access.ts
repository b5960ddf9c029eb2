import type { ReadScope } from '../../sql/index.ts';
import type { Store } from '../../store/index.ts';

/** What evidence is read through: the store's read verb, and whose rows as of when. */
export interface Access {
  readonly store: Pick<Store, 'read'>;
  readonly scope: ReadScope;
  readonly signal: AbortSignal;
  /** Whole seconds that one statement may take; the store's own limit when absent. */
  readonly maxSeconds?: number;
}

export const readOptions = ({ signal, maxSeconds }: Access) => ({
  signal,
  ...(maxSeconds === undefined ? {} : { maxSeconds }),
});
