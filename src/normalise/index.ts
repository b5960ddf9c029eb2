/**
 * Normalising: records of any source become OCSF-shaped rows. A source is a folder of `content/sources` with a
 * mapping as data; it is compiled to an in-process function (the oracle: single events, and all that is odd) and to
 * ClickHouse SQL (the hot path), held equal by tests. Reads no log and stores nothing; knows no table but the stage's
 * columns.
 */
export {
  type FormSql,
  loadCatalogue,
  ownSources,
  type Recognised,
  type RecordJoin,
  type SourceCatalogue,
  type SourceForm,
} from './catalogue.ts';
export { type Coverage, measureCoverage } from './coverage.ts';
export { createFollowedCatalogue, type FollowedCatalogue } from './followed-catalogue.ts';
export {
  createLiveCatalogue,
  type LiveCatalogue,
  type LiveCatalogueOptions,
  type LiveStatus,
  type SourceFault,
  type SourcesChange,
} from './live-catalogue.ts';
export type { JsonObject, JsonValue } from './native.ts';
export { isPlainJson, type NativeRecord, nativeFields, type StoredRecord } from './native-record.ts';
export { type EventPlace, type FieldSql, fieldSql } from './native-sql.ts';
export { type InputRecord, normalise, type Outcome } from './normalise.ts';
export { activityNameOf, classNameOf } from './ocsf-classes.ts';
export { createRouting, type RoutedRecord } from './routing.ts';
export { compileSource, readSources, type SourceText } from './source-text.ts';
export { type EventRow, type StageColumn, stageColumns } from './stage-columns.ts';
export { mendOf, type Trial, tryRecord } from './trial.ts';
export { classText, TrialCount, type TrialSummary } from './trial-summary.ts';
