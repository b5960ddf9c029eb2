import type { BodyFormat } from '../../contracts/notice-routes.ts';
import type { Notice } from '../notice.ts';
import { cefLine } from './cef.ts';
import { slackMessage } from './slack.ts';

/** What a webhook is sent, and its media type. */
export interface WebhookBody {
  readonly type: string;
  readonly text: string;
}

/** Writes a notice as the channel wants it. `version` is the program's. */
export function webhookBody(format: BodyFormat, notice: Notice, version: string): WebhookBody {
  switch (format) {
    case 'json':
      return { type: 'application/json', text: JSON.stringify(standardWebhook(notice)) };
    case 'slack':
      return { type: 'application/json', text: JSON.stringify(slackMessage(notice)) };
    case 'cef':
      return { type: 'text/plain; charset=utf-8', text: cefLine(notice, version) };
  }
}

/** The payload that Standard Webhooks recommends: type, timestamp, data. */
function standardWebhook({ id, tenant, at, kind, severity, subject, details }: Notice) {
  const { values, truncated } = details;
  return { type: kind, timestamp: at, data: { id, tenant, severity, subject, details: values, truncated } };
}
