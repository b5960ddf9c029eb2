import { TyrianError } from '../contracts/index.ts';
import { logErrors } from './errors.ts';

/** ENOSPC and EDQUOT as LMDB's numbers and as Node's names. */
const noSpace = new Set<unknown>([28, 122, 'ENOSPC', 'EDQUOT']);

/** What a caller is told when the engine fails: `log.disk_full` or `log.write_failed`; a `TyrianError` as it is. */
export function writeError(error: unknown): TyrianError {
  if (error instanceof TyrianError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return logErrors.make(
    noSpace.has(code) ? 'disk_full' : 'write_failed',
    `the log could not write: ${reason}`,
    {
      cause: error,
    },
  );
}
