import type { BodyFormat } from '../../contracts/notice-routes.ts';
import type { Outbound } from '../../guard/index.ts';
import { retryAfterMs } from '../backoff.ts';
import type { Hidden } from '../channel.ts';
import type { Notice } from '../notice.ts';
import { failureOf, type Outcome } from '../outcome.ts';
import { webhookBody } from './body.ts';
import { signedHeaders } from './sign.ts';

export interface WebhookSender {
  send(notice: Notice, to: WebhookTarget, signal: AbortSignal): Promise<Outcome>;
}

export interface WebhookTarget extends Hidden {
  readonly format: BodyFormat;
}

/** Nothing of the answer is used but its status. */
const limits = { headersMs: 10_000, wholeMs: 15_000, maxAnswerBytes: 64 * 1024 };

/** Makes the sender of signed bodies. `clock` in milliseconds since the epoch; `version` is the program's. */
export function createWebhookSender({
  outbound,
  clock,
  version,
}: {
  readonly outbound: Pick<Outbound, 'request'>;
  readonly clock: () => number;
  readonly version: string;
}): WebhookSender {
  return {
    async send(notice, { url, secret, format }, signal) {
      const { type, text } = webhookBody(format, notice, version);
      // The bytes that are signed are the bytes that are sent.
      const body = Buffer.from(text);
      const headers = {
        'content-type': type,
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

function outcomeOf(status: number, retryAfter: number | undefined): Outcome {
  if (status >= 200 && status < 300) return { ok: true, status, code: null };
  if (status >= 300 && status < 400) return { ok: false, status, code: 'respond.redirected' };
  const answered = { ok: false, status, code: 'respond.answered' } as const;
  return retryAfter === undefined ? answered : { ...answered, retryAfter };
}
