/**
 * Retention: what goes when. Expiry by class, legal holds, and the erasure of a person or a tenant with a receipt. The rows are
 * the store's, the entries the journal's: this room says which of them go, and writes down what the ledger has to know.
 */
export { EraseSubject, eraseKind } from './erase.ts';
export { createHolds, Hold, type Holds, holdsProjection } from './holds.ts';
export type { RetentionStore } from './store-port.ts';
export { type RetentionDays, sweepKind } from './sweep.ts';
