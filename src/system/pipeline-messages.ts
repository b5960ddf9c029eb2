import type { BatchReport, PipelineStep } from '../pipeline/index.ts';

/** What the pipeline thread is started with; folders are absolute. */
export interface PipelineStart {
  readonly logFolder: string;
  readonly temporaryFolder: string;
  readonly sourceFolders: readonly string[] | undefined;
  readonly limits: {
    readonly records: number;
    readonly milliseconds: number;
    readonly backlogRecords: number;
  };
  readonly filterIds: number;
  /** Steps that the thread waits at until the main thread answers; empty but for tests. */
  readonly stops: readonly PipelineStep[];
}

/** The calls that the thread makes: its statements on the store, and the stamps of its batches. */
export interface PipelineCalls {
  run(sql: string): Promise<void>;
  bytes(sql: string): Promise<Uint8Array>;
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  open(): Promise<number>;
  close(stamp: number): Promise<void>;
  recovered(): Promise<void>;
  step(step: PipelineStep): Promise<void>;
}
export type CallName = keyof PipelineCalls;

export type FromThread =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly argument: unknown }
  | { readonly kind: 'report'; readonly report: BatchReport }
  | {
      readonly kind: 'fault';
      readonly message: string;
      readonly code: string;
      readonly retryInMilliseconds: number;
    };

export type ToThread =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string }
  | { readonly kind: 'appended' }
  | { readonly kind: 'stop' };
