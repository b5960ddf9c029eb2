import { destinationOf } from './channel.ts';
import type { Channels } from './channels.ts';
import type { Circuits } from './circuit.ts';
import { type Notice, noticeOf } from './notice.ts';
import type { Outcome } from './outcome.ts';
import type { Send } from './send.ts';

/**
 * Makes the call that sends a test notice over a channel at once, past its filters, the queue and its rests; when it gets through,
 * a rest ends. Throws `respond.channel_unknown`.
 */
export function createChannelTest({
  channels,
  send,
  circuits,
  clock,
}: {
  readonly channels: Pick<Channels, 'get'>;
  readonly send: Send;
  readonly circuits: Circuits;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}): (to: { readonly tenant: string; readonly name: string }, signal: AbortSignal) => Promise<Outcome> {
  return async ({ tenant, name }, signal) => {
    const channel = await channels.get(tenant, name);
    const outcome = await send(channel, testNotice(tenant, name, clock()), signal);
    if (outcome.ok) circuits.close(destinationOf(channel));
    return outcome;
  };
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
