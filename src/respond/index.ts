/**
 * Respond: people are told. Reads the outbox that `alerts/` and the operational notices write, and takes each notice to the
 * channels of its tenant (signed webhooks, e-mail), at least once, with retries; says from outside when Tyrian itself stops.
 * Decides nothing about an alert, and calls nobody but through the way out of `guard/`.
 */
export { channelProjection } from './channel-projection.ts';
export { type Channels, createChannels } from './channels.ts';
export { type CheckIn, createCheckIn, type Health } from './check-in.ts';
export { Circuits } from './circuit.ts';
export { createDeliveries, type Deliveries } from './deliveries.ts';
export { createDispatcher, type Dispatcher } from './dispatcher.ts';
export { createMailSender } from './mail/send.ts';
export { createNotices, type Notices } from './notices.ts';
export type { Outcome } from './outcome.ts';
export { createSend, type Send } from './send.ts';
export { createChannelTest } from './test-notice.ts';
export { createWatch } from './watch.ts';
export { createWebhookSender } from './webhook/send.ts';
