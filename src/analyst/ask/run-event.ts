import type { AskEvent } from '../../contracts/index.ts';

/** An event of a run before it has its number. */
export type RunEvent = { [E in AskEvent as E['type']]: Pick<E, 'type' | 'data'> }[AskEvent['type']];
