import { type ErrorCode, TyrianError } from '../contracts/index.ts';
import type { respondErrors } from './errors.ts';

type Own = `respond.${keyof typeof respondErrors.entries & string}`;

/** How one attempt ended. `status` is what the other side answered with (HTTP or SMTP), null when it didn't. */
export type Outcome =
  | {
      readonly ok: true;
      readonly status: number | null;
      /** Delivered, but not to all. */
      readonly code: Own | null;
    }
  | {
      readonly ok: false;
      readonly status: number | null;
      readonly code: ErrorCode;
      /** One sentence for people, without secrets. */
      readonly why?: string;
      /** Milliseconds after which the other side wants to be asked again. */
      readonly retryAfter?: number;
    };

/** The outcome of an attempt that threw. */
export function failureOf(error: unknown, status: number | null = null): Outcome {
  if (error instanceof TyrianError) return { ok: false, status, code: error.code, why: error.message };
  return { ok: false, status, code: 'respond.failed' };
}
