import { APICallError } from 'ai';
import { TyrianError } from '../contracts/index.ts';
import { llmErrors } from './errors.ts';

/**
 * What a provider's error means, without what it carries: its bodies and headers may hold prompts, evidence or parts
 * of a key, and must not reach a log or an asker. So there is no cause either.
 */
export function meaningOf(error: unknown): TyrianError {
  if (error instanceof TyrianError) return error;
  const status = statusOf(error);
  if (status === undefined) return llmErrors.make('unavailable', 'The model server can not be reached.');
  const answered = `The model server answered ${status}`;
  if (status === 401 || status === 403 || status === 404) {
    return llmErrors.make('refused', `${answered}: check model.base_url, model.name and model.api_key.`);
  }
  if (status === 429) return llmErrors.make('rate_limited', `${answered}: it limits the rate.`);
  if (status >= 500 || status === 408 || status === 409) return llmErrors.make('unavailable', `${answered}.`);
  return llmErrors.make('bad_request', `${answered}: it did not take the request.`);
}

function statusOf(error: unknown): number | undefined {
  return APICallError.isInstance(error) ? error.statusCode : undefined;
}

/** Milliseconds that the server asks to wait (`Retry-After` in seconds or as a date); undefined when it doesn't say. */
export function retryAfter(error: unknown, now: number): number | undefined {
  if (!APICallError.isInstance(error)) return undefined;
  const header = error.responseHeaders?.['retry-after'];
  if (header === undefined) return undefined;
  if (/^\d{1,6}(?:\.\d+)?$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
