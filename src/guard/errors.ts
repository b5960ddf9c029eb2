import { errorCatalogue } from '../contracts/index.ts';

export const guardErrors = errorCatalogue('guard', {
  credential_missing: {
    status: 401,
    meaning: 'The request carries no Authorization header with a bearer key.',
  },
  credential_invalid: { status: 401, meaning: 'The key is unknown, misspelt, has expired or was revoked.' },
  too_many_failures: {
    status: 429,
    retryable: true,
    meaning: 'This peer presented too many wrong keys; a right key is still taken.',
  },
  scope_missing: { status: 403, meaning: 'The key is good, but does not have the scope that this needs.' },
  tenant_foreign: { status: 403, meaning: 'A key can only be issued or revoked within its own tenant.' },
  key_unknown: { status: 404, meaning: "No key of the caller's tenant has this id." },
  keys_full: { status: 409, meaning: 'The key store holds as many keys as it takes.' },
  key_known: { status: 409, meaning: 'There is a key with this id already.' },
  key_order: {
    status: 400,
    meaning: 'A key is issued with scopes or with a role, and ends in the future if it ends.',
  },
  secret_key_exposed: {
    status: 503,
    meaning: 'secret.key can be read by others than its owner; it is refused until that is mended.',
  },
  secret_key_unreadable: { status: 503, meaning: 'secret.key can not be read or is not what it should be.' },
  secret_key_wrong: {
    status: 500,
    meaning: 'A secret was sealed with another secret.key than the one in the data folder.',
  },
  secret_damaged: { status: 500, meaning: 'A sealed secret is not as it was sealed.' },
  keys_exposed: {
    status: 503,
    meaning: 'The key file can be read by others than its owner; it is refused until that is mended.',
  },
  keys_unreadable: {
    status: 503,
    retryable: true,
    meaning: 'The key file can not be read or is not what it should be; no key is taken meanwhile.',
  },
});
