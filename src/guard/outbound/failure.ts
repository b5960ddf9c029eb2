import { TyrianError } from '../../contracts/index.ts';
import { outboundErrors } from './errors.ts';

/**
 * What a call's error means. `place` is an origin or a host with its port: paths and queries of URLs often are secrets, so no
 * message has them, and the engine's own error, which might, is not handed on.
 */
export function callError(cause: unknown, place: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (cause instanceof TyrianError) return cause;
  const code = codeOf(cause);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return outboundErrors.make(
      'outbound_out_of_time',
      `The connection to ${place} did not come about in time`,
    );
  const reason = code === undefined ? '' : ` (${code})`;
  return outboundErrors.make('outbound_unreachable', `${place} can not be reached${reason}`);
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code.slice(0, 60);
  return codeOf(cause.cause);
}
