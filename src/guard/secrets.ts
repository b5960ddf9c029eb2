import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import type { RandomBytes } from '../observe/index.ts';
import { guardErrors } from './errors.ts';
import { makeSecretKey, readSecretKey } from './secret-key.ts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const sealedShape = /^sealed:1:([0-9a-f]{16}):([A-Za-z0-9_-]{38,})$/;

/** Seals what must stand in journal and tables but may be read by Tyrian alone (the secret of a webhook). */
export interface Secrets {
  /** `sealed:1:<key's fingerprint>:<nonce, text, tag>`; another one each time. Throws the codes of `secret_key`. */
  seal(text: string): Promise<string>;
  /** Throws `guard.secret_key_wrong`, `guard.secret_damaged`, the codes of `secret_key`. */
  open(sealed: string): Promise<string>;
}

export interface SecretsOptions {
  /** The data folder; the key in it is `secret.key`, made when something is sealed first. It must exist. */
  readonly folder: string;
  /** Must be cryptographic in the program. */
  readonly random: RandomBytes;
}

/** AES-256-GCM with the key of a data folder. The key is read once. */
export function createSecrets({ folder, random }: SecretsOptions): Secrets {
  let known: Buffer | undefined;
  const keyOr = async (none: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> => {
    known ??= (await readSecretKey(folder)) ?? (await none());
    return known;
  };
  return {
    async seal(text) {
      const key = (await keyOr(() => makeSecretKey(folder, random))) as Buffer;
      const nonce = Buffer.from(random(nonceBytes));
      const encrypting = createCipheriv(cipher, key, nonce);
      const parts = [nonce, encrypting.update(text, 'utf8'), encrypting.final(), encrypting.getAuthTag()];
      return `sealed:1:${fingerprint(key)}:${Buffer.concat(parts).toString('base64url')}`;
    },
    async open(sealed) {
      const [, of, body] = sealedShape.exec(sealed) ?? [];
      if (of === undefined || body === undefined) throw damaged();
      const key = await keyOr(async () => undefined);
      if (key === undefined || fingerprint(key) !== of) throw wrongKey(folder);
      return opened(key, Buffer.from(body, 'base64url'));
    },
  };
}

function opened(key: Buffer, body: Buffer): string {
  try {
    const decrypting = createDecipheriv(cipher, key, body.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decrypting.setAuthTag(body.subarray(-tagBytes));
    const text = decrypting.update(body.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decrypting.final()]).toString('utf8');
  } catch {
    throw damaged();
  }
}

/** Says which key it was, and nothing of the key. */
const fingerprint = (key: Buffer) =>
  hash('sha256', Buffer.concat([Buffer.from('tyrian secret key'), key]), 'hex').slice(0, 16);

const damaged = () =>
  guardErrors.make('secret_damaged', 'A sealed secret is not as it was sealed; set it again');

const wrongKey = (folder: string) =>
  guardErrors.make(
    'secret_key_wrong',
    `A secret was sealed with another key than the one in ${folder}; put the right secret.key there, or set the secret again`,
  );
