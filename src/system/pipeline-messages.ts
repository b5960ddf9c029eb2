import type { Detection } from '../contracts/index.ts';
import type { SourceText } from '../normalise/index.ts';
import type { BatchReport, PipelineStep } from '../pipeline/index.ts';
import type { JudgedPack, RuleMaskEntries } from '../rules/index.ts';

/** Rules travel to the thread parsed; it compiles them aside and swaps them whole. */
export interface RulesInForce {
  readonly packs: readonly JudgedPack[];
  readonly mask: RuleMaskEntries;
}

/** What the pipeline thread is started with; folders are absolute. */
export interface PipelineStart {
  readonly logFolder: string;
  readonly temporaryFolder: string;
  readonly sources: readonly SourceText[];
  readonly limits: {
    readonly records: number;
    readonly milliseconds: number;
    readonly backlogRecords: number;
  };
  readonly filterIds: number;
  readonly rules: RulesInForce;
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
  detected(detections: readonly Detection[]): Promise<void>;
  step(step: PipelineStep): Promise<void>;
}
export type CallName = keyof PipelineCalls;

export type FromThread =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly argument: unknown }
  | { readonly kind: 'adopted'; readonly id: number }
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
  | { readonly kind: 'rules'; readonly rules: RulesInForce }
  | { readonly kind: 'mask'; readonly mask: RuleMaskEntries }
  | { readonly kind: 'sources'; readonly id: number; readonly sources: readonly SourceText[] }
  | { readonly kind: 'stop' };
