import type { ErrorCode, FileScan, ScanRules } from '../contracts/index.ts';
import type { RuleFolder } from './rule-folder.ts';

/** What a thread is started with. */
export interface ThreadStart {
  readonly folders: readonly RuleFolder[];
  /** Package of the YARA library. */
  readonly library: string;
}

export type ToThread =
  | { readonly kind: 'scan'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'rules'; readonly id: number };

export type FromThread =
  /** Rules are ready: from here on it is the scan that takes time. */
  | { readonly kind: 'began'; readonly id: number }
  | { readonly kind: 'scanned'; readonly id: number; readonly scan: FileScan }
  | { readonly kind: 'rules'; readonly id: number; readonly rules: ScanRules }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ErrorCode; readonly message: string };
