/**
 * Intake: frames what comes in into `RecordGroup`s and hands them on; one folder a way in. It decides where a record
 * begins and ends, what its identity rests on and which source it seems to be of. It doesn't parse records into
 * events, stores nothing and acknowledges nothing: that is the log's.
 */
export {
  type ImportProgress,
  type ImportRequest,
  type ImportResult,
  importPaths,
} from './file/import-paths.ts';
export type { FileProblem } from './file/problem.ts';
export { type ReadRecord, type ReadRequest, type ReadResult, readRecords } from './file/read-records.ts';
export { findFiles } from './file/walk.ts';
export { createQuota } from './http/quota.ts';
export { createTelemetryReceiver } from './http/receiver.ts';
export { requestBodyOf } from './http/request-body.ts';
export type { Sources } from './recognise.ts';
export { type FramedRequest, frameRequest } from './request/frame-request.ts';
