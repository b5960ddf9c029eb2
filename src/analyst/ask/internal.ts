import type { TyrianError } from '../../contracts/index.ts';
import { analystErrors } from '../errors.ts';

/** An error of the program in another room: its words may be an engine's, with SQL in them. Ours are the asker's. */
export const isInternal = ({ status, code }: TyrianError) =>
  status >= 500 && !code.startsWith(`${analystErrors.room}.`);

/** What an asker is told in its place; the log holds the cause under the trace id. */
export function internalMessage({ status, retryable }: TyrianError): string {
  if (status === 504) return 'Reading took longer than it may; ask for a narrower window.';
  return retryable
    ? 'The store could not answer now; ask again in a moment.'
    : 'The question could not be answered; the log tells why.';
}
