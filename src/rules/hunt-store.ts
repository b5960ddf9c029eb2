import type { QuerySettings } from '../sql/index.ts';

/** What hunts need of the telemetry store: statements of the program's own, which name the tenant, in the background lane. */
export interface HuntStore {
  /** Every value as text, null or lists of texts. */
  rows(
    sql: string,
    options: { readonly signal: AbortSignal; readonly settings?: QuerySettings },
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Whose events, as of when (milliseconds since the epoch: what is ingested later is not seen). */
export interface HuntScope {
  readonly tenant: string;
  readonly snapshot: number;
}

/** Milliseconds since the epoch, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
