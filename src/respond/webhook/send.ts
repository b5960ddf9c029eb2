import type { Outbound } from '../../guard/index.ts';
import { retryAfterMs } from '../backoff.ts';
import type { Hidden } from '../channel.ts';
import type { Notice } from '../notice.ts';
import { failureOf, type Outcome } from '../outcome.ts';
import { signedHeaders } from './sign.ts';

export interface WebhookSender {
  send(notice: Notice, to: Hidden, signal: AbortSignal): Promise<Outcome>;
}

/** Nothing of the answer is used but its status. */
const limits = { headersMs: 10_000, wholeMs: 15_000, maxAnswerBytes: 64 * 1024 };

/** Makes the sender of signed JSON. `clock` in milliseconds since the epoch. */
export function createWebhookSender({
  outbound,
  clock,
}: {
  readonly outbound: Pick<Outbound, 'request'>;
  readonly clock: () => number;
}): WebhookSender {
  return {
    async send(notice, { url, secret }, signal) {
      const body = webhookBody(notice);
      const headers = {
        'content-type': 'application/json',
        ...signedHeaders({ id: notice.id, at: clock(), body }, secret),
      };
      try {
        const answer = await outbound.request({ url, method: 'POST', headers, body, limits, signal });
        return outcomeOf(answer.status, retryAfterMs(answer.headers['retry-after'], clock()));
      } catch (error) {
        signal.throwIfAborted();
        return failureOf(error);
      }
    },
  };
}

/** The payload that Standard Webhooks recommends: type, timestamp, data. */
function webhookBody({ id, tenant, at, kind, severity, subject, details }: Notice): string {
  const { values, truncated } = details;
  const data = { id, tenant, severity, subject, details: values, truncated };
  return JSON.stringify({ type: kind, timestamp: at, data });
}

function outcomeOf(status: number, retryAfter: number | undefined): Outcome {
  if (status >= 200 && status < 300) return { ok: true, status, code: null };
  if (status >= 300 && status < 400) return { ok: false, status, code: 'respond.redirected' };
  const answered = { ok: false, status, code: 'respond.answered' } as const;
  return retryAfter === undefined ? answered : { ...answered, retryAfter };
}
