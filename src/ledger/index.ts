/**
 * The ledger: what became of every record, per tenant, source and minute of receipt.
 * received = stored + joined + duplicate + filtered + dead + in flight; refused is shown beside. It reads what log and
 * store hold and compares them; it decides nothing about records itself.
 */
export { createLedger, type Ledger, type LedgerStore } from './ledger.ts';
export { createRefusals, type Refusals } from './refusals.ts';
export type { LedgerReport, LedgerRow, SourceCoverage } from './report.ts';
