import type { Outbound, Secrets } from '../guard/index.ts';
import { type Channel, openHidden } from './channel.ts';
import { createMailSender, type MailOptions } from './mail/send.ts';
import type { Notice } from './notice.ts';
import { failureOf, type Outcome } from './outcome.ts';
import { createWebhookSender } from './webhook/send.ts';

/** Sends one notice over one channel, once. Throws nothing but the signal's reason. */
export type Send = (channel: Channel, notice: Notice, signal: AbortSignal) => Promise<Outcome>;

export interface SendOptions {
  readonly outbound: Pick<Outbound, 'request' | 'connect'>;
  readonly secrets: Secrets;
  readonly mail: Omit<MailOptions, 'outbound'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** The program's. */
  readonly version: string;
}

/** Makes the one way out for notices. Throws `respond.smtp_url`. */
export function createSend({ outbound, secrets, mail, clock, version }: SendOptions): Send {
  const webhooks = createWebhookSender({ outbound, clock, version });
  const mails = createMailSender({ outbound, ...mail });
  return async (channel, notice, signal) => {
    if (channel.kind === 'email') return await mails.send(notice, channel.addresses, signal);
    try {
      const hidden = await openHidden(secrets, channel.sealed);
      return await webhooks.send(notice, { ...hidden, format: channel.format }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return failureOf(error);
    }
  };
}
