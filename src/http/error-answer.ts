import { TyrianError, type WireError } from '../contracts/index.ts';
import { httpErrors } from './errors.ts';

export interface ErrorAnswer {
  readonly error: TyrianError;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WireError;
}

/** The one place where an error becomes an answer: no stack, no cause, and above 499 no words of the inside. */
export function errorAnswer(thrown: unknown, traceId: string): ErrorAnswer {
  const error = asTyrianError(thrown);
  const outward = error.status < 500;
  const details = outward && Object.keys(error.details).length > 0 ? { details: { ...error.details } } : {};
  return {
    error,
    status: error.status,
    headers: headersOf(error),
    body: {
      code: error.code,
      message: outward ? error.message : inwardMessage(error),
      trace_id: traceId,
      ...details,
    },
  };
}

/** What is thrown by the framework or by accident gets a code of ours. */
function asTyrianError(thrown: unknown): TyrianError {
  if (thrown instanceof TyrianError) return thrown;
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  const cause = { cause: thrown };
  if (status === 415) return httpErrors.make('media_type', 'The Content-Type is not one', cause);
  if (status >= 400 && status < 500) return httpErrors.make('malformed', 'The request is malformed', cause);
  return httpErrors.make('internal', thrown instanceof Error ? thrown.message : String(thrown), cause);
}

function inwardMessage(error: TyrianError): string {
  return error.retryable
    ? 'Not possible at the moment; try again. The log has the reason under this trace id'
    : 'This failed inside the program; the log has the reason under this trace id';
}

function headersOf(error: TyrianError): Readonly<Record<string, string>> {
  if (error.status === 401) {
    const reason = error.code === 'guard.credential_missing' ? '' : ', error="invalid_token"';
    return { 'www-authenticate': `Bearer realm="tyrian"${reason}` };
  }
  if (error.status === 403 && typeof error.details.scope === 'string')
    return {
      'www-authenticate': `Bearer realm="tyrian", error="insufficient_scope", scope="${error.details.scope}"`,
    };
  // RFC 9110, 15.5.16: tells the encodings that would have been taken.
  if (error.code === 'http.encoding') return { 'accept-encoding': 'gzip, zstd, identity' };
  if (error.retryable && (error.status === 429 || error.status === 503))
    return { 'retry-after': String(error.details.retry_after_seconds ?? 1) };
  return {};
}
