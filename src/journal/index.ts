/**
 * Journal: what was detected and what people changed, on disk first (topics of the log), in tables second (projections
 * over the state); and the audit trail, kept the same way. Knows no alert and no key: rooms bring their projections.
 */
export { type Audit, type AuditLine, type AuditOptions, type AuditQuery, openAudit } from './audit.ts';
export { type JournalFault, type JournalOptions, openJournal } from './journal.ts';
export type { Decide, Journal, Projection, ProjectionContext, RecordedChange } from './port.ts';
export { addRows, putRows } from './put-rows.ts';
export { type RecordedDetectionsRequest, recordedDetections } from './recorded-detections.ts';
export { type Redact, redactTopics } from './redact.ts';
export { journalMigrations } from './tables.ts';
