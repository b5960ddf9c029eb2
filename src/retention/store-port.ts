/** What this room needs of the telemetry store: statements of the program's own, in the background lane. */
export interface RetentionStore {
  run(sql: string, signal: AbortSignal): Promise<void>;
  /** Every value as text, null or lists of texts. */
  rows(sql: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
}
