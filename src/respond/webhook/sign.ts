import { createHmac } from 'node:crypto';

/**
 * The headers of a signed webhook by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body` with the bytes of the
 * secret (`whsec_` and base64). The timestamp, in whole seconds, is that of the attempt.
 */
export function signedHeaders(
  message: { readonly id: string; readonly at: number; readonly body: Uint8Array },
  secret: string,
): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(message.at / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${message.id}.${seconds}.`)
    .update(message.body)
    .digest('base64');
  return {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  };
}
