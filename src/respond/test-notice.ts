import type { Channels } from './channels.ts';
import { type Notice, noticeOf } from './notice.ts';
import type { Outcome } from './outcome.ts';
import type { Send } from './send.ts';

/**
 * Makes the call that sends a test notice over a channel at once, past its filters, the queue and its rests. Throws
 * `respond.channel_unknown`.
 */
export function createChannelTest({
  channels,
  send,
  clock,
}: {
  readonly channels: Pick<Channels, 'get'>;
  readonly send: Send;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}): (to: { readonly tenant: string; readonly name: string }, signal: AbortSignal) => Promise<Outcome> {
  return async ({ tenant, name }, signal) =>
    await send(await channels.get(tenant, name), testNotice(tenant, name, clock()), signal);
}

function testNotice(tenant: string, channel: string, now: number): Notice {
  return noticeOf({
    tenant,
    at: new Date(now).toISOString(),
    kind: 'notify.test',
    severity: 'informational',
    subject: `Test of the channel ${channel}`,
    payload: { channel },
  });
}
